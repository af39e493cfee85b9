import { expect, test } from 'vitest';
import { splitMarks } from './marks.js';

test('a text without marks is no conflict', () => {
  expect(splitMarks('a\n=======\nb\n')).toBeUndefined();
});

test('each side has its own lines and what both have', () => {
  const text = 'a\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> main\nb\n<<<<<<< HEAD\n=======\nmore\n>>>>>>> main\n';
  expect(splitMarks(text)).toEqual({ upper: 'a\nours\nb\n', lower: 'a\ntheirs\nb\nmore\n' });
});

test('the middle part of the diff3 style belongs to neither', () => {
  const text = '<<<<<<< HEAD\r\nours\r\n||||||| 1234567\r\nbase\r\n=======\r\ntheirs\r\n>>>>>>> main\r\n';
  expect(splitMarks(text)).toEqual({ upper: 'ours\r\n', lower: 'theirs\r\n' });
});

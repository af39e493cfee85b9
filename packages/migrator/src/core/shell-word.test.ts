import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from './shell-word.js';

test.each(['/a/b-c_1.tar', '/fresh dir/x', `it's`, '$HOME `id` "x"', `'"`, 'a\\b', '!x', 'ä b', ''])('%j', (text) => {
  expect(spawnSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' }).stdout).toBe(text);
});

test('a plain word stays as it is', () => {
  expect(['/a/b-c_1.tar', '/fresh dir/x'].map(shellWord)).toEqual(['/a/b-c_1.tar', '"/fresh dir/x"']);
});

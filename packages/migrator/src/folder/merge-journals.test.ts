import { expect, test } from 'vitest';
import type { JournalEntry } from './journal.js';
import { mergeJournals } from './merge-journals.js';

const entry = (tag: string, when: number, idx = 0): JournalEntry => ({
  idx,
  version: '7',
  when,
  tag,
  breakpoints: true,
});
const merged = (...sides: JournalEntry[][]) =>
  mergeJournals(sides[0] ?? [], sides[1] ?? [], sides[2] ?? [])?.map(({ tag, when }) => `${tag} ${when}`);
const [a, b, c] = [entry('0000_a', 1), entry('0001_b', 2), entry('0001_c', 3)];

test('what either side has added is there, theirs behind what both have', () => {
  expect(merged([a], [a, b], [a, c])).toEqual(['0000_a 1', '0001_c 3', '0001_b 2']);
  expect(merged([], [b], [c])).toEqual(['0001_c 3', '0001_b 2']);
});

test('what one side has removed is gone', () => {
  expect(merged([a, b], [a], [a, b, c])).toEqual(['0000_a 1', '0001_c 3']);
  expect(merged([a, b], [a, b, c], [b])).toEqual(['0001_b 2', '0001_c 3']);
});

test('what one side has stamped anew has the new stamp', () => {
  expect(merged([a, b], [a, { ...b, when: 9 }], [a, b, c])).toEqual(['0000_a 1', '0001_c 3', '0001_b 9']);
});

test('two names that are the same by chance are two migrations', () => {
  expect(merged([a], [a, b], [a, { ...b, when: 7 }])).toEqual(['0000_a 1', '0001_b 7', '0001_b 2']);
});

test('one entry changed in two ways cannot be merged', () => {
  expect(merged([a], [{ ...a, idx: 4 }], [{ ...a, idx: 5 }])).toBeUndefined();
  expect(merged([a], [{ ...a, when: 4 }], [{ ...a, when: 5 }])).toBeUndefined();
});

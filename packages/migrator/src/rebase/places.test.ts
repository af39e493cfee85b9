import { expect, test } from 'vitest';
import type { JournalEntry } from '../folder/journal.js';
import { placeBehind } from './places.js';

const entry = (tag: string, when: number, idx = Number(/^\d{4}/.exec(tag)?.[0] ?? 0)): JournalEntry => ({
  idx,
  version: '7',
  when,
  tag,
  breakpoints: true,
});
const place = (stays: JournalEntry[], moving: JournalEntry[], now = 1_000_010) =>
  placeBehind(stays, moving, { now }).map(({ to: { tag, when, idx } }) => [tag, when, idx]);

test('numbers follow the last one, stamps are the present', () => {
  expect(place([entry('0000_a', 10), entry('0001_b', 30)], [entry('0001_c', 20), entry('0002_d', 25)])).toEqual([
    ['0002_c', 1_000_009, 2],
    ['0003_d', 1_000_010, 3],
  ]);
});

test('stamps that are later already stay', () => {
  expect(place([entry('0001_b', 30)], [entry('0001_c', 40)])).toEqual([['0002_c', 40, 2]]);
});

test('stamps in the future come back to the present', () => {
  expect(place([entry('0001_b', 30)], [entry('0001_c', 5_000_000)])).toEqual([['0002_c', 1_000_010, 2]]);
});

test('behind a stamp in the future there is only a later one', () => {
  expect(place([entry('0001_b', 9_000_000)], [entry('0001_c', 40)])).toEqual([['0002_c', 9_000_001, 2]]);
});

test('the highest number counts, not the last idx', () => {
  expect(place([entry('0007_a', 10, 3)], [entry('0004_c', 20)])).toEqual([['0008_c', 20, 8]]);
});

test('prefixes made of the time stay while they are later, and are made anew where not', () => {
  const stays = [entry('20250101000000_a', 10, 0)];
  expect(place(stays, [entry('20250101000001_c', 20, 0)])).toEqual([['20250101000001_c', 20, 1]]);
  expect(
    place(stays, [entry('20240101000000_c', 20, 0), entry('20240101000001_d', 30, 1)], Date.UTC(2025, 5, 1)),
  ).toEqual([
    ['20250101000001_c', 20, 1],
    ['20250101000002_d', 30, 2],
  ]);
});

test('two prefixes of one second are parted', () => {
  expect(place([entry('1700000000_a', 10, 0)], [entry('1700000000_c', 1_700_000_000_500, 0)], 2e12)).toEqual([
    ['1700000001_c', 1_700_000_000_500, 1],
  ]);
});

test('names without a number stay', () => {
  expect(place([entry('odd_fury', 10, 0)], [entry('calm_river', 5, 0)])).toEqual([['calm_river', 1_000_010, 1]]);
});

test('no stamp is a whole second, as if somebody had typed it, nor in the future', () => {
  const stamps = (newest: number, now: number) =>
    place([entry('0001_b', newest)], [entry('0001_c', 9_000_000), entry('0002_d', 9_000_001)], now).map(
      ([, when]) => when,
    );
  expect(stamps(30, 1_000_000)).toEqual([999_998, 999_999]);
  expect(stamps(30, 1_000_001)).toEqual([999_999, 1_000_001]);
  expect(stamps(1_999_999, 1_000_001)).toEqual([2_000_001, 2_000_002]);
});

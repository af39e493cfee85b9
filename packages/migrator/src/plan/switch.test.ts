import { expect, test } from 'vitest';
import type { AppliedRow, History, LogEntry, Migration } from '../core/types.js';
import { compare } from './compare.js';
import { decideSwitch } from './switch.js';

const migration = (tag: string, when: number, hash = tag): Migration => ({
  tag,
  position: 0,
  idx: 0,
  when,
  path: `${tag}.sql`,
  file: { sql: hash, hash },
});
const row = (id: number, hash: string, createdAt: number): AppliedRow => ({ id, hash, createdAt });
const decide = (folder: Migration[], rows: AppliedRow[], log: LogEntry[] = []) => {
  const history: History = { tableExists: true, rows, log };
  const { undo, restamp } = decideSwitch(compare(folder, history), rows);
  return [undo.map(({ id }) => id), restamp.map(({ row: { id }, status }) => [id, status.migration.when])];
};

test('nothing is undone where the checkout has all that is applied', () => {
  expect(decide([migration('a', 1), migration('b', 2), migration('c', 3)], [row(1, 'a', 1), row(2, 'b', 2)])).toEqual([
    [],
    [],
  ]);
});

test('everything behind the last common one is undone, newest first, also what the checkout has', () => {
  const folder = [migration('a', 1), migration('c', 3)];
  expect(decide(folder, [row(1, 'a', 1), row(2, 'b', 2), row(3, 'c', 3)])).toEqual([[3, 2], []]);
});

test('an edited migration is undone and applied anew', () => {
  expect(decide([migration('a', 1), migration('b', 2, 'other')], [row(1, 'a', 1), row(2, 'b', 2)])).toEqual([[2], []]);
});

test('what was only stamped anew stays, and gets its stamp', () => {
  expect(decide([migration('a', 1), migration('t', 5), migration('b', 9)], [row(1, 'a', 1), row(2, 'b', 2)])).toEqual([
    [],
    [[2, 9]],
  ]);
});

test('the order of application counts, not that of the stamps', () => {
  const folder = [migration('a', 1), migration('b', 2), migration('c', 3)];
  expect(decide(folder, [row(1, 'a', 1), row(4, 'b', 2), row(3, 'c', 3), row(5, 'x', 2)])).toEqual([[5], []]);
});

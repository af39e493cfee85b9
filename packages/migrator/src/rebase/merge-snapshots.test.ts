import { expect, test } from 'vitest';
import { EMPTY_SNAPSHOT, type Snapshot } from '../generate/snapshot.js';
import { mergeSnapshots, orderEnums } from './merge-snapshots.js';

const column = (name: string, more: object = {}) => ({
  name,
  type: 'text',
  primaryKey: false,
  notNull: false,
  ...more,
});
const songs = (...columns: ReturnType<typeof column>[]): Snapshot => ({
  ...EMPTY_SNAPSHOT,
  tables: {
    'public.songs': {
      name: 'songs',
      schema: '',
      columns: Object.fromEntries(columns.map((one) => [one.name, one])),
      indexes: {},
      foreignKeys: {},
      compositePrimaryKeys: {},
      uniqueConstraints: {},
      policies: {},
      checkConstraints: {},
      isRLSEnabled: false,
    },
  },
});
const mood = (...values: string[]): Snapshot => ({
  ...EMPTY_SNAPSHOT,
  enums: { 'public.mood': { name: 'mood', schema: 'public', values } },
});
const columnsOf = ({ tables }: Snapshot) => Object.keys(tables['public.songs']?.columns ?? {});

test('what each side adds to a table is in the result, theirs first', () => {
  const [id, a, b] = [column('id'), column('a'), column('b')];
  const { snapshot, conflicts } = mergeSnapshots(songs(id), songs(id, a), { ...songs(id, b), id: 'theirs' });
  expect([columnsOf(snapshot), conflicts, snapshot.id]).toEqual([['id', 'b', 'a'], [], 'theirs']);
});

test('what one side drops is gone, what both do is done once', () => {
  const [id, a, b] = [column('id'), column('a'), column('b')];
  expect(columnsOf(mergeSnapshots(songs(id, a), songs(id), songs(id, a, b)).snapshot)).toEqual(['id', 'b']);
  expect(mergeSnapshots(songs(id), songs(id, a), songs(id, a))).toEqual({ snapshot: songs(id, a), conflicts: [] });
});

test('two values for one thing are a conflict, by its place', () => {
  const [before, mine, theirs] = [column('a'), column('a', { default: '1' }), column('a', { default: '2' })];
  expect(mergeSnapshots(songs(before), songs(mine), songs(theirs))).toEqual({
    snapshot: songs(theirs),
    conflicts: ['tables.public.songs.columns.a.default'],
  });
});

test('what one side changes and the other drops is a conflict', () => {
  const merged = mergeSnapshots(songs(column('a')), songs(column('a', { notNull: true })), songs());
  expect(merged.conflicts).toEqual(['tables.public.songs.columns.a']);
});

test('values of an enum are joined, and stand as a database has them', () => {
  const { snapshot, conflicts } = mergeSnapshots(mood('a', 'b'), mood('a', 'b', 'mine'), mood('a', 'b', 'theirs'));
  expect([snapshot.enums['public.mood']?.values, conflicts]).toEqual([['a', 'b', 'theirs', 'mine'], []]);
  const ordered = orderEnums(snapshot, new Map([['public.mood', ['a', 'b', 'mine', 'theirs']]]));
  expect(ordered.enums['public.mood']?.values).toEqual(['a', 'b', 'mine', 'theirs']);
  expect(orderEnums(snapshot, new Map([['public.mood', ['a']]]))).toEqual(snapshot);
});

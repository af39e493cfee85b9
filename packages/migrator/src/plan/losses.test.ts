import { beforeAll, expect, test } from 'vitest';
import { openTrash, parkColumn, parkTable } from '../recoverable/index.js';
import { loadParser } from '../sql/parse.js';
import { questionsOf, uncountedOf } from './losses.js';

beforeAll(loadParser);

const step = (sql: string, startAt = 0) => ({
  tag: 't',
  when: 0,
  hash: '',
  path: 't.down.sql',
  direction: 'down' as const,
  sql,
  statements: [],
  segments: [],
  startAt,
  ownTransactions: false,
});

/** `dropped songs.title`, by the names that are in the database now. */
const asked = (...texts: string[]) =>
  questionsOf({ steps: texts.map((text) => step(text)) }).map(({ about, table, column }) =>
    [about, [table.schema, table.table, column].filter((part) => part !== undefined).join('.')].join(' '),
  );

const park = { migration: '0001_x' };

test.each<[string, string, string[]]>([
  ['tables', 'drop table a, "B", s.c cascade', ['dropped a', 'dropped B', 'dropped s.c']],
  [
    'columns',
    'alter table only s.a drop column b, drop column if exists "C", add d int',
    ['dropped s.a.b', 'dropped s.a.C'],
  ],
  ['truncate', 'truncate a, b', ['dropped a', 'dropped b']],
  ['views, indexes and types hold nothing', 'drop view v; drop index i; drop type t; drop materialized view m', []],
  ['a column of a view', 'alter view v alter column a set default 1', []],
  ['not null', 'alter table a alter column b set not null', ['required a.b']],
  ['not null, when an update comes first', 'update a set b = 1; alter table a alter b set not null', []],
  ['a renamed table', 'alter table a rename to b; drop table b', ['dropped a']],
  ['a renamed column', 'alter table a rename b to c; alter table a drop c', ['dropped a.b']],
  [
    'both, twice',
    'alter table a rename to b; alter table b rename c to d; alter table b rename to e; alter table e drop d',
    ['dropped a.c'],
  ],
  ['public is said or not', 'alter table a rename to b; drop table public.b', ['dropped a']],
  ['another schema', 'alter table s.a set schema public; drop table a', ['dropped s.a']],
  ['what the parser cannot read', 'drop tabel a', []],
])('%s', (_name, sql, questions) => {
  expect(asked(sql)).toEqual(questions);
});

test('what nobody can count is named', () => {
  const sql = `delete from a;
    do $$ begin end $$;
    drop schema s cascade;
    drop type t cascade; drop type t; drop view v cascade;
    call p();
    delete from migrator_trash.parked where id = 1;
    drop tabel`;
  const registry = { schema: 'migrator_trash', table: 'parked' };
  const named = (text: string) =>
    uncountedOf({ steps: [step(text)] }, registry).map(({ what, line }) => `${line} ${what}`);
  expect(named(sql.slice(0, sql.indexOf('drop tabel')))).toEqual([
    '1 DELETE',
    '2 DO',
    '3 DROP SCHEMA … CASCADE',
    '4 DROP TYPE … CASCADE',
    '5 CALL',
  ]);
  expect(named('drop tabel a')).toEqual(['1 a statement that cannot be read']);
});

test('names are followed from one migration to the next', () => {
  expect(asked('alter table a rename to b', 'drop table b')).toEqual(['dropped a']);
});

test('what an interrupted rollback has done is not counted', () => {
  expect(questionsOf({ steps: [step('drop table a; drop table b', 1)] }).map(({ name }) => name)).toEqual(['b']);
});

test('parking loses nothing, neither there nor back; a table that an older migration made is counted where it is parked', () => {
  const column = parkColumn(park, { schema: 'public', table: 'a', column: 'b', notNull: true });
  const table = parkTable(park, { schema: 'public', table: 'a' });
  expect(asked([...openTrash(), ...column.up, ...table.up].join(';\n'))).toEqual([]);
  expect(asked(table.down.join(';\n'))).toEqual([]);
  expect(asked(column.down.join(';\n'))).toEqual(['required public.a.__dropped_0001_b']);
  expect(asked(table.down.join(';\n'), 'drop table a')).toEqual(['dropped migrator_trash_0001_a.a']);
});

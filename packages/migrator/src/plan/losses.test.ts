import { beforeAll, expect, test } from 'vitest';
import { openTrash, parkColumn, parkTable } from '../recoverable/index.js';
import { loadParser } from '../sql/parse.js';
import { questionsOf } from './losses.js';
import { uncountedOf } from './uncounted.js';

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
const asked = (...texts: (string | ReturnType<typeof step>)[]) =>
  questionsOf({ steps: texts.map((text) => (typeof text === 'string' ? step(text) : text)) }).map((question) => {
    if (question.about === 'constraint') return `${question.demand.kind}: ${question.demand.find}`;
    const { about, table, column } = question;
    return [about, [table.schema, table.table, column].filter((part) => part !== undefined).join('.')].join(' ');
  });

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
  expect(named('with gone as (delete from a returning *) select count(*) from gone')).toEqual(['1 DELETE']);
  expect(named('insert into b with gone as (delete from a returning *) select * from gone')).toEqual(['1 DELETE']);
  expect(named('select forget(id) from a; select s.forget()')).toEqual(['1 SELECT forget()', '1 SELECT s.forget()']);
  const start = `select setval(pg_get_serial_sequence('a', 'b'), greatest(coalesce(max(b) + 1, 1), 1), false) from a`;
  expect(named(`select 1; ${start}; insert into a (b) values (now())`)).toEqual([]);
});

test('names are followed from one migration to the next', () => {
  expect(asked('alter table a rename to b', 'drop table b')).toEqual(['dropped a']);
});

test('what an interrupted rollback has done is not counted', () => {
  expect(asked(step('drop table a; drop table b', 1))).toEqual(['dropped b']);
});

test('parking loses nothing, neither there nor back; a table that an older migration made is counted where it is parked', () => {
  const column = parkColumn(park, { schema: 'public', table: 'a', column: 'b', notNull: true });
  const table = parkTable(park, { schema: 'public', table: 'a' });
  expect(asked([...openTrash(), ...column.up, ...table.up].join(';\n'))).toEqual([]);
  expect(asked(table.down.join(';\n'))).toEqual([]);
  expect(asked(column.down.join(';\n'))).toEqual(['required public.a.__dropped_0001_b']);
  expect(asked(table.down.join(';\n'), 'drop table a')).toEqual(['dropped migrator_trash_0001_a.a']);
});

test.each<[string, string, string[]]>([
  [
    'unique, by the names of today',
    'alter table s.a rename column z to b; alter table s.a add constraint u unique (b, c)',
    [
      'unique: select "b", "c", count(*) from (select "z" as "b", "c" as "c" from "s"."a") as "a" where "b" is not null and "c" is not null group by 1, 2 having count(*) > 1',
    ],
  ],
  [
    'a primary key: each row must have a value too',
    'alter table a add primary key (id)',
    ['required a.id', 'unique: select "id", count(*) from "a" where "id" is not null group by 1 having count(*) > 1'],
  ],
  [
    'NULLS NOT DISTINCT',
    'alter table a add unique nulls not distinct (b)',
    ['unique: select "b", count(*) from "a" group by 1 having count(*) > 1'],
  ],
  [
    'a unique index, partial and of an expression',
    `create unique index concurrently i on a using btree (lower("b, )") desc nulls last, (c || ','), d text_pattern_ops) where "e" is null`,
    [
      `unique: select lower("b, )"), (c || ','), d, count(*) from "a" where ("e" is null) and lower("b, )") is not null and (c || ',') is not null and d is not null group by 1, 2, 3 having count(*) > 1`,
    ],
  ],
  ['an index that is not', 'create index i on a (b)', []],
  [
    'a check beside other commands',
    `alter table a add column d int, add constraint c check ("a"."b" <> 'x, (' and (c > 0)), drop constraint z`,
    [`check: select * from "a" where not ("a"."b" <> 'x, (' and (c > 0))`],
  ],
  [
    'NOT VALID: when it is validated',
    'alter table a add constraint c check (b > 0) not valid; alter table a validate constraint c',
    ['check: select * from "a" where not (b > 0)'],
  ],
  ['NOT VALID, for ever', 'alter table a add constraint c check (b > 0) not valid', []],
  [
    'a foreign key to a table that comes back',
    'alter table trash.p set schema public; alter table a add constraint f foreign key (b) references p (id)',
    [
      'foreign-key: select * from "a" as "child" where child."b" is not null and not exists (select from "trash"."p" as "parent" where parent."id" = child."b")',
    ],
  ],
  [
    'exclusion',
    'alter table a add constraint e exclude using gist (room with =, during with pg_catalog.&&) where (not cancelled)',
    [
      'exclusion: with found as materialized (select row_number() over () as row, (room) as e0, (during) as e1 from "a" where (not cancelled)) select * from found a where exists (select from found b where a.row <> b.row and a.e0 operator(=) b.e0 and a.e1 operator("pg_catalog".&&) b.e1)',
    ],
  ],
  [
    'a column that is made anew',
    'alter table a drop column b; alter table a add column b int; alter table a add unique (b)',
    ['dropped a.b'],
  ],
  [
    'a column of another type by then',
    'alter table a alter column b type int using 1; alter table a add unique (b)',
    [],
  ],
  ['a table that is made anew', 'create table a (b int); alter table a add unique (b), alter b set not null', []],
  ['rows that a statement changes first', 'delete from a where b = 1; alter table a add unique (b)', []],
  [
    'rows of the parent that a statement makes first',
    'insert into p values (1); alter table a add foreign key (b) references p (id)',
    [],
  ],
  ['a block that may do anything', 'do $$ begin end $$; alter table a add unique (b)', []],
  ['a search path', 'set search_path to s; alter table a add unique (b)', []],
  ['a key that is made of an index', 'alter table a add primary key using index i', []],
  [
    'setval changes nothing',
    `select setval('s', 1); alter table a add check (b)`,
    ['check: select * from "a" where not (b)'],
  ],
])('demands: %s', (_name, sql, questions) => {
  expect(asked(sql)).toEqual(questions);
});

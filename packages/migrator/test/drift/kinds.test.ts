import { describe, expect, test } from 'vitest';
import { CASES, type CatalogCase } from '../db/catalog-cases.js';
import { migrated, told } from './harness.js';

const EVERYTHING = { owners: true, grants: true };

const PARTED = `create type tone as enum ('dim', 'lit'); create table goal (id integer primary key); insert into goal values (1);
  create function stamped() returns trigger language plpgsql as $$ begin return new; end $$;
  create table part (id integer check (id > 0), q integer references goal, said text not null default 'x', gone date, primary key (id), constraint named check (q <> 3))
    partition by range (id);
  create table part_1 partition of part for values from (1) to (10); create table part_2 partition of part for values from (10) to (20);
  create index on part (q); create trigger stamp before insert on part for each row execute function stamped(); alter table part_1 alter q set default 9;`;

/** Kinds that stand beside an object, and what others have added to it. */
const BESIDE: readonly CatalogCase[] = [
  {
    name: 'a comment',
    make: `create table said (a integer); comment on table said is 'of old'; comment on column said.a is 'gone';
      create type spoken as (a integer); comment on type spoken is 'kept'; comment on column spoken.a is 'gone too'`,
    has: {},
    change: `comment on table said is 'anew'; comment on column said.a is null; comment on column spoken.a is null`,
    differs: [
      'changed comment:table:public.said',
      'missing comment:column:public.said.a',
      'missing comment:composite-type:public.spoken.a',
    ],
  },
  {
    name: 'an owner and grants',
    make: `create table held (a integer); create role drift_reader; grant select on held to drift_reader;
      create function open_to_all() returns integer language sql as 'select 1'`,
    has: {},
    change: `alter table held owner to drift_reader; grant insert on held to public; revoke execute on function open_to_all() from public`,
    differs: [
      'changed owner:table:public.held',
      'missing grant:function:public.open_to_all():public',
      'missing grant:table:public.held:drift_reader',
      'unexpected grant:table:public.held:public',
    ],
  },
  {
    name: 'what roles may do with the sequence of a serial column, also where the table is made anew',
    make: `create role drift_writer; create table numbered (id serial, n integer generated always as identity); grant usage on sequence numbered_id_seq to drift_writer;
      create table lettered (id serial); grant usage, select on sequence lettered_id_seq to drift_writer`,
    has: {},
    change:
      'revoke all on sequence numbered_id_seq from drift_writer; grant select on sequence numbered_n_seq to public; drop table lettered',
    differs: [
      'missing grant:sequence of public.numbered.id:drift_writer',
      'unexpected grant:sequence of public.numbered.n:public',
      'missing table:public.lettered',
    ],
  },
  {
    name: 'owners and grants of what is rare',
    make: `create role drift_watcher; create publication watched; create table counted (a integer, b integer); create statistics counting on a, b from counted;
      create extension postgres_fdw; create server away foreign data wrapper postgres_fdw; create collation german (locale = 'C')`,
    has: {},
    change: `alter publication watched owner to drift_watcher; alter statistics counting owner to drift_watcher; alter collation german owner to drift_watcher;
      grant usage on foreign server away to public`,
    differs: [
      'changed owner:collation:public.german',
      'changed owner:publication:watched',
      'changed owner:statistics:public.counting',
      'unexpected grant:foreign-server:away:public',
    ],
  },
  {
    name: 'default privileges',
    make: `alter default privileges in schema public grant select on tables to public; alter default privileges revoke execute on functions from public;
      alter default privileges grant usage on sequences to public`,
    has: {},
    change: `alter default privileges in schema public revoke select on tables from public; alter default privileges grant execute on functions to public;
      alter default privileges revoke usage on types from public; alter default privileges grant select on sequences to public`,
    differs: [
      'missing default-privileges:postgres.functions',
      'changed default-privileges:postgres.sequences',
      'unexpected default-privileges:postgres.types',
      'missing default-privileges:public.postgres.tables',
    ],
  },
  {
    name: 'an extension that was made by hand',
    make: 'select 1',
    has: {},
    change: 'create extension citext',
    differs: ['unexpected extension:citext'],
  },
  {
    name: 'a partition that was detached, and one more',
    make: `create table days (at date not null) partition by range (at);
      create table days_1 partition of days for values from ('2025-01-01') to ('2025-02-01')`,
    has: {},
    change: `alter table days detach partition days_1;
      create table days_2 partition of days for values from ('2025-02-01') to ('2025-03-01')`,
    differs: ['changed table:public.days_1', 'unexpected table:public.days_2'],
  },
  {
    name: 'columns and checks of a table with partitions, told once',
    make: `${PARTED} alter table part add m tone default 'dim', add u tone default 'dim'; alter table part_1 alter u set default 'lit'`,
    has: {},
    change: `alter table part drop gone, add more int not null default 1 check (more > 0), alter said type varchar(20), alter q set default 4;
      alter table part drop constraint named, add constraint named check (q <> 4); alter type tone add value 'late'`,
    differs: [
      'missing column:public.part.gone',
      'unexpected column:public.part.more',
      'changed column:public.part.said',
      'changed column:public.part.q',
      'changed column:public.part_1.q',
      'changed constraint:public.part.named',
      'unexpected constraint:public.part.part_more_check',
      'changed enum:public.tone',
    ],
  },
  {
    name: 'partitions with keys, checks and indexes: one dropped, one made, one attached, one detached',
    make: PARTED,
    has: {},
    change: `drop table part_1; create table part_3 partition of part for values from (20) to (30); alter table part_3 add check (q > 0);
      create table part_4 (like part including all); alter table part attach partition part_4 for values from (30) to (40);
      alter table part detach partition part_2`,
    differs: [
      'missing table:public.part_1',
      'changed table:public.part_2',
      'unexpected constraint:public.part_2.part_2_pkey',
      'unexpected constraint:public.part_2.part_q_fkey',
      'unexpected index:public.part_2_q_idx',
      'unexpected table:public.part_3',
      'unexpected table:public.part_4',
    ],
  },
  {
    name: 'what tables have from those they inherit from',
    make: `create table kin (id integer not null, z integer, gone integer, constraint k check (id > 0));
      create table child (extra integer) inherits (kin); create table lost (extra integer) inherits (kin)`,
    has: {},
    change:
      'alter table kin alter z type bigint, drop gone, add more integer default 4, drop constraint k, add check (z > 1); drop table lost',
    differs: [
      'missing column:public.kin.gone',
      'unexpected column:public.kin.more',
      'changed column:public.kin.z',
      'missing constraint:public.kin.k',
      'unexpected constraint:public.kin.kin_z_check',
      'missing table:public.lost',
    ],
  },
  {
    name: 'foreign keys that were switched off for a load, and a trigger of one partition',
    make: `${PARTED} create table "Scored" (id integer references goal, n integer unique deferrable)`,
    has: {},
    change: 'alter table "Scored" disable trigger all; alter table part_1 disable trigger stamp',
    differs: ['changed table:public.Scored', 'changed table:public.part_1'],
  },
  {
    name: 'a type that is in the signature of a function',
    make: `create type signed as enum ('a'); create function takes(signed) returns signed language sql as 'select $1'`,
    has: {},
    change: `alter type signed add value 'b'`,
    differs: ['changed enum:public.signed'],
  },
  {
    name: 'the constraint that a replica identity uses',
    make: 'create table replica (id integer not null unique); alter table replica replica identity using index replica_id_key',
    has: {},
    change: 'alter table replica drop constraint replica_id_key',
    differs: ['missing constraint:public.replica.replica_id_key', 'changed table:public.replica'],
  },
  {
    name: 'a typed table, with defaults',
    make: `create type typed as (a integer, b text); create table of_type of typed (a not null, b default 'x', primary key (a))`,
    has: {},
    change: 'drop table of_type',
    differs: ['missing table:public.of_type'],
  },
];

const ALL = [...CASES, ...BESIDE];

test('what the migrations have made is no drift', async () => {
  const history = CASES.map(({ make }, index) => [`${String(index).padStart(4, '0')}_case`, make]);
  const { look } = await migrated(Object.fromEntries(history));
  expect(told(await look(EVERYTHING))).toEqual([]);
});

test('of what is rarer still it is told whether it is there, and that no statement mends it', async () => {
  const { session, look, run } = await migrated({
    '0000_first': `create conversion of_old for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8; create table a (id integer)`,
  });
  await session.run(`drop conversion of_old; alter table a add b integer;
    create operator class by_hand for type integer using btree as operator 1 <, operator 3 =, operator 5 >, function 1 btint4cmp(integer, integer)`);
  const found = await look(EVERYTHING);
  expect(told(found)).toEqual([
    'unexpected column:public.a.b',
    'missing other:conversion public.of_old',
    'unexpected other:operator class public.by_hand USING btree',
    'unexpected other:operator family public.by_hand USING btree',
  ]);
  expect(new Set(found.mend.impossible.map(({ why }) => why))).toEqual(
    new Set(['It is only known to be there, not what it is.']),
  );
  expect(found.mend.impossible.map(({ key }) => key)).toEqual(
    told(found)
      .slice(1)
      .map((line) => line.slice(line.indexOf(' ') + 1)),
  );
  await run(found.mend.statements);
  expect(told(await look(EVERYTHING))).toEqual(told(found).slice(1));
});

test('a range type that columns have is not made anew under them', async () => {
  const { session, look } = await migrated({
    '0000_first': 'create type span as range (subtype = float8, subtype_diff = float8mi); create table spans (s span)',
  });
  await session.run(
    'drop table spans; drop type span; create type span as range (subtype = float8); create table spans (s span)',
  );
  const { mend } = await look();
  expect(mend).toEqual({
    statements: [],
    impossible: [
      {
        key: 'range-type:public.span',
        why: 'It would have to be made anew, with the columns or tables that stand on it.',
      },
    ],
  });
});

describe('a change made by hand is found, and gone once its SQL has run', () => {
  test.each(ALL)('$name', async ({ name, make, change, differs }) => {
    const adopts = BESIDE.some((each) => each.name === name);
    const { session, look, run } = await migrated({ '0000_first': make });
    await session.run(change);
    const found = await look(EVERYTHING);
    expect(found.drifted).toBe(differs.length > 0);
    for (const difference of told(found)) expect(differs).toContain(difference);
    expect(found.mend.impossible).toEqual([]);
    await run(found.mend.statements);
    expect(told(await look(EVERYTHING))).toEqual([]);
    // Those of the catalog itself are made again by its own test.
    if (!adopts) return;
    await run(found.adopt.statements);
    expect(told(await look(EVERYTHING))).toEqual(told(found));
  });
});

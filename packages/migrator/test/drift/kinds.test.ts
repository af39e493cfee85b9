import { describe, expect, test } from 'vitest';
import { CASES, type CatalogCase } from '../db/catalog-cases.js';
import { migrated, told } from './harness.js';

const EVERYTHING = { owners: true, grants: true };

/** Kinds that stand beside an object, and what others have added to it. */
const BESIDE: readonly CatalogCase[] = [
  {
    name: 'a comment',
    make: `create table said (a integer); comment on table said is 'of old'; comment on column said.a is 'gone'`,
    has: {},
    change: `comment on table said is 'anew'; comment on column said.a is null`,
    differs: ['changed comment:table:public.said', 'missing comment:column:public.said.a'],
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
    name: 'default privileges',
    make: 'alter default privileges in schema public grant select on tables to public',
    has: {},
    change: 'alter default privileges in schema public revoke select on tables from public',
    differs: ['missing default-privileges:public.postgres.tables'],
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
];

const ALL = [...CASES, ...BESIDE];

test('what the migrations have made is no drift', async () => {
  const history = CASES.map(({ make }, index) => [`${String(index).padStart(4, '0')}_case`, make]);
  const { look } = await migrated(Object.fromEntries(history));
  expect(told(await look(EVERYTHING))).toEqual([]);
});

describe('a change made by hand is found, and gone once its SQL has run', () => {
  test.each(ALL)('$name', async ({ make, change, differs }) => {
    const { session, look, run } = await migrated({ '0000_first': make });
    await session.run(change);
    const found = await look(EVERYTHING);
    expect(found.drifted).toBe(differs.length > 0);
    for (const difference of told(found)) expect(differs).toContain(difference);
    expect(found.mend.impossible).toEqual([]);
    await run(found.mend.statements);
    expect(told(await look(EVERYTHING))).toEqual([]);
  });
});

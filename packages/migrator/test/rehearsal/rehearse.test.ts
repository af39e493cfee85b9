import { describe, expect, test } from 'vitest';
import { rehearse } from '../../src/rehearsal/index.js';
import { withScratch } from '../../src/scratch/index.js';
import { serverUrl } from '../setup/database.js';

const SONGS = `create table songs (id int primary key, title text, plays int);
insert into songs select n, 'x', n from generate_series(1, 100) n;
create table charts (song int references songs);`;

/** The rehearsal of a migration on top of the songs above; durations left out. */
function rehearsalOf(sql: string, ground = SONGS) {
  return withScratch({ url: serverUrl() }, async (scratch) => {
    const database = await scratch.create();
    await database.run(ground);
    const { statements } = await rehearse(database, { tag: '0001', path: '0001.sql', sql }, scratch.serverVersion);
    const left = await database.session.rows<{ relation: string }>(
      `select mode from pg_locks where pid <> pg_backend_pid() and relation >= 16384 and database = (select oid from pg_database where datname = current_database())`,
    );
    expect(left).toEqual([]);
    return statements.map(({ locks, rewrites, reads, transaction, mode, measured, invalidIndexes, line }) => ({
      at: `${line} ${mode} ${transaction} ${measured}`,
      locks: locks.map((lock) => `${lock.existed ? '' : '+'}${lock.relation} ${lock.mode}`),
      rewrites: rewrites.map(({ relation }) => relation),
      reads: reads.map(({ relation, rows }) => `${relation} ${rows}`),
      invalidIndexes,
    }));
  });
}

const none = { locks: [], rewrites: [], reads: [], invalidIndexes: [] };

test('only what is new with a statement is its own; a lock that is held already is not told again', async () => {
  expect(
    await rehearsalOf(`alter table songs add column album text;
alter table songs add column year int;
update songs set album = 'a';
alter table songs alter column plays type bigint;`),
  ).toEqual([
    { ...none, at: '1 transaction 0 exact', locks: ['public.songs AccessExclusiveLock'] },
    { ...none, at: '2 transaction 0 exact' },
    {
      ...none,
      at: '3 transaction 0 exact',
      locks: ['public.songs RowExclusiveLock', 'public.songs_pkey RowExclusiveLock'],
      reads: ['public.songs 100'],
    },
    {
      ...none,
      at: '4 transaction 0 exact',
      locks: ['public.songs ShareLock', 'public.songs_pkey AccessExclusiveLock'],
      rewrites: ['public.songs', 'public.songs_pkey'],
      reads: ['public.songs 200'],
    },
  ]);
});

test('what a statement names by another name, makes, or drops', async () => {
  expect(
    await rehearsalOf(`alter table songs rename to tracks;
create table albums (id int primary key, song int references tracks);
drop table charts;`),
  ).toEqual([
    { ...none, at: '1 transaction 0 exact', locks: ['public.songs AccessExclusiveLock'] },
    {
      ...none,
      at: '2 transaction 0 exact',
      locks: [
        '+public.albums AccessExclusiveLock',
        '+public.albums ShareLock',
        '+public.albums ShareRowExclusiveLock',
        'public.songs ShareRowExclusiveLock',
        '+public.albums_pkey AccessExclusiveLock',
      ],
    },
    { ...none, at: '3 transaction 0 exact', locks: ['public.charts AccessExclusiveLock'] },
  ]);
});

test('a query that would use an index in production is no scan', async () => {
  const [one, all] = await rehearsalOf(`update songs set plays = 0 where id = 5;\nupdate songs set plays = 0;`);
  expect([one?.reads, all?.reads]).toEqual([[], ['public.songs 100']]);
});

test('statements outside of a transaction are seen while they run, and wait for nobody in the end', async () => {
  const [build, drop] = await rehearsalOf(
    'create index concurrently songs_title on songs (title);\ndrop index concurrently songs_title;',
  );
  expect(build).toMatchObject({ at: '1 autocommit 0 sampled', rewrites: [], reads: ['public.songs 200'] });
  expect(build?.locks).toContain('public.songs ShareUpdateExclusiveLock');
  expect(drop).toMatchObject({ at: '2 autocommit 1 sampled', reads: [] });
  expect(drop?.locks).toContain('public.songs ShareUpdateExclusiveLock');
});

test('a file that ends its transaction itself, one that sets its isolation, another role, search path', async () => {
  const rows = await rehearsalOf(`set transaction isolation level serializable;
set transaction read write;
alter table songs add column a int;
commit;
begin;
set local search_path = pg_catalog;
alter table public.songs add column b int;
commit;`);
  expect(rows.flatMap(({ at, locks }) => locks.map((lock) => `${at}: ${lock}`))).toEqual([
    '3 transaction 0 exact: public.songs AccessExclusiveLock',
    '7 transaction 1 exact: public.songs AccessExclusiveLock',
  ]);
});

test('code in a DO block is measured like any other', async () => {
  const [one] = await rehearsalOf(
    `do $$ begin execute 'alter table songs alter column plays type bigint'; perform count(*) from charts; end $$;`,
  );
  expect(one).toMatchObject({ rewrites: ['public.songs', 'public.songs_pkey'], reads: ['public.songs 200'] });
});

describe('what is left behind', () => {
  test('an INVALID index that was there before is not told, a new one is', async () => {
    const rows = await rehearsalOf(
      `update pg_index set indisvalid = false where indexrelid = 'songs_plays'::regclass;`,
      `${SONGS} create index songs_plays on songs (plays); create index songs_old on songs (id);
       update pg_index set indisvalid = false where indexrelid = 'songs_old'::regclass;`,
    );
    expect(rows.map(({ invalidIndexes }) => invalidIndexes)).toEqual([['public.songs_plays']]);
  });

  test('a failure is that of the statement, and nothing holds a lock any more', async () => {
    await expect(
      rehearsalOf('alter table songs add column a int;\nalter table nothing add column a int;'),
    ).rejects.toMatchObject({
      code: 'statement-failed',
      where: '0001.sql:2:1',
    });
  });
});

import { describe, expect, test } from 'vitest';
import { withScratch } from '../../src/scratch/index.js';
import { roundTrips } from '../../src/verify/index.js';
import { serverUrl } from '../setup/database.js';

type Files = Readonly<Record<string, { readonly up: string; readonly down?: string }>>;

function verify(files: Files, only?: readonly string[]) {
  const migrations = Object.entries(files).map(([tag, { up, down }]) => ({
    tag,
    path: `drizzle/${tag}.sql`,
    sql: up,
    ...(down !== undefined && { down: { tag, path: `drizzle/${tag}.down.sql`, sql: down } }),
  }));
  return withScratch({ url: serverUrl() }, (scratch) =>
    roundTrips(scratch, migrations, only ? { only: new Set(only) } : {}),
  );
}

const outcomes = ({ trips }: Awaited<ReturnType<typeof verify>>) =>
  trips.map(({ tag, outcome, withRows }) => [tag, outcome, withRows]);

const songs = {
  up: `create type mood as enum ('low', 'high'); create table songs (id serial primary key, title text not null, mood mood);`,
  down: 'drop table songs; drop type mood;',
};

test('what comes back as it was is proven, with rows in the tables', async () => {
  const report = await verify({
    '0000_songs': songs,
    '0001_plays': {
      up: 'alter table songs add column plays int not null default 0;',
      down: 'alter table songs drop column plays;',
    },
    '0002_index': {
      up: 'create index concurrently songs_title on songs (title);',
      down: 'drop index concurrently songs_title;',
    },
    '0003_custom': { up: 'update songs set plays = 1;' },
  });
  expect(report.findings).toEqual([]);
  expect(outcomes(report)).toEqual([
    ['0000_songs', 'proven', true],
    ['0001_plays', 'proven', true],
    ['0002_index', 'proven', true],
    ['0003_custom', 'one-way', true],
  ]);
});

test('only what is asked for is tried; the others make its ground', async () => {
  const next = { up: 'alter table songs add column plays int;', down: 'alter table songs drop column plays;' };
  expect(outcomes(await verify({ '0000_songs': songs, '0001_plays': next }, ['0001_plays']))).toEqual([
    ['0001_plays', 'proven', true],
  ]);
});

test('a migration that only makes ground and does not run ends the check with a finding', async () => {
  const report = await verify(
    {
      '0000_songs': songs,
      '0001_broken': { up: 'select 1;\nalter table nothing add column a int;' },
      '0002_more': songs,
    },
    ['0000_songs', '0002_more'],
  );
  expect(outcomes(report)).toEqual([['0000_songs', 'proven', true]]);
  expect(report.findings).toEqual([
    expect.objectContaining({
      code: 'up-fails',
      tag: '0001_broken',
      at: { file: 'drizzle/0001_broken.sql', line: 2 },
      consequence: 'A new database cannot be made from the history any more; what follows was not tried.',
    }),
  ]);
});

test('a rule that made-up rows cannot know is tried without rows', async () => {
  const check = {
    up: `alter table songs add constraint title_is_magic check (md5(title) = '0');`,
    down: 'alter table songs drop constraint title_is_magic;',
  };
  const report = await verify({ '0000_songs': songs, '0001_check': check });
  expect(report.findings).toEqual([]);
  expect(outcomes(report)[1]).toEqual(['0001_check', 'proven', false]);
});

describe('what is found', () => {
  const found = async (second: { up: string; down?: string }) => {
    const report = await verify({ '0000_songs': songs, '0001_next': second });
    expect(outcomes(report)[1]).toEqual(['0001_next', 'failed', expect.any(Boolean)]);
    return report.findings;
  };

  test('a migration that does not run: the end of it, for what follows has no ground', async () => {
    const report = await verify({
      '0000_songs': songs,
      '0001_next': { up: 'select 1;\nalter table nothing add column a int;' },
      '0002_more': { up: 'select 1' },
    });
    expect(outcomes(report)).toHaveLength(2);
    expect(report.findings).toMatchObject([
      { code: 'up-fails', tag: '0001_next', at: { file: 'drizzle/0001_next.sql', line: 2 } },
    ]);
  });

  test('a way back that does not run', async () => {
    const down = 'alter table songs drop column pliys;';
    expect(await found({ up: 'alter table songs add column plays int;', down })).toMatchObject([
      { code: 'down-fails', at: { file: 'drizzle/0001_next.down.sql', line: 1 } },
    ]);
  });

  test('a way back that forgets something', async () => {
    const up = 'alter table songs add column plays int; create index songs_plays on songs (title);';
    expect(await found({ up, down: 'alter table songs drop column plays;' })).toMatchObject([
      { code: 'down-differs', message: expect.stringContaining('unexpected index public.songs_plays') },
    ]);
  });

  test('a way back that gives another type', async () => {
    const up = 'alter table songs alter column title type varchar(80);';
    expect(await found({ up, down: 'alter table songs alter column title type varchar;' })).toMatchObject([
      { code: 'down-differs', message: expect.stringContaining('changed column public.songs.title') },
    ]);
  });

  test('a drop that calls itself recoverable and is not', async () => {
    const up = '-- migrator: recoverable\nalter table songs drop column mood;';
    expect(await found({ up, down: 'alter table songs add column mood mood;' })).toMatchObject([
      { code: 'down-loses-rows', message: expect.stringContaining('public.songs') },
    ]);
  });

  test('one that leaves data in the way of the second run', async () => {
    const up = `create table if not exists once (id int primary key); insert into songs (id, title) values (777, 'x');`;
    expect(await found({ up, down: 'drop table once;' })).toMatchObject([
      { code: 'up-again-differs', message: expect.stringContaining('duplicate key') },
    ]);
  });
});

import { expect, test } from 'vitest';
import { readCatalog } from '../../src/catalog/index.js';
import { classify, phaseFindings } from '../../src/compatibility/index.js';
import { parkedPatterns } from '../../src/recoverable/index.js';
import { type Scratch, withScratch } from '../../src/scratch/index.js';
import { serverUrl } from '../setup/database.js';

const SCHEMA = `
create type mood as enum ('low', 'high');
create domain score as int;
create table artists (id int primary key, name text not null);
create table songs (
  id int primary key, title varchar(100), plays int not null default 0, feeling mood, artist int, length numeric(6, 2),
  rated score, subtitle varchar(100), note text default 'none'
);
create view titles as select title from songs;
create function loud(text) returns text language sql as 'select upper($1)';
`;

/** SQL, and what it does to a release that knows the schema above: `breaks` or `may refuse`, and about what. */
const CASES: readonly (readonly [sql: string, ...changes: string[]])[] = [
  ['alter table songs add column album text'],
  ['alter table songs add column album text not null default 1'],
  ['alter table songs add column number int not null generated always as identity'],
  ['create index on songs (artist)'],
  ['create table albums (id int primary key, song int unique references songs)'],
  [`alter type mood add value 'mid'`],
  ['alter table songs alter column subtitle type text'],
  ['alter table songs alter column length type numeric(8, 2)'],
  ['alter table songs alter column plays drop not null'],
  ['alter table songs add column album text; alter table songs add constraint album_is check (album <> $$$$)'],
  ['drop table songs cascade', 'breaks gone public.songs', 'breaks gone public.titles'],
  ['alter table artists rename to bands', 'breaks gone public.artists'],
  ['alter table artists rename to bands; create view artists as select * from bands'],
  ['alter table songs drop column note', 'breaks gone public.songs.note'],
  ['alter table songs rename column note to remark', 'breaks gone public.songs.note'],
  ['alter table songs rename column note to __dropped_0001_note', 'breaks gone public.songs.note'],
  ['alter table songs add column album text not null', 'breaks required public.songs.album'],
  ['alter table songs alter column artist set not null', 'breaks required public.songs.artist'],
  ['alter table songs alter column note set not null', 'may-refuse required public.songs.note'],
  ['alter table songs alter column plays drop default', 'breaks default-gone public.songs.plays'],
  ['alter table songs alter column note drop default', 'may-refuse default-gone public.songs.note'],
  ['alter table songs alter column plays type bigint', 'breaks type-changed public.songs.plays'],
  [
    'drop view titles; alter table songs alter column title type varchar(50)',
    'breaks gone public.titles',
    'breaks type-changed public.songs.title',
  ],
  ['alter table songs alter column length type numeric(6, 1)', 'breaks type-changed public.songs.length'],
  [`alter type mood rename value 'low' to 'down'`, 'breaks value-gone public.mood'],
  ['drop function loud(text)', 'breaks gone public.loud(text)'],
  ['alter table songs add constraint long check (length > 1)', 'may-refuse rule-added public.songs.long'],
  [
    'alter table songs add constraint by foreign key (artist) references artists not valid',
    'may-refuse rule-added public.songs.by',
  ],
  ['alter table songs add unique (title)', 'may-refuse rule-added public.songs.songs_title_key'],
  ['create unique index one on songs (title)', 'may-refuse rule-added public.one'],
  ['alter domain score add check (value > 0)', 'may-refuse rule-added public.score'],
  ['alter table songs enable row level security', 'breaks hidden public.songs'],
  ['create or replace view titles as select title from songs where plays > 0', 'may-refuse redefined public.titles'],
  [
    'alter table songs alter column plays drop default; alter table songs alter column plays add generated always as identity',
    'breaks not-writable public.songs.plays',
  ],
];

async function changesOf(scratch: Scratch, base: Awaited<ReturnType<Scratch['create']>>, sql: string) {
  const database = await scratch.create({ from: base });
  const read = () => readCatalog(database.session, { ignore: parkedPatterns() });
  try {
    const before = await read();
    await database.run(sql);
    return classify({ tag: '0001_change', sql }, before, await read());
  } finally {
    await database.drop();
  }
}

test('what a release from before the migration could no longer do', async () => {
  const found = await withScratch({ url: serverUrl() }, async (scratch) => {
    const base = await scratch.create();
    await base.run(SCHEMA);
    const all: (readonly string[])[] = [];
    for (const [sql] of CASES) {
      const { changes: found } = await changesOf(scratch, base, sql);
      const changes = found.map(({ effect, kind, object }) => `${effect} ${kind} ${object}`);
      all.push([sql, ...changes.sort()]);
    }
    return all;
  });
  expect(found).toEqual(CASES.map(([sql, ...changes]) => [sql, ...changes.sort()]));
}, 300_000);

test('what breaks must say that it is a contract migration; what says so and breaks nothing is told', async () => {
  const gone = {
    effect: 'breaks',
    kind: 'gone',
    object: 'public.songs',
    message: 'The table public.songs is gone or renamed.',
  } as const;
  const told = (phase: 'expand' | 'contract', declared: 'expand' | 'contract' | undefined) =>
    phaseFindings(
      {
        tag: '0001_change',
        phase,
        declared,
        changes: phase === 'contract' ? [gone, { ...gone, object: 'public.plays' }] : [],
      },
      { path: 'drizzle/0001_change.sql' },
    ).map(({ code, severity, message }) => [code, severity, message]);
  expect(told('contract', 'contract')).toEqual([]);
  expect(told('expand', undefined)).toEqual([]);
  expect(told('contract', undefined)).toEqual([
    [
      'contract-in-expand',
      'warning',
      '`0001_change` breaks the release before it. The table public.songs is gone or renamed. And 1 more.',
    ],
  ]);
  expect(told('contract', 'expand')).toHaveLength(1);
  expect(told('expand', 'contract').map(([code]) => code)).toEqual(['contract-without-break']);
});

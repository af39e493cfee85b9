import { expect, onTestFinished, test } from 'vitest';
import { Session } from '../../src/database/session.js';
import { readTarget } from '../../src/database/target.js';
import { fillTables, rowChecksums } from '../../src/sample-rows/index.js';
import { createDatabase } from '../setup/database.js';

const SCHEMAS = { schemas: ['public', 'other'] };

async function filled(sql: string) {
  const database = await createDatabase();
  await database.query(`create schema other; ${sql}`);
  const session = await Session.open(readTarget({ url: database.url }), { applicationName: 'test' });
  onTestFinished(() => session.close());
  return { database, session, tables: await fillTables(session, { ...SCHEMAS, rows: 3 }) };
}

const complete = (...tables: string[]) => tables.map((table) => ({ table, rows: 3 }));

test('keys are followed, across schemas, composite and to itself', async () => {
  const { tables, database } = await filled(`
    create table artists (id uuid primary key, name varchar(8) not null unique);
    create table other.albums (label text, number int, primary key (label, number));
    create table songs (id serial primary key, artist uuid not null references artists, label text not null, number int not null,
      parent int references songs, foreign key (label, number) references other.albums, unique (artist, label));`);
  expect(tables).toEqual(complete('other.albums', 'public.artists', 'public.songs'));
  expect(await database.query('select count(distinct artist)::int as n from songs')).toEqual([{ n: 3 }]);
});

test('every type that drizzle can write', async () => {
  const types = `smallint integer bigint numeric numeric(3,1) real double_precision text varchar varchar(2) char(3) boolean json jsonb time timestamp
    timestamptz date interval point line bit(3) uuid inet cidr macaddr macaddr8 text[] int[] bytea mood positive int4range tstzmultirange xml money tsvector`;
  const columns = types.split(/\s+/).map((type, n) => `c${n} ${type.replace('_', ' ')} not null`);
  const { tables } =
    await filled(`create type mood as enum ('low', 'high'); create domain positive as int check (value > 0);
    create table everything (${columns.join(', ')}, id bigint generated always as identity primary key, twice int generated always as (c1 * 2) stored)`);
  expect(tables).toEqual(complete('public.everything'));
});

test('checks are met with the values they name', async () => {
  const { tables } = await filled(`
    create table songs (state text not null check (state in ('draft', 'live')), mood text check (length(mood) = 1), bpm int check (bpm between 60 and 200),
      score int check (score < 0), mail text check (mail ~ '@'), slug text check (slug ~ '^[a-z]+$'), plays int check (plays > 500));`);
  expect(tables).toEqual(complete('public.songs'));
});

test('what cannot be guessed is said, and the rest goes on', async () => {
  const { tables } = await filled(`
    create table puzzles (a text check (md5(a) = '0')); create table songs (id int primary key);
    create function no() returns trigger language plpgsql as $$ begin raise exception 'not today'; end $$;
    create table closed (id int); create trigger no before insert on closed for each row execute function no();`);
  expect(tables).toEqual([
    { table: 'public.closed', rows: 0, problem: 'not today' },
    { table: 'public.puzzles', rows: 0, problem: expect.stringContaining('violates check constraint') },
    ...complete('public.songs'),
  ]);
});

test('a table that fills itself, one without columns, partitions', async () => {
  const { tables } = await filled(`
    create table counters (id int generated always as identity); create table nothing ();
    create table events (at timestamptz not null, n int) partition by range (at); create table events_all partition of events default;`);
  expect(tables).toEqual(complete('public.counters', 'public.events', 'public.nothing'));
});

test('the digest of a table tells its rows, not the order of rows and columns', async () => {
  const { database, session } = await filled('create table songs (id int primary key, title text)');
  const before = await rowChecksums(session, SCHEMAS);
  expect([...before.keys()]).toEqual(['public.songs']);
  await database.query(`update songs set title = title; alter table songs add column t2 text; update songs set t2 = title;
    alter table songs drop column title; alter table songs rename t2 to title`);
  expect(await rowChecksums(session, SCHEMAS)).toEqual(before);
  await database.query(`update songs set title = 'other' where id = 2`);
  expect(await rowChecksums(session, SCHEMAS)).not.toEqual(before);
});

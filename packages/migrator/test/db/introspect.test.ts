import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTracking } from '../setup/catalog.js';
import { runCli } from '../setup/cli.js';
import { createDatabase, serverUrl } from '../setup/database.js';
import { drizzleKit, drizzleKitMigrate, makeDrizzleFolder } from '../setup/drizzle-kit.js';
import { writeFiles } from '../setup/project.js';

/** Much that drizzle cannot express. */
const BY_HAND = `
create extension pg_trgm;
create schema shop;
create type shop.state as enum ('open', 'paid');
create domain email as text check (value like '%@%');
create table users (id bigint generated always as identity primary key, mail email not null, name varchar(40) default 'x', created_at timestamptz not null default now());
create table shop.orders (id serial primary key, user_id bigint not null references users (id) on delete cascade, state shop.state not null default 'open', at tsrange, exclude using gist (at with &&));
create index users_name on users using gin (name gin_trgm_ops);
create function touch() returns trigger language plpgsql as $$ begin new.name = upper(new.name); return new; end $$;
create trigger touch before insert on users for each row execute function touch();
create view shop.open_orders as select id, user_id from shop.orders where state = 'open';
create table events (at date not null, what text) partition by range (at);
create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
comment on table users is 'people; and "others"';
alter table users enable row level security;
create policy own on users using (id > 0);
`;

async function setup(sql = BY_HAND) {
  const database = await createDatabase();
  await database.query(sql);
  const root = makeDrizzleFolder();
  writeFiles(root, {
    'drizzle.config.ts': `export default { dialect: 'postgresql', schema: './schema.ts', out: './drizzle', dbCredentials: { url: '${database.url}' } };\n`,
  });
  const run = (...argv: string[]) => runCli(root, ...argv);
  const introspect = (...argv: string[]) => run('baseline', '--introspect', '--scratch-url', serverUrl(), ...argv);
  return { database, root, run, introspect };
}

test('a database made by hand gets a first migration, a snapshot and a schema, by which everybody is up to date', async () => {
  const { database, root, run, introspect } = await setup();
  const { exitCode, out, err } = await introspect('--yes');
  expect([exitCode, err, out.replace(/.*\n/, '')]).toEqual([
    0,
    expect.not.stringContaining('✗'),
    expect.stringMatching(
      /^Proven on scratch: 0000_introspected makes what the database is, and its way back leads to an empty one\.\n[\s\S]*In the migration, but not, or not so, in schema\.ts:\n[\s\S]* {2}function public\.touch\(\)\n[\s\S]*Written, and 0000_introspected is marked as applied\. Commit the files\.\n$/,
    ),
  ]);
  expect(await run('status', '--check')).toMatchObject({ exitCode: 0 });
  expect((await run('generate', 'nothing_at_all')).exitCode).toBe(0);
  const kit = await drizzleKit(root, 'generate');
  expect(kit.output).toContain('No schema changes, nothing to migrate');
  const rows = await readTracking(database);
  await drizzleKitMigrate(join(root, 'drizzle'), database.url);
  expect(await readTracking(database)).toEqual(rows);
  // A new database is what the old one is, by drizzle-kit too.
  const fresh = await createDatabase();
  await drizzleKitMigrate(join(root, 'drizzle'), fresh.url);
  expect(await runCli(root, 'baseline', '--to', '0000_introspected', '--url', fresh.url)).toMatchObject({
    exitCode: 0,
  });
  await fresh.query('delete from drizzle.__drizzle_migrations');
  const proof = await run('baseline', '--dry-run', '--scratch-url', serverUrl(), '--url', fresh.url);
  expect(proof.out).toContain('equals what the migrations up to 0000_introspected make');
});

const UNUSUAL = `
create type "Mood" as enum ('it''s', 'so "so"');
create table "Weird Table" ("Id" uuid primary key default gen_random_uuid(), "class" text default 'a''b', moods "Mood"[] default '{}', iv interval default '1 day', xml xml, bits bit(3),
  tsv tsvector generated always as (to_tsvector('english', coalesce("class", ''))) stored, n numeric(10,2), parent uuid references "Weird Table" ("Id"), check (n > 0), unique nulls not distinct ("class", n));
create table a1 (id int primary key); create table b1 (id int primary key, a int references a1 (id)); alter table a1 add b int references b1 (id);
create index expr on "Weird Table" (lower("class"), "Id" desc nulls last) where n > 3;
create materialized view mv as select count(*) c from a1; create unique index on mv (c);
create table parent (id int); create table child () inherits (parent);
create function agg_f(int, int) returns int language sql as 'select $1 + $2'; create aggregate mysum (int) (sfunc = agg_f, stype = int, initcond = '0');
create type comp as (x int, y text); create table has_comp (c comp);
create rule r as on delete to parent do instead nothing;
create operator === (leftarg = int, rightarg = int, function = int4eq);
create collation mine (locale = 'C'); create conversion converted for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
`;

test('circles, composite types, rules and odd names are made too; what is not is named', async () => {
  const { root, run, introspect } = await setup(UNUSUAL);
  const { exitCode, out } = await introspect('--yes');
  expect([exitCode, out.slice(out.indexOf('In the migration'))]).toEqual([
    0,
    expect.stringMatching(
      /^In the migration, but not, or not so, in schema\.ts:\n[\s\S]* {2}aggregate public\.mysum\(integer\)\n[\s\S]*\nNot even in the migration:\n {2}! conversion public\.converted\nWritten, and 0000_introspected is marked as applied\. Commit the files\.\n$/,
    ),
  ]);
  expect((await run('generate', 'nothing_at_all')).out).toContain('Nothing to do');
  expect((await drizzleKit(root, 'generate')).output).toContain('No schema changes, nothing to migrate');
});

test('--dry-run and a missing --yes change nothing', async () => {
  const { database, root, introspect } = await setup('create table songs (id int primary key)');
  expect(await introspect('--dry-run')).toMatchObject({
    exitCode: 0,
    out: expect.stringMatching(/Nothing was changed\.\n$/),
  });
  expect((await introspect()).exitCode).toBe(2);
  expect([existsSync(join(root, 'drizzle')), existsSync(join(root, 'schema.ts'))]).toEqual([false, false]);
  expect(await database.query(`select from pg_namespace where nspname = 'drizzle'`)).toEqual([]);
});

test('a schema file that is there already is named before it is overwritten', async () => {
  const { root, introspect } = await setup('create table songs (id int primary key)');
  writeFileSync(join(root, 'schema.ts'), '// mine\n');
  expect((await introspect('--dry-run')).out).toContain('! schema.ts is there already, and is overwritten.');
  expect(readFileSync(join(root, 'schema.ts'), 'utf8')).toBe('// mine\n');
  expect((await introspect('--yes', 'first_songs')).exitCode).toBe(0);
  expect(readFileSync(join(root, 'schema.ts'), 'utf8')).toContain('pgTable("songs"');
  expect(await introspect('--yes')).toMatchObject({
    exitCode: 3,
    err: expect.stringContaining('The folder has a migration already: a first one cannot be made.'),
  });
});

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readCatalog } from '../../src/catalog/index.js';
import { Session } from '../../src/database/session.js';
import { readTarget } from '../../src/database/target.js';
import { rowChecksums } from '../../src/sample-rows/index.js';
import { createDatabase, query, serverUrl, type TestDatabase } from '../setup/database.js';
import { makeProject } from '../setup/project.js';

/** A schema with one of everything that a dump can get wrong. `role` owns a part of it. */
export function richSchema(role: string): string {
  return `
  create schema "Odd ""schema"""; create schema audit authorization ${role}; create extension citext; create extension hstore with schema audit;
  create type mood as enum ('sad', 'ok', 'happy'); create domain rating as int check (value between 0 and 5);
  create type pair as (a int, b text); create type span as range (subtype = float8);
  create function shout(t text) returns text language plpgsql immutable as $$ begin
    -- Name: not an entry; Type: TRAP; Schema: public; Owner: nobody
    return upper(t) || '!';
  end $$;
  create table songs (id int generated always as identity primary key, title text not null unique, mood mood default 'ok', stars rating,
    loud text generated always as (upper(title)) stored, tags citext[], raw bytea, at timestamptz default now(), n numeric, f float8, j jsonb, p pair, s span, dropped int);
  alter table songs drop column dropped;
  insert into songs (title, mood, stars, tags, raw, n, f, j, p, s)
    select E'song\\t' || i || E'\\n\\\\.\\r"''é' || chr(8364), (array['sad', 'ok', 'happy', null])[i % 4 + 1]::mood, nullif(i % 6, 5), array['a', null, 'B''"'], decode(lpad(to_hex(i), 8, '0'), 'hex'),
      (i * 1e20)::numeric / 7, i / 3.0::float8, jsonb_build_object('i', i), row(i, null)::pair, span(i, i + 1) from generate_series(1, 500) i;
  insert into songs (title, f, n) values ('', 'NaN', 'NaN'), ('\\N', '-Infinity', null);
  create table "Odd ""schema"""."Table, with ""quotes""" ("a ""b""" int, "select" text, " " bool); insert into "Odd ""schema"""."Table, with ""quotes""" values (1, null, true), (null, '', null);
  create table nothing (); insert into nothing default values; insert into nothing default values;
  create table empty (id serial primary key, song int references songs on delete cascade);
  create table wide (id int primary key, body text); insert into wide select 1, repeat(md5('x'), 400000); insert into wide values (2, null);
  create unlogged table fleeting (id int); insert into fleeting values (1);
  create table by_range (at date not null, id int) partition by range (at);
  create table by_range_1 partition of by_range for values from ('2025-01-01') to ('2026-01-01');
  create table by_range_rest partition of by_range default; insert into by_range values ('2025-05-05', 1), ('2030-01-01', 2), ('1999-01-01', 3);
  create table by_hash (m mood, id int) partition by hash (m); create table by_hash_0 partition of by_hash for values with (modulus 2, remainder 0);
  create table by_hash_1 partition of by_hash for values with (modulus 2, remainder 1); insert into by_hash select (array['sad', 'ok', 'happy'])[i % 3 + 1]::mood, i from generate_series(1, 30) i;
  create table parent (id int); create table child (extra text) inherits (parent); insert into parent values (1); insert into child values (2, 'two');
  create table secret (id int, owner text); alter table secret enable row level security; alter table secret force row level security;
  create policy own on secret to ${role} using (owner = current_user); insert into secret values (1, 'a'), (2, 'b');
  create sequence loose start 100 increment 5 cycle maxvalue 200; select nextval('loose'), nextval('loose'); create sequence untouched start 7; create sequence moved; select setval('moved', 42, false);
  create function no_ddl() returns event_trigger language plpgsql as $$ begin raise exception 'no DDL here'; end $$; create event trigger no_ddl on ddl_command_end when tag in ('REFRESH MATERIALIZED VIEW') execute function no_ddl(); alter event trigger no_ddl disable;
  create view loud_songs as select id, shout(title) as loud from songs where mood = 'happy';
  create materialized view moods as select mood, count(*) from songs group by mood with data; create unique index on moods (mood);
  create materialized view never as select 1 as one with no data;
  create index songs_lower on songs (lower(title)) where mood is not null; create index songs_raw on songs using hash (raw);
  create function stamp() returns trigger language plpgsql as $$ begin new.at := '2000-01-01'; return new; end $$;
  create trigger stamp before insert on songs for each row execute function stamp();
  create rule protect as on delete to parent do instead nothing; create statistics songs_stats on title, mood from songs;
  comment on table songs is 'what is sung; -- Name: x'; comment on column songs.title is E'two\\nlines'; grant select on songs to ${role}; grant update (title) on songs to public;
  alter default privileges in schema audit grant select on tables to ${role}; create table audit.log (id bigserial, what audit.hstore); alter table audit.log owner to ${role}; insert into audit.log (what) values ('a=>1'), (null);
  create publication everything for table songs; create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0');
  select lo_from_bytea(4711, repeat('large', 100000)::bytea), lo_from_bytea(4712, ''), lo_create(4713); comment on large object 4711 is E'a large\\nobject'; alter large object 4712 owner to ${role}; grant select on large object 4711 to ${role};
  create schema drizzle; create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint); insert into drizzle.__drizzle_migrations (hash, created_at) values ('abc', 1700000000000);
  alter event trigger no_ddl enable;`;
}

/** All that a backup promises to bring back: catalog, rows, sequences, large objects, what views hold. */
export async function fingerprint(url: string): Promise<unknown> {
  const session = await Session.open(readTarget({ url }), { applicationName: 'test' });
  try {
    const catalog = await readCatalog(session, { comments: true, owners: true, grants: true });
    const schemas = await session.rows<{ name: string }>(
      `select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`,
    );
    const rows = await rowChecksums(session, { schemas: schemas.map(({ name }) => name) });
    return {
      catalog: Object.fromEntries([...catalog].map(([key, { text }]) => [key, text])),
      rows: Object.fromEntries(rows),
      sequences: await query(
        url,
        `select s.schemaname, s.sequencename, s.last_value::text from pg_sequences s order by 1, 2`,
      ),
      objects: await query(
        url,
        `select oid::text, md5(lo_get(oid)) as content, lomowner::regrole::text as owner, lomacl::text as acl, obj_description(oid, 'pg_largeobject') as comment from pg_largeobject_metadata order by 1`,
      ),
      views: await query(url, `select relname, relispopulated from pg_class where relkind = 'm' order by 1`),
    };
  } finally {
    await session.close();
  }
}

export async function databasesLike({ name, query: run }: Pick<TestDatabase, 'name' | 'query'>): Promise<string[]> {
  const rows = await run<{ datname: string }>(
    `select datname from pg_database where datname like '${name}%' and datname <> '${name}' order by 1`,
  );
  return rows.map(({ datname }) => datname);
}

/** A database with one of everything, a role that owns a part of it, and a project for it; what restores leave goes with it. */
export async function makeRich() {
  const role = `role_${randomBytes(6).toString('hex')}`;
  // Registered first, so done last: when no database has anything of it any more.
  onTestFinished(async () => {
    await query(serverUrl(), `drop role if exists ${role}`);
  });
  await query(serverUrl(), `create role ${role}`);
  const made = await makeSource(richSchema(role));
  return { ...made, role };
}

/** A database made by some SQL, and a project for it. */
export async function makeSource(sql: string, migrations: Readonly<Record<string, string>> = {}) {
  const database = await createDatabase();
  onTestFinished(async () => {
    for (const other of await databasesLike({ name: database.name, query: (text) => query(serverUrl(), text) }))
      await query(serverUrl(), `drop database "${other}" with (force)`);
  });
  await database.query(sql);
  const project = makeProject(database, migrations);
  return { database, project, file: join(project.root, 'it.tar') };
}

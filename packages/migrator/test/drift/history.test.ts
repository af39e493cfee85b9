import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { drift } from '../../src/api/drift.js';
import { migrate } from '../../src/api/migrate.js';
import { runCli } from '../setup/cli.js';
import { createDatabase, createRole, serverUrl } from '../setup/database.js';
import { drizzleKitMigrate } from '../setup/drizzle-kit.js';
import { makeProject } from '../setup/project.js';
import { migrated, told } from './harness.js';

const SONGS = { '0000_songs': 'create table songs (id int primary key, title text);' };
const PLAYS = { '0001_plays': 'create table plays (id int primary key);' };
const LIKES = { '0002_likes': 'alter table songs add likes int;' };
const ALL = { ...SONGS, ...PLAYS, ...LIKES };

/** Codes and tags of what is not known for sure. */
const unsure = (report: Awaited<ReturnType<typeof drift>>) =>
  report.findings.map(({ code, tag = '' }) => `${code} ${tag}`);

describe('what is no drift', () => {
  test('migrations that are pending, at the end and in between', async () => {
    const { database, project, look } = await migrated(SONGS);
    project.write([
      { tag: '0000_songs', sql: SONGS['0000_songs'] },
      { tag: '0001_plays', sql: PLAYS['0001_plays'] },
      { tag: '0002_likes', sql: LIKES['0002_likes'], when: 1 },
    ]);
    expect(await look()).toMatchObject({
      differences: [],
      pending: ['0001_plays', '0002_likes'],
      applied: ['0000_songs'],
    });
    await database.query('create table plays (id int)');
    expect(told(await look())).toEqual(['unexpected table:public.plays']);
  });

  test('a file that was edited since: the log knows what was applied', async () => {
    const { project, look } = await migrated(ALL);
    project.write({ ...ALL, '0001_plays': 'create table plays (id bigint primary key, extra int);' });
    expect(await look()).toMatchObject({ differences: [], findings: [] });
    project.write({ ...ALL, '0001_plays': 'CREATE TABLE plays (\n  id int primary key\n);\n' });
    expect(await look()).toMatchObject({ differences: [], findings: [] });
  });

  test('an edited file of which nobody knows what it was: compared with what it says now, and told', async () => {
    const database = await createDatabase();
    const project = makeProject(database, ALL);
    await drizzleKitMigrate(project.migrationsFolder, database.url);
    project.write({ ...ALL, '0001_plays': 'create table plays (id int primary key, extra int);' });
    const report = await drift(project, { scratchUrl: serverUrl() });
    expect([told(report), unsure(report)]).toEqual([
      ['missing column:public.plays.extra'],
      ['drift-unsure 0001_plays'],
    ]);
  });

  test('rows of another branch, whose files are not here: the log has their text', async () => {
    const { project, look } = await migrated(ALL);
    project.write(SONGS);
    expect(await look()).toMatchObject({
      differences: [],
      findings: [],
      applied: ['0000_songs', '0001_plays', '0002_likes'],
    });
  });

  test('rows that nobody knows the text of are told, and what they have made is drift', async () => {
    const database = await createDatabase();
    const project = makeProject(database, ALL);
    await drizzleKitMigrate(project.migrationsFolder, database.url);
    project.write({ ...SONGS, ...PLAYS });
    const report = await drift(project, { scratchUrl: serverUrl() });
    expect([told(report), unsure(report)]).toEqual([['unexpected column:public.songs.likes'], ['drift-unsure ']]);
    expect(report.findings[0]?.message).toBe(
      'The tracking row 3 is of a migration whose text is nowhere: neither in the folder nor in the log.',
    );
  });

  test('a squash of migrations that the database has one by one, of which it has some, and of which it has one row', async () => {
    const database = await createDatabase();
    const project = makeProject(database, ALL);
    await migrate({ ...project }, { to: '0001_plays' });
    const half = await createDatabase();
    await migrate({ ...project, database: half.url }, { to: '0000_songs' });
    await runCli(project.root, 'baseline', '--squash', '--scratch-url', serverUrl(), '--to', '0001_plays', '--yes');
    const look = (url: string) => drift({ ...project, database: url }, { scratchUrl: serverUrl() });
    expect(await look(database.url)).toMatchObject({
      differences: [],
      applied: ['0001_squash'],
      pending: ['0002_likes'],
    });
    expect(await look(half.url)).toMatchObject({
      differences: [],
      applied: ['0000_songs'],
      pending: ['0001_squash', '0002_likes'],
    });
    await runCli(project.root, 'baseline', '0001_squash', '--scratch-url', serverUrl(), '--yes');
    expect(await look(database.url)).toMatchObject({ differences: [], applied: ['0001_squash'] });
  });

  test('a database that was marked by baseline', async () => {
    const database = await createDatabase();
    for (const sql of Object.values(ALL).slice(0, 2)) await database.query(sql);
    const project = makeProject(database, ALL);
    await runCli(project.root, 'baseline', '--scratch-url', serverUrl(), '--yes');
    expect(await drift(project, { scratchUrl: serverUrl() })).toMatchObject({
      differences: [],
      pending: ['0002_likes'],
    });
  });

  test('the statements that were kept of a migration that stopped on the way', async () => {
    const stopped = {
      '0001_indexed':
        'alter table songs add a int;\n--> statement-breakpoint\ncreate index concurrently songs_a on songs (a);\n--> statement-breakpoint\nselect 1 / 0;',
    };
    const { project, look } = await migrated(SONGS);
    project.write({ ...SONGS, ...stopped });
    await migrate(project).catch(() => {});
    expect(await look()).toMatchObject({
      differences: [],
      pending: ['0001_indexed'],
      applied: ['0000_songs', '0001_indexed'],
    });
  });
});

describe('what is not ours is left out', () => {
  test('objects of extensions, tools and hosting services, with their triggers on our tables', async () => {
    const { database, project, look } = await migrated(SONGS);
    await database.query(`create extension pg_stat_statements;
      create schema pgboss; create table pgboss.job (id int);
      create schema graphile_worker; create table graphile_worker.jobs (id int);
      create schema hdb_catalog; create function hdb_catalog.note() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger notify_hasura after insert on songs for each row execute function hdb_catalog.note();
      create schema migrator_trash; create schema migrator_trash_1; create table migrator_trash_1.songs (id int);
      create table "SequelizeMeta" (name text primary key); create table schema_migrations (version text unique)`);
    const report = await look();
    expect(told(report)).toEqual([]);
    expect(report.leftOut.map(({ owner, key }) => `${owner}: ${key}`)).toEqual([
      'the server: extension:pg_stat_statements',
      'Hasura: function:hdb_catalog.note()',
      'Hasura: schema:hdb_catalog',
      'another migration tool: table:public.SequelizeMeta',
      'another migration tool: table:public.schema_migrations',
      'Hasura: trigger:public.songs.notify_hasura',
    ]);
    expect(told(await look({ ignore: ['!pgboss'] }))).toEqual([]);
    expect((await look({ ignore: ['!pgboss'] })).leftOut).toContainEqual(
      expect.objectContaining({ key: 'table:pgboss.job' }),
    );
    await database.query('create schema audit_1; create table audit_1.log (id int); create table tmp_1 (id int)');
    expect(told(await look())).toEqual([
      'unexpected schema:audit_1',
      'unexpected table:audit_1.log',
      'unexpected table:public.tmp_1',
    ]);
    expect(
      told(await drift({ ...project, ignore: ['audit_*', 'table:public.tmp_*'] }, { scratchUrl: serverUrl() })),
    ).toEqual([]);
  });

  test('a schema that the migrations make is ours, whatever its name', async () => {
    const { database, look } = await migrated({ '0000_auth': 'create schema auth; create table auth.users (id int);' });
    await database.query('create table auth.sessions (id int)');
    expect(told(await look())).toEqual(['unexpected table:auth.sessions']);
  });
});

test('owners and grants count when asked, as if the role of the tracking table had run the scratch database', async () => {
  const database = await createDatabase();
  const role = await createRole(database);
  await database.query(
    `grant create on database ${database.name} to ${role.name}; grant create on schema public to ${role.name}`,
  );
  const project = makeProject(database, {
    '0000_songs': `create table songs (id int); create view titles as select id from songs; grant select on songs to public, ${role.name};
      alter default privileges in schema public grant select on tables to public;`,
  });
  await migrate({ ...project, database: database.as(role.name, role.password) });
  // An embedded server of its own, whose roles are others.
  const look = (options = {}) => drift(project, { ...options });
  const report = await look({ owners: true, grants: true });
  expect(told(report).filter((line) => !/grant:schema:public/.test(line))).toEqual([]);
  await database.query(
    'alter table songs owner to postgres; grant insert on songs to public; revoke select on titles from public; create view more as select 1 as a',
  );
  expect(told(await look())).toEqual(['unexpected view:public.more']);
  expect(told(await look({ owners: true, grants: true }))).toEqual(
    expect.arrayContaining(['changed owner:table:public.songs', 'changed grant:table:public.songs:public']),
  );
}, 60_000);

test('what does not run on a new database cannot be compared, and says why', async () => {
  const { project, look } = await migrated(SONGS);
  project.write({ '0000_songs': 'create table songs (id int primary key, title nonsense);' });
  await (await import('../setup/database.js')).query(String(project.database), 'delete from drizzle.__migrator_log');
  await expect(look()).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('`0000_songs` is applied here, but does not run on a new database'),
    state: 'Nothing was changed.',
  });
});

test('a run that goes on meanwhile is noticed', async () => {
  const { database, look } = await migrated(ALL);
  const onProgress = () => {
    moved ??= database.query(`delete from drizzle.__drizzle_migrations where id = 3`);
  };
  let moved: Promise<unknown> | undefined;
  await expect(look({ onProgress })).rejects.toMatchObject({ code: 'history-moved' });
  await moved;
});

test('a role that may only read is enough', async () => {
  const { database, project, look } = await migrated(ALL);
  const role = await createRole(database);
  await database.query(
    `grant usage on schema drizzle to ${role.name}; grant select on all tables in schema drizzle to ${role.name};
     alter role ${role.name} set default_transaction_read_only = on; alter table songs drop column likes`,
  );
  const asRole = { ...project, database: database.as(role.name, role.password) };
  expect(told(await drift(asRole, { scratchUrl: serverUrl() }))).toEqual(told(await look()));
});

test('a database that nobody has tracked is for baseline', async () => {
  const database = await createDatabase();
  const project = makeProject(database, SONGS);
  expect(await drift(project, { scratchUrl: serverUrl() })).toMatchObject({ drifted: false, pending: ['0000_songs'] });
  await database.query(SONGS['0000_songs']);
  await expect(drift(project, { scratchUrl: serverUrl() })).rejects.toMatchObject({
    code: 'refused',
    findings: [expect.objectContaining({ code: 'not-baselined' })],
  });
});

test('the history of @melodia/db leaves no drift, after each of its migrations, applied by us and by drizzle-kit', async () => {
  const folder = fileURLToPath(new URL('../../../db/drizzle/migrations', import.meta.url));
  const { entries } = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8')) as {
    entries: { tag: string }[];
  };
  expect(readdirSync(folder)).toContain(`${entries.at(-1)?.tag}.sql`);
  const database = await createDatabase();
  const project = { database: database.url, migrationsFolder: folder };
  const options = { scratchUrl: serverUrl(), owners: true, grants: true };
  for (const { tag } of entries) {
    await migrate(project, { to: tag });
    expect(told(await drift(project, options)), tag).toEqual([]);
  }
  const other = await createDatabase();
  await drizzleKitMigrate(folder, other.url);
  expect(told(await drift({ ...project, database: other.url }, options))).toEqual([]);
}, 120_000);

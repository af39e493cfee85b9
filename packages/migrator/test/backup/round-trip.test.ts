import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { backup, verifyBackup } from '../../src/api/backup.js';
import { restore } from '../../src/api/restore.js';
import type { BackupEvent } from '../../src/backup/types.js';
import { openSession, ourSessionsSql, until } from '../faults/harness.js';
import { runCli } from '../setup/cli.js';
import { query, serverUrl } from '../setup/database.js';
import { startPgbouncer } from '../setup/pgbouncer.js';
import { writeFiles } from '../setup/project.js';
import { databasesLike, fingerprint, makeRich, makeSource } from './source.js';

// With another release also the installed pg_dump that fits it, where there is one: see test/versions.mjs.
test.each(process.env.MIGRATOR_TEST_NATIVE ? ['builtin', undefined] : ['builtin'])(
  'what was backed up and destroyed comes back as it was, by pg_dump %s',
  async (pgDump) => {
    const { database, role, project, file } = await makeRich();
    await database.query(
      `alter database ${database.name} set search_path = public, "Odd ""schema"""; alter role ${role} in database ${database.name} set work_mem = '9MB';
     comment on database ${database.name} is 'mine'; grant create on database ${database.name} to ${role}; alter database ${database.name} connection limit 50`,
    );
    const properties = `select shobj_description(oid, 'pg_database') as comment, (select json_agg(a order by a::text) from unnest(datacl) a) as acl, datconnlimit as limit, pg_get_userbyid(datdba) as owner,
    (select json_agg(setconfig order by setrole) from pg_db_role_setting where setdatabase = d.oid) as settings from pg_database d where datname = current_database()`;
    const before = [await fingerprint(database.url), await database.query(properties)];
    const events: BackupEvent[] = [];
    const report = await backup(project, {
      file,
      pgDump,
      verify: true,
      onEvent: (event) => events.push(event),
    });
    expect(report).toMatchObject({
      path: file,
      verified: true,
      manifest: {
        tracking: { rows: 1, newest: { hash: 'abc', createdAt: '1700000000000' } },
        largeObjects: 3,
        pgDump: pgDump === undefined ? expect.any(String) : 'pg_dump 18.3 (WebAssembly)',
      },
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(events.filter(({ type }) => type === 'table-finished').length).toBe(2 * report.manifest.tables.length);

    await database.query(`drop schema public cascade; drop schema audit cascade; select lo_unlink(4711)`);
    const restored = await restore(project, { file });
    expect([await fingerprint(database.url), await database.query(properties)]).toEqual(before);
    expect(await databasesLike(database)).toEqual([restored.keptAs]);
    expect(
      await query(
        database.url.replace(database.name, restored.keptAs ?? ''),
        `select from pg_namespace where nspname = 'public'`,
      ),
    ).toEqual([]);
  },
);

test('it is whole for a stranger with tar, sha256sum and what the archive says', async () => {
  const { project, file } = await makeRich();
  await backup(project, { file, pgDump: 'builtin' });
  const folder = join(project.root, 'unpacked');
  const shell = (command: string) => spawnSync('sh', ['-c', command], { encoding: 'utf8', cwd: project.root });
  const { status, stdout } = shell(
    `mkdir ${folder} && tar -xf ${file} -C ${folder} && cd ${folder} && sha256sum -c --quiet SHA256SUMS && gzip -t data/*.gz && cat restore.sql`,
  );
  expect(status).toBe(0);
  expect(stdout).toContain(`\\copy "public"."songs" ("id", "title"`);
});

test('into another database, and a database that is not there', async () => {
  const { database, project, file } = await makeRich();
  const before = await fingerprint(database.url);
  await backup(project, { file, pgDump: 'builtin' });
  const into = `${database.name}_copy`;
  expect(await restore(project, { file, into })).toMatchObject({ name: into, keptAs: undefined, differences: [] });
  expect(await fingerprint(database.url.replace(database.name, into))).toEqual(before);
  expect(await fingerprint(database.url)).toEqual(before);
  await expect(restore(project, { file, into })).rejects.toMatchObject({ code: 'wrong-usage' });
  await query(serverUrl(), `drop database ${database.name} with (force)`);
  expect(await restore(project, { file })).toMatchObject({ name: database.name, keptAs: undefined });
  expect(await fingerprint(database.url)).toEqual(before);
});

test('a backup can be verified later', async () => {
  const { project, file } = await makeRich();
  await backup(project, { file, pgDump: 'builtin' });
  expect((await verifyBackup(file)).manifest.tables.length).toBe(15);
  expect((await verifyBackup(file, { scratchUrl: serverUrl() })).path).toBe(file);
});

test('through a pooler in transaction mode', async () => {
  const { database, project, file } = await makeRich();
  const pooler = await startPgbouncer(serverUrl());
  onTestFinished(() => pooler.stop());
  const before = await fingerprint(database.url);
  const pooled = { ...project, database: pooler.through(database.url) };
  const report = await backup(pooled, { file });
  expect(report.manifest.pgDump).toBe('pg_dump 18.3 (WebAssembly)');
  await database.query('drop schema audit cascade');
  // The pooler keeps connections to the database.
  await restore(pooled, { file, terminate: true });
  expect(await fingerprint(database.url)).toEqual(before);
});

test('what is written while a backup runs is in it wholly or not at all', async () => {
  const { database, project, file } = await makeSource(
    'create table a (id int); create table b (id int); insert into a values (1); insert into b values (1)',
  );
  let rows: Promise<unknown> | undefined;
  const onEvent = (event: BackupEvent) => {
    if (event.type === 'backup-started') rows = database.query('insert into a values (2); insert into b values (2)');
  };
  const { manifest } = await backup(project, { file, pgDump: 'builtin', onEvent });
  await rows;
  expect(manifest.tables.map(({ name, rows: count }) => [name, count])).toEqual([
    ['a', 1],
    ['b', 1],
  ]);
});

test('a table that is emptied and written anew while the backup waits for it is not empty in it', async () => {
  const { database, project, file } = await makeSource(
    'create table a (id int); create table b (id int); insert into a values (1); insert into b values (1)',
  );
  const nightly = await openSession(database.url);
  await nightly.run(
    'begin; truncate a; insert into a values (2), (3); alter table b alter id type text; create table c as select 1 as id',
  );
  const made = backup(project, { file, pgDump: 'builtin' });
  await until(
    async () => (await database.query(`${ourSessionsSql} and wait_event_type = 'Lock'`)).length > 0,
    'the backup to wait for the tables',
  );
  await nightly.run('commit');
  expect((await made).manifest.tables.map(({ name, rows }) => [name, rows])).toEqual([
    ['a', 2],
    ['b', 1],
    ['c', 1],
  ]);
});

test('a subscription comes back disabled, and keeps no database from being dropped', async () => {
  const { database, project, file } = await makeSource(
    `create subscription songs connection 'host=nowhere' publication songs with (connect = false)`,
  );
  const drop = 'alter subscription songs set (slot_name = none); drop subscription songs';
  onTestFinished(() => database.query(drop).then(() => {}));
  // It would not end well if the scratch database could not be dropped.
  await backup(project, { file, pgDump: 'builtin', verify: true, scratchUrl: serverUrl() });
  const { keptAs = '', warnings } = await restore(project, { file });
  expect(warnings).toEqual([`The subscription songs came back disabled, as \`${keptAs}\` may still read its slot.`]);
  await query(database.url.replace(database.name, keptAs), drop);
  expect(
    await database.query(
      'select subname, subenabled from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())',
    ),
  ).toEqual([{ subname: 'songs', subenabled: false }]);
});

test('texts of other encodings come back byte for byte, also where they are none in UTF8', async () => {
  const { project, file } = await makeSource('select');
  for (const [encoding, bytes] of [
    ['SQL_ASCII', 'ff0ac3'],
    ['WIN1252', 'e981'],
  ]) {
    const name = `${new URL(project.database).pathname.slice(1)}_${encoding?.toLowerCase()}`;
    await query(serverUrl(), `create database ${name} template template0 encoding '${encoding}' locale 'C'`);
    const url = new URL(project.database);
    url.pathname = `/${name}`;
    await query(
      url.href,
      `create table texts (t text); insert into texts values (convert_from('\\x${bytes}', '${encoding}'))`,
    );
    const made = `${file}.${encoding}`;
    await backup({ ...project, database: url.href }, { file: made, pgDump: 'builtin', verify: encoding === 'WIN1252' });
    await query(url.href, 'delete from texts');
    await restore({ ...project, database: url.href }, { file: made });
    expect(await query(url.href, `select encode(convert_to(t, '${encoding}'), 'hex') as bytes from texts`)).toEqual([
      { bytes },
    ]);
  }
});

test('the command line: backups in the usual place, the newest two kept, listed, and the way to drop what was replaced', async () => {
  const { database, project } = await makeSource('create table a (id int); insert into a values (1)');
  const config = {
    dialect: 'postgresql',
    out: './drizzle',
    dbCredentials: { url: database.url },
    migrator: { backup: { keep: 2 } },
  };
  writeFiles(project.root, { 'drizzle.config.json': config });
  for (const _ of [1, 2, 3]) expect((await runCli(project.root, 'backup', '--pg-dump', 'builtin')).exitCode).toBe(0);
  const folder = join(project.root, '.migrator', 'backups');
  const names = readdirSync(folder);
  expect(names.length).toBe(2);
  // As many at once, in one second.
  const others = await Promise.all(
    [1, 2].map(() => backup(project, { folder: join(project.root, 'b'), pgDump: 'builtin' })),
  );
  expect(new Set(others.map(({ path }) => path)).size).toBe(2);
  expect(readFileSync(join(project.root, '.migrator', '.gitignore'), 'utf8')).toBe('*\n');
  const listed = await runCli(project.root, 'backup', '--list', '--json');
  expect(listed.json).toMatchObject({ folder, backups: [{ database: database.name }, { database: database.name }] });

  const file = join(folder, names[0] ?? '');
  expect(await runCli(project.root, 'restore', file)).toMatchObject({ exitCode: 2 });
  expect((await runCli(project.root, 'restore', file, '--dry-run')).out).toContain(
    'The file is whole. Nothing was changed.',
  );
  expect(await databasesLike(database)).toEqual([]);
  const { json } = await runCli(project.root, 'restore', file, '--yes', '--json');
  const [kept] = await databasesLike(database);
  expect(json).toMatchObject({
    ok: true,
    name: database.name,
    keptAs: kept,
    drop: `drop database "${kept}"`,
    differences: [],
  });
  expect(await runCli(project.root, 'backup', '--keep', '0')).toMatchObject({ exitCode: 2 });
});

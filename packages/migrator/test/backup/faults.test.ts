import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { backup, backups, verifyBackup } from '../../src/api/backup.js';
import { finishRestore } from '../../src/api/finish-restore.js';
import { migrate } from '../../src/api/migrate.js';
import { restore } from '../../src/api/restore.js';
import type { BackupEvent } from '../../src/backup/types.js';
import { openSession, ourSessionsSql, startCli, until } from '../faults/harness.js';
import { failureOf, runCli } from '../setup/cli.js';
import { createRole, query, serverUrl } from '../setup/database.js';
import { makeFolder } from '../setup/project.js';
import { databasesLike, fingerprint, makeSource } from './source.js';

const SONGS = `create table songs (id serial primary key, title text); insert into songs (title) select 'song ' || i from generate_series(1, 20000) i; create sequence held`;

describe('a backup that is ended half way', () => {
  /** A backup that has written its tables and cannot go on: the sequence is locked. */
  async function stalled(...args: string[]) {
    const { database, project } = await makeSource(SONGS, { '0000_other': 'create table other (id int)' });
    const holder = await openSession(database.url);
    await holder.run('begin; alter sequence held rename to renamed');
    const folder = join(project.root, 'kept');
    const file = join(folder, 'it.backup.tar');
    const start = () => startCli(project.root, [...args, file], { DATABASE_URL: database.url });
    const run = start();
    await until(
      async () => (await database.query(`${ourSessionsSql} and wait_event_type = 'Lock'`)).length > 0,
      'the backup to wait for the sequence',
    );
    return { database, run, start, holder, folder, file };
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s leaves nothing, and says so', async (signal, code) => {
    const { run, folder, database } = await stalled('backup', '--out');
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^it\.backup\.tar\..*\.partial$/)]);
    run.child.kill(signal);
    const ended = await run.ended;
    expect(ended.code, ended.output).toBe(code);
    expect(ended.output).toContain('No backup was made, and nothing of it was left; the database was only read.');
    expect(readdirSync(folder)).toEqual([]);
    await until(async () => (await database.query(ourSessionsSql)).length === 0, 'our sessions to be gone');
  });

  test('by SIGKILL leaves nothing that is taken for a backup, and does not stand in the way of the next one', async () => {
    const { run, start, folder, file, holder } = await stalled('backup', '--out');
    run.child.kill('SIGKILL');
    await run.ended;
    const [left = ''] = readdirSync(folder);
    expect(left).toMatch(/\.partial$/);
    expect(await backups(folder)).toEqual([]);
    await expect(
      restore({ database: serverUrl(), migrationsFolder: '' }, { file: join(folder, left) }),
    ).rejects.toMatchObject({
      code: 'backup-unreadable',
    });
    await holder.run('rollback');
    const next = await start().ended;
    expect(next.code, next.output).toBe(0);
    expect((await backups(folder)).map(({ path, manifest }) => [path, manifest?.tables.length])).toEqual([[file, 1]]);
  });

  test('by a lost connection leaves nothing', async () => {
    const { run, folder, database } = await stalled('backup', '--out');
    await database.query(`select pg_terminate_backend(pid) from (${ourSessionsSql}) ours`);
    const ended = await run.ended;
    expect(ended.code, ended.output).toBe(4);
    expect(ended.output).toContain('[connection-lost]');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('before a migration: nothing is applied', async () => {
    const { run, database, folder } = await stalled('migrate', '--backup');
    run.child.kill('SIGINT');
    const ended = await run.ended;
    expect(ended.code, ended.output).toBe(130);
    expect(ended.output).toContain('Nothing was applied: 1 migration waits.');
    expect(readdirSync(folder)).toEqual([]);
    expect(await database.query(`select to_regclass('other') as other`)).toEqual([{ other: null }]);
  });
});

describe('a place that cannot be written to', () => {
  // Root may mount a small disk, where the machine lets it.
  const disks = process.getuid?.() === 0 && canMount() ? ['a full disk'] : [];

  test.each(disks)('%s: nothing is left, and nothing is applied', async () => {
    const disk = makeFolder();
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', disk]).status).toBe(0);
    onTestFinished(() => void spawnSync('umount', ['-l', disk]));
    const { database, project } = await makeSource(
      `${SONGS}; insert into songs (title) select md5(random()::text) from generate_series(1, 20000)`,
      { '0000_other': 'create table other (id int)' },
    );
    const file = join(disk, 'it.tar');
    const full = {
      code: 'backup-unwritable',
      message: 'The backup cannot be written: the disk is full.',
      where: file,
      fix: 'Free some space, keep fewer with `--keep 3`, or write elsewhere with `--out /other/disk/file.tar`.',
    };
    await expect(backup(project, { file })).rejects.toMatchObject(full);
    expect(readdirSync(disk)).toEqual([]);
    await expect(migrate(project, { backup: { file } })).rejects.toMatchObject({
      ...full,
      state: expect.stringContaining('Nothing was applied: 1 migration waits.'),
    });
    expect(
      await database.query(`select to_regclass('other') as other, to_regclass('drizzle.__migrator_log') as log`),
    ).toEqual([{ other: null, log: null }]);
  });

  test('a file that is there is not touched', async () => {
    const { project, file } = await makeSource(SONGS);
    writeFileSync(file, 'precious');
    await expect(backup(project, { file })).rejects.toMatchObject({
      code: 'backup-unwritable',
      message: 'The backup cannot be written: there is a file of this name.',
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  test('a folder that is a file', async () => {
    const { project, file } = await makeSource(SONGS);
    writeFileSync(file, '');
    await expect(backups(file)).rejects.toMatchObject({
      code: 'backup-unreadable',
      message: expect.stringContaining('The folder of the backups cannot be read: ENOTDIR'),
    });
    expect(await backups(`${file}.nothing`)).toEqual([]);
    await expect(backup(project, { file: join(file, 'it.tar') })).rejects.toMatchObject({ code: 'backup-unwritable' });
  });
});

function canMount(): boolean {
  const folder = spawnSync('mktemp', ['-d'], { encoding: 'utf8' }).stdout.trim();
  const works = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', folder]).status === 0;
  if (works) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true });
  return works;
}

/** A program on a path of its own. */
function fake(text: string): string {
  const folder = makeFolder();
  writeFileSync(join(folder, 'pg_dump'), text);
  chmodSync(join(folder, 'pg_dump'), 0o755);
  return join(folder, 'pg_dump');
}

/** Newer than any server; it says nothing of what is there. */
const SILENT = `#!/bin/sh\ncase "$1" in --version) echo 'pg_dump (PostgreSQL) 99.1';; *) echo 'select 1;';; esac\n`;

describe('an installed pg_dump', () => {
  test('that is older than the server is not used, and it is said why', async () => {
    const { database, project, file } = await makeSource(SONGS);
    const old = fake(`#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n`);
    const run = startCli(project.root, ['backup', '--out', file], {
      DATABASE_URL: database.url,
      PATH: `${old.replace(/\/pg_dump$/, '')}:${process.env.PATH}`,
    });
    const { code, output } = await run.ended;
    expect(code, output).toBe(0);
    expect(output).toMatch(/schema by pg_dump 18\.3 \(WebAssembly\)/);
    expect(output).toMatch(
      new RegExp(
        `${old} is not used: it is of version 9\\.6\\.24, older than the server \\(\\d+\\), and would refuse it\\.`,
      ),
    );
    await expect(backup(project, { file: `${file}2`, pgDump: old })).rejects.toMatchObject({
      code: 'pg-dump-unsuitable',
      message: expect.stringContaining(`\`${old}\` is pg_dump 9.6.24, older than the server`),
      state: 'No backup was made; the database was only read.',
    });
  });

  test('that is asked for and does not exist, or is something else', async () => {
    const { project, file } = await makeSource(SONGS);
    await expect(backup(project, { file, pgDump: '/nowhere/pg_dump' })).rejects.toMatchObject({
      code: 'pg-dump-unsuitable',
      message: 'There is no program `/nowhere/pg_dump`.',
    });
    const other = fake('#!/bin/sh\necho hello\n');
    await expect(backup(project, { file, pgDump: other })).rejects.toMatchObject({
      code: 'pg-dump-unsuitable',
      message: `\`${other}\` is no pg_dump that runs: hello.`,
    });
  });

  test('of the right version gets the login by its environment only, and the snapshot', async () => {
    const { database, project, file } = await makeSource(SONGS);
    const seen = join(makeFolder(), 'seen');
    const right = fake(
      `#!/bin/sh\ncase "$1" in --version) echo 'pg_dump (PostgreSQL) 99.1';; *) echo "$@" >> ${seen}; env | grep ^PG >> ${seen}; echo 'select 1;';; esac\n`,
    );
    await expect(backup(project, { file, pgDump: right })).resolves.toMatchObject({
      manifest: { pgDump: `pg_dump 99.1 (${right})` },
    });
    const text = readFileSync(seen, 'utf8');
    const { password, port } = new URL(database.url);
    expect(text).toContain(`PGPASSWORD=${password}\n`);
    expect(text).toContain(`PGPORT=${port}\n`);
    const commands = text.split('\n').filter((line) => line.startsWith('--'));
    expect(commands.length).toBe(2);
    for (const command of commands) {
      expect(command).toMatch(/--section=(?:pre|post)-data --snapshot=[0-9A-F-]+$/);
      expect(command).not.toContain(password);
    }
    // It says nothing of the tables: what would be restored is not what is there, and `--verify` finds that.
    await expect(backup(project, { file: `${file}2`, pgDump: right, verify: true })).rejects.toMatchObject({
      code: 'backup-unproven',
      state: 'It is not called good, so there is no backup of it; the database was only read.',
    });
    expect(readdirSync(project.root).filter((name) => name.includes('.tar2'))).toEqual([]);
  });

  test('that fails ends the backup with its words', async () => {
    const { project, file } = await makeSource(SONGS);
    const failing = fake(
      `#!/bin/sh\ncase "$1" in --version) echo 'pg_dump (PostgreSQL) 99.1';; *) echo 'pg_dump: error: out of luck' >&2; exit 1;; esac\n`,
    );
    await expect(backup(project, { file, pgDump: failing })).rejects.toMatchObject({
      code: 'backup-failed',
      message: 'The backup failed: pg_dump ended with 1: pg_dump: error: out of luck.',
    });
    expect(readdirSync(project.root).filter((name) => name.includes('.tar'))).toEqual([]);
  });
});

describe('a file that cannot be used is refused by name, and nothing is changed:', () => {
  const damages: readonly [string, (file: string) => void, string][] = [
    ['missing', (file) => rmSync(file), 'there is no such file'],
    ['empty', (file) => truncateSync(file, 0), 'it ends at byte 0, without the mark that ends an archive'],
    ['something else', (file) => writeFileSync(file, 'x'.repeat(5000)), 'it is no tar archive'],
    ['a folder', makeFolderOf, 'EISDIR: illegal operation on a directory, read'],
    ['cut off', (file) => truncateSync(file, 30_000), 'it ends within `data/0001-public.songs.copy.gz`'],
    [
      'cut off between two members',
      (file) => truncateSync(file, readFileSync(file).indexOf('SHA256SUMS\0')),
      'without the mark that ends an archive',
    ],
    [
      'one bit of its rows',
      (file) => flip(file, 20_000),
      'the content of `data/0001-public.songs.copy.gz` is not what was written',
    ],
    [
      'one bit of its manifest',
      (file) => flip(file, readFileSync(file).lastIndexOf('"catalogHash"') + 20),
      'the content of `manifest.json` is not what was written',
    ],
    ['one bit of a header', (file) => flip(file, 10), 'it is no tar archive'],
  ];

  function makeFolderOf(file: string): void {
    rmSync(file);
    mkdirSync(file);
  }

  function flip(file: string, at: number): void {
    const content = readFileSync(file);
    content[at] = (content[at] ?? 0) ^ 1;
    writeFileSync(file, content);
  }

  test.each(damages)('%s', async (_, damage, message) => {
    const { database, project, file } = await makeSource(SONGS);
    await backup(project, { file, pgDump: 'builtin' });
    const before = await fingerprint(database.url);
    damage(file);
    const error = await failureOf(restore(project, { file }));
    expect(error).toMatchObject({ code: 'backup-unreadable', where: file, state: 'Nothing was changed.' });
    expect(error.message).toContain(message);
    expect(await fingerprint(database.url)).toEqual(before);
    expect(await databasesLike(database)).toEqual([]);
  });
});

describe('a restore that cannot be done leaves everything as it was:', () => {
  test('a server that lacks the roles of the database itself, and of its large objects', async () => {
    const { database, project, file } = await makeSource('select lo_create(4711)');
    const roles = [1, 2, 3, 4].map((n) => `${database.name}_role_${n}`);
    const [owner, grantee, setter, keeper] = roles;
    await database.query(
      `${roles.map((role) => `create role ${role}`).join('; ')}; alter large object 4711 owner to ${keeper};
       alter database ${database.name} owner to ${owner}; grant create on database ${database.name} to ${grantee}; alter role ${setter} in database ${database.name} set work_mem = '9MB'`,
    );
    await backup(project, { file, pgDump: 'builtin' });
    await query(serverUrl(), `drop database ${database.name} with (force)`);
    await query(serverUrl(), roles.map((role) => `drop role ${role}`).join('; '));
    await expect(restore(project, { file })).rejects.toMatchObject({ code: 'roles-missing', data: { roles } });
    expect(await restore(project, { file, noOwner: true })).toMatchObject({ name: database.name });
  });

  test('a server that lacks a role', async () => {
    const { database, project, file } = await makeSource(SONGS);
    const role = await createRole(database);
    await database.query(`alter table songs owner to ${role.name}`);
    await backup(project, { file, pgDump: 'builtin' });
    await database.query(`alter table songs owner to current_user; drop role ${role.name}; create role ${role.name}_2`);
    onTestFinished(async () => {
      await query(serverUrl(), `alter role ${role.name}_2 rename to ${role.name}`);
    });
    const { exitCode, err } = await runCli(project.root, 'restore', file, '--yes');
    expect(exitCode).toBe(3);
    expect(err).toContain(`The server has not the role \`${role.name}\``);
    expect(err).toContain(`create role "${role.name}"`);
    expect(await databasesLike(database)).toEqual([]);
    expect(await restore(project, { file, noOwner: true })).toMatchObject({ differences: [] });
  });

  test('somebody is connected, until it is said what to do with them', async () => {
    const { database, project, file } = await makeSource(SONGS);
    await backup(project, { file, pgDump: 'builtin' });
    await database.query('delete from songs');
    const other = await openSession(database.url, 'the application');
    await expect(restore(project, { file })).rejects.toMatchObject({
      code: 'database-in-use',
      message: `1 session is connected to \`${database.name}\`.`,
      detail: expect.stringContaining('the application'),
      state: 'Nothing was changed.',
    });
    expect(await databasesLike(database)).toEqual([]);
    expect(await other.run('select count(*)::int as n from songs')).toEqual([{ n: 0 }]);
    const report = await restore(project, { file, terminate: true });
    expect(await database.query('select count(*)::int as n from songs')).toEqual([{ n: 20_000 }]);
    expect(await databasesLike(database)).toEqual([report.keptAs]);
  });

  test('somebody stays longer than it was to wait: what was restored is kept, and one command finishes', async () => {
    const { database, project, file } = await makeSource('create table a (id int); insert into a values (1)');
    await backup(project, { file, pgDump: 'builtin' });
    await database.query('delete from a');
    const other = await openSession(database.url, 'the application');
    const error = await failureOf(restore(project, { file, waitMs: 1 }));
    const [ready = ''] = await databasesLike(database);
    expect(ready).toMatch(/_restored_\d{14}$/);
    expect(error).toMatchObject({
      code: 'database-in-use',
      detail: expect.stringContaining('the application'),
      state: `\`${database.name}\` is as it was. The backup is restored and compared, and waits as \`${ready}\`.`,
      fix: `Stop what is connected, or pass \`--terminate\` to end these sessions, or \`--wait 5m\` to wait for them. Then \`migrator restore --finish\` swaps it in, which takes both flags too. To give it up: \`drop database "${ready}"\`.`,
    });
    await expect(finishRestore(project, {})).rejects.toMatchObject({
      code: 'database-in-use',
      state: 'Nothing was changed.',
    });
    expect(await other.run('select count(*)::int as n from a')).toEqual([{ n: 0 }]);
    const warnings: string[] = [];
    await restore(project, {
      file,
      into: `${database.name}_into`,
      onEvent: (event) => event.type === 'warning' && warnings.push(event.message),
    });
    expect(warnings).toEqual([]);
    const { exitCode, json } = await runCli(project.root, 'restore', '--finish', '--terminate', '--yes', '--json');
    expect({ exitCode, json }).toMatchObject({ exitCode: 0, json: { ok: true, name: database.name, ready } });
    expect(await database.query('select id from a')).toEqual([{ id: 1 }]);
    expect(await databasesLike(database)).toEqual([json.keptAs, `${database.name}_into`].sort());
    await expect(finishRestore(project, {})).rejects.toMatchObject({
      code: 'wrong-usage',
      message: `No restore of \`${database.name}\` waits to be finished.`,
    });
    expect((await runCli(project.root, 'restore', '--finish', file)).err).toContain('`--finish` takes no file.');
  });

  test('a prepared transaction holds the database: it is told before anything is loaded', async () => {
    const { database, project, file } = await makeSource('create table a (id int)');
    await backup(project, { file, pgDump: 'builtin' });
    await database.query(`begin; insert into a values (1); prepare transaction '${database.name}'`);
    onTestFinished(async () => {
      await database.query(`rollback prepared '${database.name}'`);
    });
    await expect(restore(project, { file, terminate: true })).rejects.toMatchObject({
      code: 'database-in-use',
      message: `1 prepared transaction is open in \`${database.name}\`.`,
      fix: `End the prepared transactions, from within \`${database.name}\`: \`rollback prepared '${database.name}'\`, or \`commit prepared\`.`,
    });
    expect(await databasesLike(database)).toEqual([]);
  });

  test('a role that may not replace the database, or not make one', async () => {
    const { database, project, file } = await makeSource('create table a (id int)');
    await backup(project, { file, pgDump: 'builtin' });
    const role = await createRole(database);
    const asRole = { ...project, database: database.as(role.name, role.password) };
    await expect(restore(asRole, { file, noOwner: true })).rejects.toMatchObject({
      code: 'permission-denied',
      message: `The role \`${role.name}\` may not make databases, and a restore makes a new one.`,
    });
    await database.query(`alter role ${role.name} createdb`);
    await expect(restore(asRole, { file, noOwner: true })).rejects.toMatchObject({
      code: 'permission-denied',
      message: expect.stringContaining(`may not replace the database \`${database.name}\`, which belongs to`),
      state: 'Nothing was changed.',
    });
    const into = `${database.name}_into`;
    expect(await restore(asRole, { file, noOwner: true, into })).toMatchObject({ name: into });
    await query(serverUrl(), `drop database ${into}`);
  });

  test('the connection that was idle while all was loaded is gone: it is not needed any more', async () => {
    const { database, project, file } = await makeSource(SONGS);
    await backup(project, { file, pgDump: 'builtin' });
    await database.query('delete from songs');
    let killed: Promise<unknown[]> | undefined;
    await restore(project, {
      file,
      onEvent: ({ type }) => {
        if (type === 'table-finished')
          killed = query(
            serverUrl(),
            `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'migrator restore' and datname = 'postgres' and query like '%${database.name}%'`,
          );
      },
    });
    expect((await killed)?.length).toBe(1);
    expect(await database.query('select count(*)::int as n from songs')).toEqual([{ n: 20_000 }]);
  });

  test('two at once: each has a database of its own, and one after the other is swapped in', async () => {
    const { database, project, file } = await makeSource(SONGS);
    await backup(project, { file, pgDump: 'builtin' });
    const both = await Promise.allSettled(
      [1, 2].map(() => restore(project, { file, terminate: true, waitMs: 60_000 })),
    );
    expect(both).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
    expect(await database.query('select count(*)::int as n from songs')).toEqual([{ n: 20_000 }]);
  });

  test('rows that the schema itself refuses, because it looks at rows that come later', async () => {
    const { database, project, file } = await makeSource(
      `create table zoo (id int); insert into zoo values (1); create function any_zoo() returns boolean language sql as 'select exists (select from public.zoo)';
       create table animals (id int check (any_zoo())); insert into animals values (1)`,
    );
    await backup(project, { file, pgDump: 'builtin' });
    const before = await fingerprint(database.url);
    await expect(restore(project, { file })).rejects.toMatchObject({
      code: 'restore-failed',
      message:
        'The server refused rows of public.animals: new row for relation "animals" violates check constraint "animals_check" (23514).',
      state: `Nothing was changed: \`${database.name}\` is as it was.`,
    });
    expect(await fingerprint(database.url)).toEqual(before);
    expect(await databasesLike(database)).toEqual([]);
    await expect(verifyBackup(file)).rejects.toMatchObject({
      code: 'backup-unproven',
      message: expect.stringContaining('rows of public.animals'),
    });
  });

  test('it is interrupted', async () => {
    const { database, project, file } = await makeSource(SONGS);
    await backup(project, { file, pgDump: 'builtin' });
    await database.query('delete from songs');
    const before = await fingerprint(database.url);
    const stop = new AbortController();
    const onEvent = ({ type }: BackupEvent) => type === 'table-finished' && stop.abort();
    await expect(restore(project, { file, signal: stop.signal, onEvent })).rejects.toMatchObject({
      code: 'interrupted',
      state: `Nothing was changed: \`${database.name}\` is as it was.`,
    });
    expect(await fingerprint(database.url)).toEqual(before);
    expect(await databasesLike(database)).toEqual([]);
  });

  test('a restore that was killed is named by the next one', async () => {
    const { database, project, file } = await makeSource(SONGS);
    await backup(project, { file, pgDump: 'builtin' });
    const left = `${database.name}_restoring_20250101000000`;
    await query(serverUrl(), `create database ${left} template template0`);
    const warnings: string[] = [];
    await restore(project, { file, onEvent: (event) => event.type === 'warning' && warnings.push(event.message) });
    expect(warnings).toEqual([`A restore that was killed has left ${left}; \`drop database "${left}"\` removes it.`]);
  });
});

test('DDL is waited for, and kept away while rows are read, whichever pg_dump reads the schema', async () => {
  const { database, project, file } = await makeSource(
    'create table a (id int); insert into a values (1); create sequence held',
  );
  const holder = await openSession(database.url);
  await holder.run('begin; lock table a in access exclusive mode');
  for (const pgDump of ['builtin', fake(SILENT)])
    await expect(backup(project, { file, pgDump, lockTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'lock-timeout',
      message:
        'A table could not be locked against changes of its structure in time: canceling statement due to lock timeout.',
    });
  await holder.run('rollback');
  for (const pgDump of ['builtin', fake(SILENT)]) {
    await holder.run('begin; alter sequence held rename to renamed');
    const made = backup(project, { file: join(makeFolder(), 'it.tar'), pgDump });
    await until(
      async () => (await database.query(`${ourSessionsSql} and wait_event_type = 'Lock'`)).length > 0,
      'the backup to wait for the sequence',
    );
    await expect(database.query(`set lock_timeout = '50ms'; truncate a`)).rejects.toThrow('lock timeout');
    await holder.run('rollback');
    expect((await made).manifest.tables).toMatchObject([{ name: 'a', rows: 1 }]);
  }
});

test.each(['builtin', 'installed'])(
  'rows that a policy would hide are an error, never a backup without them (%s)',
  async (which) => {
    const pgDump = which === 'builtin' ? which : fake(SILENT);
    const { database, project, file } = await makeSource(
      'create table secret (id int); insert into secret values (1); alter table secret enable row level security; create policy none on secret using (false)',
    );
    const role = await createRole(database);
    await database.query(`grant select on secret to ${role.name}`);
    const asRole = { ...project, database: database.as(role.name, role.password) };
    await expect(backup(asRole, { file, pgDump })).rejects.toMatchObject({
      code: 'permission-denied',
      message:
        'A policy would hide rows from the backup: query would be affected by row-level security policy for table "secret".',
    });
    await database.query(`revoke select on secret from ${role.name}`);
    await expect(backup(asRole, { file, pgDump })).rejects.toMatchObject({
      code: 'permission-denied',
      message: 'The role may not read all of the database: permission denied for table secret.',
    });
    expect(readdirSync(project.root).filter((name) => name.includes('.tar'))).toEqual([]);
  },
);

test('every failure of a run that was backed up before names the way back', async () => {
  const { project, file } = await makeSource(SONGS, { '0000_bad': 'alter table nix add x int' });
  const { exitCode, err } = await runCli(project.root, 'migrate', '--backup', file);
  expect(exitCode).toBe(4);
  expect(err).toContain(`The database as it was before this run: \`migrator restore ${file}\`.`);
  const again = await runCli(project.root, 'migrate', '--backup', `${file}2`, '--json');
  expect(again.json).toMatchObject({ ok: false, error: { code: 'statement-failed', data: { backup: `${file}2` } } });
});

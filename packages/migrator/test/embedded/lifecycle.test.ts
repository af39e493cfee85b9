import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  embeddedStatus,
  ensureEmbedded,
  removeEmbedded,
  resetEmbedded,
  stopEmbedded,
} from '../../src/embedded/index.js';
import { makeProject, query, sharedProject } from './project.js';

describe('a server for the project', () => {
  const sharedServer = sharedProject();

  test('is made on first use, private to its owner, and found again at once', async () => {
    const root = makeProject();
    // An absent locale stops initdb, and these variables would lead Postgres elsewhere.
    const shell = { LANG: 'fr_FR.UTF-8', LC_ALL: 'xx', PGPORT: '1', PGDATA: '/nowhere', PGOPTIONS: '-c x=y' };
    for (const [name, value] of Object.entries(shell)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await embeddedStatus(root)).toBeUndefined();
    const told: string[] = [];

    const server = await ensureEmbedded({ root, user: 'owner', onProgress: (message) => told.push(message) });

    expect(server).toMatchObject({
      host: '127.0.0.1',
      user: 'owner',
      database: 'dev',
      startedNow: true,
      createdNow: true,
    });
    expect(server.port).toBeLessThan(32_768);
    expect(told).toEqual([
      `Creating a Postgres ${server.version} server for this project.`,
      `Starting Postgres ${server.version}.`,
    ]);
    expect(readFileSync(join(root, '.migrator/.gitignore'), 'utf8')).toBe('*\n');
    expect(statSync(join(root, '.migrator/embedded.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, '.migrator/postgres.log')).mode & 0o777).toBe(0o600);
    expect(statSync(server.dataDirectory).mode & 0o777).toBe(0o700);

    const startedAt = performance.now();
    const again = await ensureEmbedded({ root });
    expect(performance.now() - startedAt).toBeLessThan(50);
    expect(again).toEqual({ ...server, startedNow: false, createdNow: false });
    expect(await embeddedStatus(root)).toEqual(again);
  });

  test('listens for this machine only and asks for the password', async () => {
    const { url } = (await sharedServer()).server;
    const names = ['listen_addresses', 'unix_socket_directories', 'fsync', 'password_encryption', 'server_encoding'];
    const [settings] = await query(
      url,
      `select ${names.map((name) => `current_setting('${name}') as ${name}`).join()}`,
    );
    expect(settings).toEqual({
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'on',
      password_encryption: 'scram-sha-256',
      server_encoding: 'UTF8',
    });
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    const rules = await query(url, `select distinct auth_method from pg_hba_file_rules`);
    expect(rules).toEqual([{ auth_method: 'scram-sha-256' }]);
    expect(
      await query(url, `select upper('é') as upper, current_setting('max_connections')::int >= 100 as many`),
    ).toEqual([{ upper: 'É', many: true }]);
  });

  test('keeps its data and port over a stop', async () => {
    const { root, server } = await sharedServer();

    expect(await stopEmbedded(root)).toBe(true);
    expect(await stopEmbedded(root)).toBe(false);
    expect(await embeddedStatus(root)).toBeUndefined();

    expect(await ensureEmbedded({ root })).toEqual({ ...server, startedNow: true, createdNow: false });
    expect(await query(server.url, 'select title from songs')).toEqual([{ title: 'first' }]);
  });

  test('has as many databases as are asked for, and makes a dropped one again', async () => {
    const { root, server: first } = await sharedServer();
    const second = await ensureEmbedded({ root, database: 'with "quotes", dots. and spaces' });
    expect(second).toMatchObject({ startedNow: false, createdNow: true });
    expect(await ensureEmbedded({ root })).toMatchObject({ database: 'dev', createdNow: false });

    await query(first.url.replace(/dev$/, 'postgres'), 'drop database dev');
    expect(await embeddedStatus(root)).toBeUndefined();
    expect(await ensureEmbedded({ root })).toMatchObject({ database: 'dev', startedNow: false, createdNow: true });
  });

  test('starts empty after a reset', async () => {
    const { root, server } = await sharedServer();

    const fresh = await resetEmbedded({ root });

    expect(fresh).toMatchObject({ port: server.port, database: 'dev', startedNow: true, createdNow: true });
    expect(fresh.url).not.toBe(server.url);
    await expect(query(fresh.url, 'select * from songs')).rejects.toMatchObject({ code: '42P01' });
  });

  test('takes settings, and cuts a log that has grown too large', async () => {
    const { root } = await sharedServer();
    await stopEmbedded(root);
    const log = join(root, '.migrator/postgres.log');
    truncateSync(log, 6 * 1024 * 1024);

    const { url } = await ensureEmbedded({ root, settings: { work_mem: '7MB' } });

    expect(await query(url, 'show work_mem')).toEqual([{ work_mem: '7MB' }]);
    expect(statSync(log).size).toBeLessThan(10_000);
  });
});

test('removing it leaves the backups of its database, which outlive it', async () => {
  const root = makeProject();
  await ensureEmbedded({ root });
  const backups = join(root, '.migrator', 'backups');
  mkdirSync(backups);
  writeFileSync(join(backups, 'dev.backup.tar'), 'precious');
  await removeEmbedded(root);
  expect(readdirSync(join(root, '.migrator')).sort()).toEqual(['.gitignore', 'backups']);
  expect(readdirSync(backups)).toEqual(['dev.backup.tar']);
  rmSync(backups, { recursive: true });
  await removeEmbedded(root);
  expect(existsSync(join(root, '.migrator'))).toBe(false);
});

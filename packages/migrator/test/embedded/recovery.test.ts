import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import postgres from 'postgres';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ensureEmbedded, resetEmbedded, stopEmbedded } from '../../src/embedded/index.js';
import { isAlive } from '../../src/embedded/process-identity.js';
import { makeInstall } from './install.js';
import { isRoot, makeFolder, makeProject, query, sharedProject, waitUntil } from './project.js';

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await waitUntil(() => !isAlive(pid), 'the killed server is gone');
}

const readSongs = (url: string) => query(url, 'select title from songs');
const firstSong = [{ title: 'first' }];

const projectWithSong = sharedProject();

describe('a state file that', () => {
  test.each<[string, (file: string) => void]>([
    ['was lost', (file) => rmSync(file)],
    ['is not JSON', (file) => writeFileSync(file, '{"format":1,')],
    ['misses a field', (file) => writeFileSync(file, '{"format":1,"root":"/"}')],
    ['others can read, as one from a repository', (file) => chmodSync(file, 0o644)],
  ])('%s costs no data: the server gets a new password', async (_, damage) => {
    const { root, server } = await projectWithSong();
    damage(join(root, '.migrator/embedded.json'));

    const found = await ensureEmbedded({ root });

    expect(found).toMatchObject({ dataDirectory: server.dataDirectory, startedNow: true, createdNow: false });
    expect(found.url).not.toBe(server.url);
    expect(await readSongs(found.url)).toEqual(firstSong);
    await expect(readSongs(server.url)).rejects.toMatchObject({ code: '28P01' });
  });
});

describe('a killed server', () => {
  test('is started again with all that was committed', async () => {
    const { root, server, pid } = await projectWithSong();
    await kill(pid);
    expect(await ensureEmbedded({ root })).toEqual({ ...server, startedNow: true, createdNow: false });
    expect(await readSongs(server.url)).toEqual(firstSong);
  });

  test('is started again although a child of it is stopped in the middle of a query', async () => {
    const { root, server, pid } = await projectWithSong();
    const sql = postgres(server.url, { max: 1, onclose() {} });
    onTestFinished(() => sql.end({ timeout: 0 }));
    const [row] = await sql`select pg_backend_pid() as pid`;
    const child: number = row?.pid;
    process.kill(child, 'SIGSTOP');
    await kill(pid);
    expect(isAlive(child)).toBe(true);

    const told: string[] = [];
    const again = await ensureEmbedded({ root, onProgress: (message) => told.push(message) });

    expect(told).toContain('Ending what is left of a server that was killed.');
    expect(isAlive(child)).toBe(false);
    expect(await readSongs(again.url)).toEqual(firstSong);
  });

  test('is started again when it dies under a command', async () => {
    const { root, server, pid } = await projectWithSong();
    const sql = postgres(server.url, { max: 1 });
    onTestFinished(() => sql.end({ timeout: 0 }));
    const lock = await sql.reserve();
    await lock`begin`;
    await lock`lock table pg_database in exclusive mode`;
    const command = ensureEmbedded({ root, database: 'other' });
    const waiting = `select count(*)::int as n from pg_locks where not granted and relation = 'pg_database'::regclass`;
    for (let seen = 0; seen === 0; ) seen = Number((await lock.unsafe(waiting))[0]?.n);

    await kill(pid);

    expect(await command).toMatchObject({ database: 'other', startedNow: true, createdNow: true });
  });

  test('whose pid now belongs to another program is not mistaken for running', async () => {
    const { root, server, pid } = await projectWithSong();
    await kill(pid);
    // With the server's own uid: Postgres takes such a process for a server and refuses to start.
    const { uid, gid } = statSync(server.dataDirectory);
    const other = spawn('sleep', ['60'], { ...(isRoot ? { uid, gid } : {}), cwd: '/' });
    onTestFinished(() => void other.kill());
    const file = join(server.dataDirectory, 'postmaster.pid');
    writeFileSync(file, readFileSync(file, 'utf8').replace(String(pid), String(other.pid)));

    expect(await ensureEmbedded({ root })).toMatchObject({ startedNow: true });
    expect(isAlive(other.pid ?? 0)).toBe(true);
    expect(await readSongs(server.url)).toEqual(firstSong);
  });

  test('that left an unreadable postmaster.pid is started again', async () => {
    const { root, server, pid } = await projectWithSong();
    await kill(pid);
    writeFileSync(join(server.dataDirectory, 'postmaster.pid'), '');
    expect(await ensureEmbedded({ root })).toMatchObject({ startedNow: true });
  });
});

describe('data', () => {
  test('deleted under a running server are made afresh, and the server that had them is ended', async () => {
    const { root, server, pid } = await projectWithSong();
    rmSync(server.dataDirectory, { recursive: true, force: true });
    expect(await ensureEmbedded({ root })).toMatchObject({ port: server.port, startedNow: true, createdNow: true });
    expect(isAlive(pid)).toBe(false);
  });

  test.each([
    ['an older major', '17\n', /was made by Postgres 17; the installed binaries are Postgres 18/],
    ['a newer major', '19\n', /was made by Postgres 19; the installed binaries are Postgres 18/],
    ['no known version', undefined, /is incomplete: it has no PG_VERSION file/],
  ])('of %s are reported and kept', async (_, version, message) => {
    const { root, server } = await projectWithSong();
    await stopEmbedded(root);
    const file = join(server.dataDirectory, 'PG_VERSION');
    const right = readFileSync(file);
    if (version === undefined) rmSync(file);
    else writeFileSync(file, version);

    await expect(ensureEmbedded({ root })).rejects.toMatchObject({
      code: 'embedded-version-mismatch',
      message: expect.stringMatching(message),
      state: 'The data is untouched and nothing was started.',
      fix: expect.stringContaining('`migrator db reset`'),
    });
    writeFileSync(file, right);
    expect(await ensureEmbedded({ root })).toMatchObject({ startedNow: true, createdNow: false });
  });

  test('of another major are deleted by a reset', async () => {
    const { root, server } = await projectWithSong();
    await stopEmbedded(root);
    writeFileSync(join(server.dataDirectory, 'PG_VERSION'), '17\n');
    expect(await resetEmbedded({ root })).toMatchObject({ createdNow: true });
  });

  test('half made by a killed initdb are made again', async () => {
    const root = makeProject();
    const install = makeInstall(makeFolder());
    const child = install.start(`return await embedded.ensureEmbedded({ root: ${JSON.stringify(root)} })`);
    const folder = join(root, '.migrator');
    const draft = () =>
      (existsSync(folder) ? readdirSync(folder) : []).filter((name) => /^new-data-\w+$/.test(name))[0];
    await waitUntil(() => existsSync(join(folder, draft() ?? '-', 'global')), 'initdb has begun');
    child.kill('SIGKILL');
    expect(existsSync(join(folder, 'data'))).toBe(false);

    expect(await ensureEmbedded({ root })).toMatchObject({ createdNow: true });
    await waitUntil(() => readdirSync(folder).every((name) => !name.startsWith('new-data')), 'the drafts are gone');
  });
});

describe('a taken port', () => {
  async function occupy(port: number): Promise<Server> {
    const listener = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => listener.once('listening', resolve));
    onTestFinished(() => void listener.close());
    return listener;
  }

  test('is left to its holder; the new one is remembered', async () => {
    const { root, server } = await projectWithSong();
    await stopEmbedded(root);
    const holder = await occupy(server.port);
    const told: string[] = [];

    const moved = await ensureEmbedded({ root, onProgress: (message) => told.push(message) });

    expect(moved.port).not.toBe(server.port);
    expect(told).toContain(`Port ${server.port} is taken by another program; the server uses ${moved.port}.`);
    expect(await readSongs(moved.url)).toEqual(firstSong);
    await stopEmbedded(root);
    await new Promise((resolve) => holder.close(resolve));
    expect(await ensureEmbedded({ root })).toMatchObject({ port: moved.port });
  });

  test('that was asked for is an error', async () => {
    const { root } = await projectWithSong();
    await stopEmbedded(root);
    await occupy(29_998);
    await expect(ensureEmbedded({ root, port: 29_998 })).rejects.toMatchObject({
      code: 'embedded-port-taken',
      message: 'The embedded Postgres found no free port: 29998 is taken.',
    });
    expect(await ensureEmbedded({ root })).toMatchObject({ startedNow: true });
  });
});

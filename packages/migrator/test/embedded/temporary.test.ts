import { chmodSync, existsSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { startTemporaryServer } from '../../src/embedded/index.js';
import { makeInstall } from './install.js';
import { makeFolder, query, waitUntil } from './project.js';

const isGone = async (url: string) => expect(query(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });

async function folderOf(url: string): Promise<string> {
  const [row] = await query<{ data_directory: string }>(url, 'show data_directory');
  return row?.data_directory.replace(/\/data$/, '') ?? '';
}

describe('a temporary server', () => {
  test('does not wait for the disk, takes settings, and leaves nothing behind', async () => {
    const server = await startTemporaryServer({ settings: { max_connections: '33' } });
    const folder = await folderOf(server.url);
    expect(
      await query(server.url, `select current_setting('fsync') as fsync, current_setting('max_connections') as n`),
    ).toEqual([{ fsync: 'off', n: '33' }]);
    await server.stop();
    await isGone(server.url);
    expect(existsSync(folder)).toBe(false);
    await server.stop();
  });

  test('works with TMPDIR in a folder that others may not enter', async () => {
    vi.stubEnv('TMPDIR', makeFolder('tmp', { closed: true }));
    const server = await startTemporaryServer().finally(() => vi.unstubAllEnvs());
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  test('works with a TMPDIR that is not there', async () => {
    vi.stubEnv('TMPDIR', join(makeFolder('tmp'), 'gone'));
    const server = await startTemporaryServer().finally(() => vi.unstubAllEnvs());
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  test.each([
    ['is killed', 'await new Promise((resolve) => setTimeout(resolve, 60_000))', 'SIGKILL'],
    ['ends without stopping it', 'return', undefined],
  ] as const)('goes when its process %s', async (_, rest, signal) => {
    const install = makeInstall(makeFolder());
    const code = `console.log((await embedded.startTemporaryServer()).url); ${rest}`;
    const child = install.start(code);
    let url = '';
    child.stdout?.on('data', (data) => (url ||= String(data).split('\n')[0] ?? ''));
    await waitUntil(() => url !== '', 'the server runs');
    const folder = signal === undefined ? undefined : await folderOf(url);
    if (signal !== undefined) child.kill(signal);
    await waitUntil(() => child.exitCode !== null || child.signalCode !== null, 'the process has ended');
    if (folder !== undefined) await waitUntil(() => !existsSync(folder), 'the folder is gone');
    await vi.waitFor(() => isGone(url), 5_000);
  });

  test('is a copy of the first one, if that copy is sound and private', async () => {
    const install = makeInstall(makeFolder());
    const password = async () => {
      const { value, error } = await install.run(`
        const { url, stop } = await embedded.startTemporaryServer();
        await stop();
        return { url }`);
      return value?.url === undefined ? error : new URL(value.url).password;
    };
    const template = join(install.native, '../.cluster-template');
    const first = await password();
    expect(statSync(template).mode & 0o777).toBe(0o700);
    expect(await password()).toBe(first);

    chmodSync(template, 0o777);
    const second = await password();
    expect(second).toMatch(/^[\w-]{32}$/);
    expect(second).not.toBe(first);

    // As a power cut may leave it.
    truncateSync(join(template, 'data/global/pg_control'));
    const third = await password();
    expect(third).toMatch(/^[\w-]{32}$/);
    expect(third).not.toBe(second);
  });

  test('goes when its process is killed while making it', async () => {
    const install = makeInstall(makeFolder());
    const before = new Set(readdirSync(tmpdir()));
    const child = install.start('await embedded.startTemporaryServer()');
    const made = () => readdirSync(tmpdir()).find((name) => name.startsWith('melodia-postgres-') && !before.has(name));
    await waitUntil(() => made() !== undefined && existsSync(`${tmpdir()}/${made()}`), 'its folder is there');
    await new Promise((resolve) => setTimeout(resolve, 150));
    const folder = `${tmpdir()}/${made()}`;
    child.kill('SIGKILL');
    await waitUntil(() => !existsSync(folder), 'the folder is gone');
  });
});

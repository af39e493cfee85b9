import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { ensureEmbedded, removeEmbedded } from '../../src/embedded/index.js';
import { readPostmaster } from '../../src/embedded/postmaster.js';
import { admin, fingerprint, withDatabase } from './fingerprint.js';
import { projectOf, startCli, until } from './harness.js';
import { MIXED_HISTORY } from './history.js';
import { startProxy } from './proxy.js';

/** A server as durable as a production one: what it has confirmed must be there after a crash. */
let home: string;
let undisturbed: string[];
let answers = 0;
let wholeRunMs = 0;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'migrator-server-killed-'));
});
afterAll(async () => {
  await removeEmbedded(home);
  rmSync(home, { recursive: true, force: true });
});

let databases = 0;
async function freshDatabases(
  count: number,
): Promise<{ urls: string[]; kill(signal: NodeJS.Signals): void; gone(): Promise<void> }> {
  const server = await ensureEmbedded({ root: home });
  const urls: string[] = [];
  for (let n = 0; n < count; n += 1) {
    databases += 1;
    await admin(server.url, `create database crash_${databases} template template0 strategy file_copy`);
    urls.push(withDatabase(server.url, `crash_${databases}`));
  }
  let pid = readPostmaster(server.dataDirectory)?.pid;
  return {
    urls,
    kill: (signal) => {
      if (pid) process.kill(pid, signal);
      pid = undefined;
    },
    gone: () => until(() => readPostmaster(server.dataDirectory) === undefined, 'the server to be gone'),
  };
}

/** Kills the server under several runs at once, each at another place of the same history. */
async function crash(signal: 'SIGQUIT' | 'SIGKILL', point: number, byAnswers: boolean): Promise<void> {
  const { root, migrationsFolder } = projectOf(MIXED_HISTORY);
  const { urls, kill, gone } = await freshDatabases(2);
  const server = new URL(urls[0] as string);
  const proxy = await startProxy({ host: server.hostname, port: Number(server.port) }, (count) => {
    if (byAnswers && count === point) kill(signal);
    return true;
  });
  const runs = urls.map((url, n) => {
    const target = new URL(url);
    if (n === 0 && byAnswers) target.port = String(proxy.port);
    return startCli(root, ['migrate'], { DATABASE_URL: target.href });
  });
  if (!byAnswers) {
    await sleep(point);
    kill(signal);
  }
  for (const run of runs) {
    const { code, output } = await run.ended;
    // 0: it was through before the kill.
    expect([0, 4], output).toContain(code);
    if (code === 4) expect(output).toMatch(/\[connection-(?:lost|failed)\]|\[lock-lost\]/);
  }
  await proxy.close();
  // Not every run gives as many answers as the one they were counted in.
  kill(signal);
  await gone();
  const again = await ensureEmbedded({ root: home });
  for (const url of urls) {
    const now = withDatabase(again.url, new URL(url).pathname.slice(1));
    await migrate({ database: now, migrationsFolder });
    expect(await fingerprint(now), `${signal} at ${byAnswers ? 'answer' : 'ms'} ${point}`).toEqual(undisturbed);
    await admin(again.url, `drop database ${new URL(url).pathname.slice(1)} with (force)`);
  }
}

/** Each kill meets two runs. */
const rounds = 13;

describe('a server that is killed under two runs', () => {
  test('a run that nobody disturbs, to compare with', async () => {
    const { root } = projectOf(MIXED_HISTORY);
    const { urls } = await freshDatabases(1);
    const url = new URL(urls[0] as string);
    const proxy = await startProxy({ host: url.hostname, port: Number(url.port) }, () => true);
    const through = new URL(url);
    through.port = String(proxy.port);
    const started = performance.now();
    const { code, output } = await startCli(root, ['migrate'], { DATABASE_URL: through.href }).ended;
    wholeRunMs = performance.now() - started;
    expect(code, output).toBe(0);
    answers = proxy.answers();
    undisturbed = await fingerprint(urls[0] as string);
    await proxy.close();
  });

  test.each([
    ['pg_ctl stop -m immediate', 'SIGQUIT'],
    ['kill -9', 'SIGKILL'],
  ] as const)(
    '%s at 26 places: once it is back, the next run ends as an undisturbed one',
    {
      timeout: 300_000,
    },
    async (_, signal) => {
      for (let n = 0; n < rounds; n += 1) {
        const byAnswers = n % 2 === 0;
        const random = (n + Math.random()) / rounds;
        await crash(signal, byAnswers ? 1 + Math.floor(random * answers) : Math.round(random * wholeRunMs), byAnswers);
      }
    },
  );
});

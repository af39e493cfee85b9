import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { startTemporaryServer, type TemporaryServer } from '../../src/embedded/index.js';
import { BIN } from '../setup/cli.js';
import { admin, fingerprint, withDatabase } from './fingerprint.js';
import { MIXED_HISTORY, writeProject } from './history.js';
import { proxyTo } from './proxy.js';

let server: TemporaryServer;
let root: string;
let undisturbed: string[];
let answersOfWholeRun: number;

beforeAll(async () => {
  server = await startTemporaryServer({ small: true });
  root = writeProject(MIXED_HISTORY);
  const { url, drop } = await freshDatabase();
  const proxy = await proxyTo(url, () => true);
  await runToEnd(proxy.url);
  undisturbed = await fingerprint(url);
  answersOfWholeRun = proxy.answers();
  await proxy.close();
  await drop();
});

afterAll(async () => {
  await server?.stop();
  if (root) rmSync(root, { recursive: true, force: true });
});

let databases = 0;
async function freshDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  databases += 1;
  const name = `kill_${databases}`;
  await admin(server.url, `create database ${name}`);
  return { url: withDatabase(server.url, name), drop: () => admin(server.url, `drop database ${name} with (force)`) };
}

function startMigrator(url: string): ChildProcess {
  return spawn(process.execPath, [BIN, 'migrate'], {
    cwd: root,
    env: { PATH: process.env.PATH, DATABASE_URL: url },
    stdio: 'ignore',
  });
}

async function runToEnd(url: string): Promise<void> {
  const child = startMigrator(url);
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
}

/** Lets the next run finish the history, and compares with a run that nobody disturbed. */
async function expectMended(url: string, what: string): Promise<void> {
  await migrate({ database: url, migrationsFolder: join(root, 'drizzle') });
  expect(await fingerprint(url), what).toEqual(undisturbed);
}

/** A few at a time: the machine has two cores. */
async function each(points: readonly number[], run: (point: number) => Promise<void>): Promise<void> {
  const queue = [...points];
  const worker = async () => {
    for (let point = queue.shift(); point !== undefined; point = queue.shift()) await run(point);
  };
  await Promise.all([worker(), worker(), worker()]);
}

describe('a migrator that is killed with SIGKILL', () => {
  test('at every statement boundary: the next run ends as an undisturbed one', { timeout: 600_000 }, async () => {
    const points = Array.from({ length: answersOfWholeRun }, (_, index) => index + 1);
    expect(points.length).toBeGreaterThanOrEqual(100);
    await each(points, async (point) => {
      const { url, drop } = await freshDatabase();
      let child: ChildProcess | undefined;
      const proxy = await proxyTo(url, (count) => {
        if (count === point) child?.kill('SIGKILL');
        return count < point;
      });
      child = startMigrator(proxy.url);
      await once(child, 'exit');
      await proxy.close();
      await expectMended(url, `killed at answer ${point}`);
      await drop();
    });
  });

  test('inside statements, at random times: the next run ends as an undisturbed one', {
    timeout: 600_000,
  }, async () => {
    // The first statement begins about 150 ms after the start of the process.
    const points = Array.from({ length: 45 }, (_, index) => 120 + index * 9);
    await each(points, async (delay) => {
      const { url, drop } = await freshDatabase();
      const child = startMigrator(url);
      const timer = setTimeout(() => child.kill('SIGKILL'), delay);
      await once(child, 'exit');
      clearTimeout(timer);
      await expectMended(url, `killed after ${delay} ms`);
      await drop();
    });
  });
});

describe('a connection that is cut', () => {
  test('at 50 random answers: the run says so, and the next one ends as an undisturbed one', {
    timeout: 600_000,
  }, async () => {
    const points = Array.from({ length: 50 }, () => 1 + Math.floor(Math.random() * answersOfWholeRun));
    await each(points, async (point) => {
      const { url, drop } = await freshDatabase();
      let cut = () => {};
      const proxy = await proxyTo(url, (count) => {
        if (count === point) cut();
        return count !== point;
      });
      cut = proxy.cut;
      const child = startMigrator(proxy.url);
      const [code] = await once(child, 'exit');
      // A cut behind the last statement goes unnoticed.
      expect([0, 4], `cut at answer ${point}`).toContain(code);
      await proxy.close();
      await expectMended(url, `cut at answer ${point}`);
      await drop();
    });
  });
});

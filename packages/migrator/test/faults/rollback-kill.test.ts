import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { rollback } from '../../src/api/rollback.js';
import { startTemporaryServer, type TemporaryServer } from '../../src/embedded/index.js';
import { BIN } from '../setup/cli.js';
import { admin, fingerprint, withDatabase } from './fingerprint.js';
import { each } from './harness.js';
import { writeProject } from './history.js';
import { proxyTo } from './proxy.js';

/** Transactions and single statements in turn; `notes` shows what ran twice. */
const HISTORY: Readonly<Record<string, readonly [up: string, down: string]>> = {
  '0000_base': [
    'create table songs (id serial primary key, title text, plays int); create table notes (what text); insert into songs (title) select n from generate_series(1, 500) n;',
    'drop table notes, songs;',
  ],
  '0001_required': [
    'alter table songs alter column title set not null;',
    `insert into notes values ('1'); alter table songs alter column title drop not null;`,
  ],
  '0002_indexes': [
    'create index concurrently songs_title on songs (title);\ncreate table extra (id int);\ncreate index concurrently songs_plays on songs (plays);',
    `drop index concurrently songs_plays;\ninsert into notes values ('2a');\ndrop table extra;\ndrop index concurrently songs_title;\ninsert into notes values ('2b');`,
  ],
  '0003_unindexed': ['drop index concurrently songs_title;', `create index concurrently songs_title on songs (title);`],
  '0004_enum': [
    `create type mood as enum ('low'); alter table songs add mood mood;`,
    `insert into notes values ('4'); alter table songs drop column mood; drop type mood;`,
  ],
};

let server: TemporaryServer;
let root: string;
let undisturbed: string[];
let answersOfWholeRun: number;

beforeAll(async () => {
  server = await startTemporaryServer({ small: true });
  root = writeProject(Object.fromEntries(Object.entries(HISTORY).map(([tag, [up]]) => [tag, up])));
  for (const [tag, [, down]] of Object.entries(HISTORY)) writeFileSync(join(root, 'drizzle', `${tag}.down.sql`), down);
  const { url, drop } = await migratedDatabase();
  const proxy = await proxyTo(url, () => true);
  const [code] = await once(startRollback(proxy.url), 'exit');
  expect(code).toBe(0);
  undisturbed = await fingerprint(url);
  answersOfWholeRun = proxy.answers();
  await proxy.close();
  await drop();
});

afterAll(async () => {
  await server?.stop();
  if (root) rmSync(root, { recursive: true, force: true });
});

const project = (url: string) => ({ database: url, migrationsFolder: join(root, 'drizzle') });

let databases = 0;
async function migratedDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  databases += 1;
  const name = `rollback_${databases}`;
  await admin(server.url, `create database ${name}`);
  const url = withDatabase(server.url, name);
  await migrate(project(url));
  return { url, drop: () => admin(server.url, `drop database ${name} with (force)`) };
}

function startRollback(url: string): ChildProcess {
  return spawn(process.execPath, [BIN, 'rollback', '--to', '0000_base', '--yes'], {
    cwd: root,
    env: { PATH: process.env.PATH, DATABASE_URL: url },
    stdio: 'ignore',
  });
}

test('killed with SIGKILL at every answer: the next rollback ends as an undisturbed one, and it can all be applied again', {
  timeout: 600_000,
}, async () => {
  const points = Array.from({ length: answersOfWholeRun }, (_, index) => index + 1);
  expect(points.length).toBeGreaterThanOrEqual(40);
  let resumed = 0;
  await each(points, 3, async (point) => {
    const { url, drop } = await migratedDatabase();
    const after = await fingerprint(url);
    let child: ChildProcess | undefined;
    const proxy = await proxyTo(url, (count) => {
      if (count === point) child?.kill('SIGKILL');
      return count < point;
    });
    child = startRollback(proxy.url);
    await once(child, 'exit');
    await proxy.close();
    const { done } = await rollback(project(url), { to: '0000_base' });
    if (done.length > 0 && done.length < 4) resumed += 1;
    expect(await fingerprint(url), `killed at answer ${point}`).toEqual(undisturbed);
    await migrate(project(url));
    expect(
      (await fingerprint(url)).filter((line) => !line.includes('notes')),
      `applied again after ${point}`,
    ).toEqual(after.filter((line) => !line.includes('notes')));
    await drop();
  });
  expect(resumed).toBeGreaterThan(5);
});

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embeddedStatus, removeEmbedded } from '@melodia/migrator/embedded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../src/client.js';
import { readMigrationEntries } from '../src/migrations.js';
import { createTestDatabase } from '../src/testing.js';

const migrations = readMigrationEntries();

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

/** A checkout of its own, with nothing started yet. */
let checkout: string;
let copy: string;
beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'melodia checkout '));
  copy = join(checkout, 'packages/db');
  for (const path of ['dist', 'src', 'drizzle', 'drizzle.config.ts', 'package.json']) {
    cpSync(join(packageFolder, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(packageFolder, 'node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(checkout, 'package.json'), '{ "packageManager": "pnpm@1.2.3" }');
});
afterAll(async () => {
  await removeEmbedded(copy);
  rmSync(checkout, { recursive: true, force: true });
});

function run(script: string, env: NodeJS.ProcessEnv = {}) {
  const path = join(copy, `dist/scripts/${script}.js`);
  const { PGHOST: _, PGDATABASE: __, ...clean } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [path], {
    env: { ...clean, ...env },
    encoding: 'utf8',
  });
  return { status, stdout, output: stdout + stderr };
}

test('the first run starts, migrates, loads and says what is next; the second changes nothing', async () => {
  const first = run('quickstart');
  expect(first).toMatchObject({ status: 0 });
  expect(first.stdout).toContain(`Applied ${migrations.length} migrations`);
  expect(first.stdout).toContain('added 12 of 12 songs');
  expect(first.stdout).toMatch(new RegExp(`${migrations.at(-1)?.tag} +applied`));
  expect(first.stdout).toContain('`npx -y pnpm@1.2.3`');

  const server = await embeddedStatus(copy);
  const { password } = new URL(server?.url ?? '');
  expect(password.length).toBeGreaterThan(8);
  expect(first.output).not.toContain(password);

  const second = run('quickstart');
  expect(second.stdout).toContain('Up to date: nothing to apply.');
  expect(second.stdout).toContain('all 12 songs are there');
  expect(second.output).not.toContain(password);
});

test('in a database of your own it loads nothing unless asked', async () => {
  await using database = await createTestDatabase();
  const env = { DATABASE_URL: database.url };
  expect(run('quickstart', env)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('`pnpm db:seed` adds it'),
  });
  expect(await database.sql`select from songs`).toHaveLength(0);
  expect(run('seed', env)).toMatchObject({ status: 0, stdout: expect.stringContaining('added 12 of 12 songs') });
  expect(await database.sql`select from songs`).toHaveLength(12);
});

test('.env.local in the root of the checkout is heeded, and the environment wins over it', async () => {
  await using database = await createTestDatabase();
  await using other = await createTestDatabase();
  writeFileSync(join(checkout, '.env.local'), `DATABASE_URL="${database.url}"\n`);
  expect(run('seed').status).toBe(0);
  expect(await database.sql`select from songs`).toHaveLength(12);
  expect(run('seed', { DATABASE_URL: other.url }).status).toBe(0);
  expect(await other.sql`select from songs`).toHaveLength(12);
  rmSync(join(checkout, '.env.local'));
});

test('sample data for tables that are not there yet: what to run first, and no stack', async () => {
  await using empty = await createTestDatabase();
  await empty.sql`drop table songs cascade`;
  expect(run('seed', { DATABASE_URL: empty.url })).toMatchObject({
    status: 1,
    output: '✗ relation "songs" does not exist\n  Next: Run `pnpm db:migrate` first.\n',
  });
});

test('a server that is not there: the reason, its exit code, and no password', () => {
  const failed = run('quickstart', { DATABASE_URL: 'postgres://melodia:sekret@127.0.0.1:1/melodia' });
  expect(failed.status).toBe(4);
  expect(failed.output).not.toContain('sekret');
  expect(failed.output).not.toContain('Sample');
});

test('production without a database is refused, not served by the embedded one', async () => {
  expect(run('seed', { NODE_ENV: 'production' })).toMatchObject({
    status: 1,
    output: expect.stringContaining('No DATABASE_URL is set'),
  });
  expect(() => createClient({ url: '' })).toThrow('No database to connect to');
});

import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embeddedStatus, removeEmbedded } from '@melodia/migrator/embedded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../src/client.js';
import { readMigrationEntries } from '../src/migrations.js';

// The commands of the seed document, on a machine where nothing runs and nothing is set.
const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const bin = join(packageFolder, 'node_modules/drizzle-kit/bin.cjs');
const { DATABASE_URL: _, PGHOST: __, PGDATABASE: ___, ...env } = process.env;

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'melodia kit '));
  for (const path of ['src', 'drizzle', 'drizzle.config.ts', 'package.json']) {
    cpSync(join(packageFolder, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(packageFolder, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(async () => {
  await removeEmbedded(copy);
  rmSync(copy, { recursive: true, force: true });
});

function drizzleKit(...args: string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: copy, env, encoding: 'utf8' });
  return stdout + stderr;
}

async function query<T>(text: string): Promise<T[]> {
  await using client = createClient({ url: (await embeddedStatus(copy))?.url, max: 1 });
  return [...(await client.sql.unsafe(text))] as T[];
}

const describeTables = () =>
  query(`select table_name, column_name, data_type, column_default, is_nullable from information_schema.columns
    where table_schema = 'public' union all
    select tablename, indexname, indexdef, null, null from pg_indexes where schemaname = 'public' union all
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid), null, null from pg_constraint
    where connamespace = 'public'::regnamespace order by 1, 2, 3`);

test('generate and check need no server, and start none', async () => {
  expect(drizzleKit('generate', '--name=nothing_new')).toContain('No schema changes');
  expect(drizzleKit('check')).toContain("Everything's fine");
  expect(await embeddedStatus(copy)).toBeUndefined();
});

test('migrate starts the embedded Postgres; after it ours has nothing to do, and push changes nothing', async () => {
  expect(drizzleKit('migrate')).toContain('migrations applied successfully');
  const rows = await query<{ when: string }>('select created_at as when from drizzle.__drizzle_migrations order by id');
  expect(rows.map(({ when }) => Number(when))).toEqual(readMigrationEntries().map(({ when }) => when));

  const migrator = join(packageFolder, 'node_modules/@melodia/migrator/bin/migrator.cjs');
  const ours = spawnSync(process.execPath, [migrator, 'status', '--check'], { cwd: copy, env, encoding: 'utf8' });
  expect(ours).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`Up to date. ${readMigrationEntries().length} applied.`),
  });

  const before = await describeTables();
  expect(before.length).toBeGreaterThan(100);
  expect(drizzleKit('push')).toContain('Changes applied');
  expect(await describeTables()).toEqual(before);
});

test('studio serves the embedded database', async () => {
  const child = spawn(process.execPath, [bin, 'studio', '--port=24983'], { cwd: copy, env });
  try {
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    await expect.poll(() => output, { timeout: 30_000 }).toContain('Drizzle Studio is up and running');
    const answer = await fetch('http://127.0.0.1:24983/', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'proxy', data: { sql: 'select current_database() as name', method: 'all' } }),
    });
    expect(await answer.json()).toEqual([{ name: (await embeddedStatus(copy))?.database }]);
  } finally {
    child.kill('SIGKILL');
  }
});

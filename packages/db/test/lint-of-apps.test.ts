import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const biome = join(
  dirname(createRequire(join(root, 'package.json')).resolve('@biomejs/biome/package.json')),
  'bin/biome',
);

/** A workspace with the rules of this one, and nothing else. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lint of apps '));
  for (const name of ['biome.json', '.gitignore']) copyFileSync(join(root, name), join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The rules that `pnpm lint` would find broken in a file that has this text. */
function broken(path: string, text: string): string[] {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  const { stdout, stderr } = spawnSync(process.execPath, [biome, 'lint', path], { cwd: folder, encoding: 'utf8' });
  return [...new Set((stdout + stderr).match(/(?<=lint\/)\w+\/\w+/g))];
}

test.each([
  `import { pgTable } from 'drizzle-orm/pg-core';\nexport const own = pgTable('own', {});\n`,
  `import { sql } from 'drizzle-orm';\nexport const one = sql\`select 1\`;\n`,
  `import postgres from 'postgres';\nexport const client = postgres();\n`,
  `import pg from 'pg';\nexport const pool = new pg.Pool();\n`,
  `import { defineConfig } from 'drizzle-kit';\nexport default defineConfig({ dialect: 'postgresql' });\n`,
  `export const load = () => import('postgres');\n`,
  `import { run } from 'graphile-worker';\nexport const take = run;\n`,
])('an application may not: %j', (text) => {
  for (const path of ['apps/web/src/lib/own.ts', 'apps/worker/src/jobs/own.ts', 'apps/another/src/own.tsx'])
    expect([path, broken(path, text)]).toEqual([path, ['style/noRestrictedImports']]);
});

test('it may take the tables from here, and one file of the worker the queue', () => {
  const tables = `import { songsTable } from '@melodia/db';\nexport const songs = songsTable;\n`;
  expect(broken('apps/web/src/lib/own.ts', tables)).toEqual([]);
  const queue = `import { run } from 'graphile-worker';\nexport const take = run;\n`;
  expect(broken('apps/worker/src/queue.ts', queue)).toEqual([]);
  expect(broken('apps/worker/src/queue.ts', `import pg from 'pg';\nexport const take = pg;\n`)).toEqual([
    'style/noRestrictedImports',
  ]);
});

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import postgres from 'postgres';
import { expect } from 'vitest';
import { type Finished, runNode } from './drizzle-kit.js';
import type { MigrationFile } from './project.js';
import { FIRST, makeFolder, writeFiles } from './project.js';

const home = dirname(createRequire(import.meta.url).resolve('@melodia/drizzle-1/package.json'));

/** A folder from where drizzle-kit 1.0 and its schema files find drizzle 1.0. */
export function makeDrizzle1Folder(): string {
  return makeFolder(join(home, 'node_modules/.cache/drizzle-kit-projects'));
}

/** Runs the real drizzle-kit 1.0 in a folder. */
export function drizzleKit1(cwd: string, ...argv: string[]): Promise<Finished> {
  return runNode(cwd, [join(home, 'node_modules/drizzle-kit/bin.cjs'), ...argv]);
}

/** A command of drizzle-kit 1.0 with a config of its own that names a folder, a database, and the schema's text. */
export async function drizzleKit1On(
  command: string,
  { folder, url, schema }: { readonly folder: string; readonly url?: string; readonly schema?: string },
): Promise<Finished> {
  const root = makeDrizzle1Folder();
  writeFiles(root, {
    'schema.ts': schema ?? '',
    // drizzle-kit reads relative paths only.
    'drizzle.config.mjs': `import { relative } from 'node:path';
export default { dialect: 'postgresql', schema: './schema.ts', out: relative(process.cwd(), ${JSON.stringify(folder)}), dbCredentials: { url: ${JSON.stringify(url ?? '')} } };\n`,
  });
  return drizzleKit1(root, ...command.split(' '), '--config', 'drizzle.config.mjs');
}

/** `drizzle-kit migrate` of 1.0, which must succeed. */
export async function drizzleKit1Migrate(folder: string, url: string): Promise<void> {
  const { exitCode, output } = await drizzleKit1On('migrate', { folder, url });
  expect([exitCode, output]).toEqual([0, expect.stringContaining('migrations applied successfully')]);
}

/** The migrator of drizzle-orm 1.0, as applications call it when they start. */
export async function drizzleOrm1Migrate(folder: string, url: string): Promise<void> {
  const from = (path: string) => import(pathToFileURL(join(home, 'node_modules/drizzle-orm', path)).href);
  const { drizzle } = (await from('postgres-js/index.js')) as { drizzle: (options: unknown) => unknown };
  const { migrate } = (await from('postgres-js/migrator.js')) as {
    migrate: (db: unknown, config: { migrationsFolder: string }) => Promise<unknown>;
  };
  const client = postgres(url, { max: 1, onnotice() {} });
  try {
    await migrate(drizzle({ client }), { migrationsFolder: folder });
  } finally {
    await client.end();
  }
}

/** The files of a migrations folder as drizzle-kit 1.0 writes it, snapshots left out; tags are names of folders. */
export function folderFiles(migrations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(migrations).map(([name, sql]) => [`${name}/migration.sql`, sql]));
}

/** Name of the folder of a migration `minutes` after the first one of the tests. */
export function folderName(minutes: number, name: string): string {
  const digits = new Date(FIRST + minutes * 60_000).toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 14)}_${name}`;
}

export type { MigrationFile };

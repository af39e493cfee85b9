import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { expect } from 'vitest';
import { makeFolder, writeFiles } from './project.js';

const here = fileURLToPath(new URL('../..', import.meta.url));

/** A folder below our node_modules, from where drizzle-kit and its schema files find their packages. */
export function makeDrizzleFolder(): string {
  return makeFolder(drizzleParent);
}

export const drizzleParent = join(here, 'node_modules/.cache/drizzle-kit-projects');

export interface Finished {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs the real drizzle-kit in a folder. */
export function drizzleKit(cwd: string, ...argv: string[]): Promise<Finished> {
  return runNode(cwd, [join(here, 'node_modules/drizzle-kit/bin.cjs'), ...argv]);
}

export function runNode(cwd: string, argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (data: Buffer) => {
      output += data.toString();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, output }));
  });
}

/** `drizzle-kit migrate` with a config of its own that names a folder and a database. */
export async function drizzleKitMigrate(migrationsFolder: string, url: string): Promise<void> {
  const folder = makeDrizzleFolder();
  writeFiles(folder, {
    // drizzle-kit reads relative paths only.
    'drizzle.config.mjs': `import { relative } from 'node:path';
export default { dialect: 'postgresql', out: relative(process.cwd(), ${JSON.stringify(migrationsFolder)}), dbCredentials: { url: ${JSON.stringify(url)} } };\n`,
  });
  const { exitCode, output } = await drizzleKit(folder, 'migrate', '--config', 'drizzle.config.mjs');
  expect(output).toContain('migrations applied successfully');
  expect(exitCode).toBe(0);
}

/** drizzle-orm's own migrator, as applications call it when they start. */
export async function drizzleOrmMigrate(
  migrationsFolder: string,
  url: string,
  tracking: { readonly migrationsSchema?: string | undefined; readonly migrationsTable?: string | undefined } = {},
): Promise<void> {
  const { migrationsSchema = 'drizzle', migrationsTable = '__drizzle_migrations' } = tracking;
  const sql = postgres(url, { max: 1, onnotice() {} });
  try {
    await migrate(drizzle(sql), { migrationsFolder, migrationsSchema, migrationsTable });
  } finally {
    await sql.end();
  }
}

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MigrationEvent, RunResult } from '@melodia/migrator';

/** Where the migrations are on this disk: in the repository, and in an installed package alike. */
export const migrationsFolder: string = fileURLToPath(new URL('../drizzle/migrations', import.meta.url));

/** The tracking table, as in `drizzle.config.ts`. */
export const migrationsTable = '__drizzle_migrations';
export const migrationsSchema = 'drizzle';

/** An entry of the journal. `when` is what the tracking table holds as `created_at`. */
export interface MigrationEntry {
  idx: number;
  tag: string;
  when: number;
}

/** Every migration of this version of the package, oldest first. */
export function readMigrationEntries(): MigrationEntry[] {
  const journal: { entries: MigrationEntry[] } = JSON.parse(
    readFileSync(`${migrationsFolder}/meta/_journal.json`, 'utf8'),
  );
  return journal.entries.map(({ idx, tag, when }) => ({ idx, tag, when }));
}

/** The migration that this version's types describe. */
export function latestMigration(): MigrationEntry {
  const last = readMigrationEntries().at(-1);
  if (last === undefined) throw new Error(`The journal in ${migrationsFolder} is empty.`);
  return last;
}

export interface MigrateDatabaseOptions {
  /** Told what happens, for progress. */
  onEvent?: (event: MigrationEvent) => void;
  /** Stops the run in order: the running statement is cancelled and rolled back. */
  signal?: AbortSignal;
}

/**
 * Applies what is pending. Several processes may call this at once: one does it, the others wait for it.
 * Throws the `MigratorError` of `@melodia/migrator` otherwise, which says what was applied and what to do.
 */
export async function migrateDatabase(url: string, options: MigrateDatabaseOptions = {}): Promise<RunResult> {
  // Loaded here: an application that only asks for `latestMigration()` does not need the engine.
  const { migrate } = await import('@melodia/migrator');
  return await migrate({ database: url, migrationsFolder, migrationsTable, migrationsSchema }, options);
}

export interface BackfillDatabaseOptions extends MigrateDatabaseOptions {
  /** Default: the migrations of this package. */
  folder?: string;
}

/**
 * Runs one pending backfill from where it has stopped, and nothing else; resolves to whether there was something to do. Without `url`,
 * `PGHOST` and its like say where. Throws the `MigratorError` of `@melodia/migrator`; what was done is kept.
 */
export async function runBackfill(
  url: string | undefined,
  tag: string,
  { folder = migrationsFolder, ...options }: BackfillDatabaseOptions = {},
): Promise<boolean> {
  const engine = await import('@melodia/migrator');
  const project = { database: url ?? {}, migrationsFolder: folder, migrationsTable, migrationsSchema };
  return (await engine.runBackfill(project, { tag, ...options })).done.length > 0;
}

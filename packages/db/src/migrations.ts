import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

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

/** Applies what is pending. Several processes may call this at once: one does it, the others wait for it. */
export async function migrateDatabase(url: string): Promise<void> {
  // STOPGAP until @melodia/migrator's migrate() exists.
  const { default: postgres } = await import('postgres');
  const { drizzle } = await import('drizzle-orm/postgres-js');
  const { migrate } = await import('drizzle-orm/postgres-js/migrator');
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await migrate(drizzle(sql), { migrationsFolder, migrationsTable, migrationsSchema });
  await sql.end();
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { createClient } from './client.js';
import { migrateDatabase } from './migrations.js';

/** This package's folder: where drizzle.config.ts is, and so where the embedded Postgres keeps its things. */
export const packageFolder: string = fileURLToPath(new URL('..', import.meta.url));

export interface DevelopmentDatabase {
  /** Undefined: `createClient()` finds it in the environment (`PGHOST`, …). Never log it: it holds the password. */
  url: string | undefined;
  /** The embedded Postgres, running now; false if you have configured a database of your own. */
  embedded: boolean;
  /**
   * Stops the embedded Postgres if it was started for this, and nobody else is connected to it. Returns whether it did. Not
   * calling it leaves it running, for the next command.
   */
  release(): Promise<boolean>;
}

/**
 * The database to develop with: yours if `DATABASE_URL` (or `PGHOST`, `PGDATABASE`) is set in the environment or in
 * `.env.local`, else the embedded one, started if need be. With `MELODIA_EMBEDDED_ROOT`, an embedded one that lives in that
 * folder, whatever else is set: for a second one beside the first.
 */
export async function openDevelopmentDatabase(
  options: { onProgress?: (message: string) => void } = {},
): Promise<DevelopmentDatabase> {
  const root = process.env.MELODIA_EMBEDDED_ROOT;
  if (!root) {
    loadEnvFiles();
    const release = async () => false;
    if (process.env.DATABASE_URL) return { url: process.env.DATABASE_URL, embedded: false, release };
    if (process.env.PGHOST || process.env.PGDATABASE) return { url: undefined, embedded: false, release };
  }
  if (process.env.NODE_ENV === 'production') {
    throw new Error(
      'No DATABASE_URL is set, and the embedded Postgres is for development only (NODE_ENV is production).',
    );
  }
  const { ensureEmbedded } = await import('@melodia/migrator/embedded');
  const { url, startedNow } = await ensureEmbedded({ root: root || packageFolder, ...options });
  return { url, embedded: true, release: async () => startedNow && stopUnused(root || packageFolder, url) };
}

/** What somebody works with at this moment is left running: Studio, `psql`, another checkout's test. */
async function stopUnused(root: string, url: string): Promise<boolean> {
  const { sql, close } = createClient({ url, max: 1, applicationName: 'melodia-dev' });
  const others =
    await sql`select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`
      .catch(() => [])
      .finally(close);
  if (others.length > 0) return false;
  const { stopEmbedded } = await import('@melodia/migrator/embedded');
  return stopEmbedded(root);
}

/** Sets what the files say and the environment does not, in the order of drizzle.config.ts and of our command line. */
function loadEnvFiles(): void {
  for (const file of ['.env.local', '../../.env.local', '.env']) {
    let text: string;
    try {
      text = readFileSync(join(packageFolder, file), 'utf8');
    } catch {
      continue;
    }
    for (const [name, value] of Object.entries(parseEnv(text))) process.env[name] ||= value;
  }
}

/**
 * The same, ready to use: the embedded database is migrated. One of your own is left as it is, since it may be shared.
 * Any number of processes may call this at once.
 */
export async function prepareDevelopmentDatabase(
  options: { onProgress?: (message: string) => void } = {},
): Promise<DevelopmentDatabase> {
  const database = await openDevelopmentDatabase(options);
  if (database.embedded && database.url !== undefined) {
    const { done } = await migrateDatabase(database.url);
    if (done.length > 0) options.onProgress?.(`Applied ${done.length} migrations.`);
  }
  return database;
}

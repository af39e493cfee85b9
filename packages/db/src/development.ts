import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { migrateDatabase } from './migrations.js';

/** This package's folder: where drizzle.config.ts is, and so where the embedded Postgres keeps its things. */
export const packageFolder: string = fileURLToPath(new URL('..', import.meta.url));

export interface DevelopmentDatabase {
  /** Undefined: `createClient()` finds it in the environment (`PGHOST`, …). Never log it: it holds the password. */
  url: string | undefined;
  /** The embedded Postgres, running now; false if you have configured a database of your own. */
  embedded: boolean;
}

/**
 * The database to develop with: yours if `DATABASE_URL` (or `PGHOST`, `PGDATABASE`) is set in the environment or in
 * `.env.local`, else the embedded one, started if need be.
 */
export async function openDevelopmentDatabase(
  options: { onProgress?: (message: string) => void } = {},
): Promise<DevelopmentDatabase> {
  loadEnvFiles();
  if (process.env.DATABASE_URL) return { url: process.env.DATABASE_URL, embedded: false };
  if (process.env.PGHOST || process.env.PGDATABASE) return { url: undefined, embedded: false };
  if (process.env.NODE_ENV === 'production') {
    throw new Error(
      'No DATABASE_URL is set, and the embedded Postgres is for development only (NODE_ENV is production).',
    );
  }
  const { ensureEmbedded } = await import('@melodia/migrator/embedded');
  const { url } = await ensureEmbedded({ root: packageFolder, ...options });
  return { url, embedded: true };
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

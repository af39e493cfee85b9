// Which processes run now, and what schema they know: for the gate before a contract migration, also behind a pooler.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { eq, lt, sql } from 'drizzle-orm';
import { type AppIdentity, packageVersion } from './app-name.js';
import type { Database } from './client.js';
import { latestMigration } from './migrations.js';
import { appInstancesTable } from './schema/app-instances.js';

export interface HeartbeatOptions {
  /** Name of this process. Default: a random one. */
  id?: string;
  /** Milliseconds between two beats. Default 15 000. */
  intervalMs?: number;
  /** Told when a beat, or the end, fails; the next beat is tried all the same. */
  onError?: (error: unknown) => void;
}

export interface Heartbeat extends AsyncDisposable {
  readonly id: string;
  /** Takes the row away: this process is gone. Where that fails, `onError` is told, and the row grows old. */
  stop(): Promise<void>;
}

const DEFAULT_INTERVAL = 15_000;
/** Rows of processes that ended without a word are removed then. */
const FORGOTTEN_AFTER = '1 day';

/** Writes that this process runs, now and again and again. Throws what Postgres says if the first time fails. */
export async function startHeartbeat(
  db: Database,
  app: AppIdentity,
  { id = randomUUID(), intervalMs = DEFAULT_INTERVAL, onError = () => {} }: HeartbeatOptions = {},
): Promise<Heartbeat> {
  const row = {
    id,
    app: app.name,
    app_version: app.version,
    package_version: packageVersion(),
    schema_tag: latestMigration().tag,
    host: hostname(),
  };
  // An upsert: somebody may have cleared the table.
  const beat = () =>
    db
      .insert(appInstancesTable)
      .values(row)
      .onConflictDoUpdate({ target: appInstancesTable.id, set: { seen_at: sql`now()` } });
  await db.delete(appInstancesTable).where(lt(appInstancesTable.seen_at, sql`now() - ${FORGOTTEN_AFTER}::interval`));
  await beat();
  // One beat at a time: a second one on another connection could write the row anew after stop() took it away.
  let underway: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    underway ??= beat()
      .catch(onError)
      .finally(() => {
        underway = undefined;
      });
  }, intervalMs);
  timer.unref();
  const stop = async () => {
    clearInterval(timer);
    await underway;
    await db.delete(appInstancesTable).where(eq(appInstancesTable.id, id)).catch(onError);
  };
  return { id, stop, [Symbol.asyncDispose]: stop };
}

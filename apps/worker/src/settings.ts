import { readFileSync } from 'node:fs';
import type { AppIdentity } from '@melodia/db/app';

/** What the environment says, in the units of the names. */
export interface Settings {
  readonly app: AppIdentity;
  /** Undefined: `PGHOST` and its like say it. */
  readonly databaseUrl: string | undefined;
  readonly healthPort: number;
  /** Jobs at once in this process. */
  readonly concurrency: number;
  /** How long running jobs may go on after SIGTERM. */
  readonly graceMs: number;
  /** Between two signs of life. */
  readonly heartbeatMs: number;
  /** Without a sign of life for that long, a worker is dead and its jobs are given back. */
  readonly deadAfterMs: number;
  /** How long a deleted song can still be brought back. */
  readonly purgeAfterDays: number;
}

/** Throws an `Error` that names the variable that is no number. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const number = (name: string, fallback: number, least: number) => {
    const text = env[name];
    const value = text === undefined || text === '' ? fallback : Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new Error(`${name} has to be a whole number from ${least} on, and is \`${text}\`.`);
    return value;
  };
  return {
    app: { name: 'worker', version },
    databaseUrl: env.DATABASE_URL || undefined,
    healthPort: number('HEALTH_PORT', 3001, 0),
    concurrency: number('WORKER_CONCURRENCY', 4, 1),
    graceMs: number('WORKER_GRACE_MS', 20_000, 0),
    heartbeatMs: number('WORKER_HEARTBEAT_MS', 10_000, 10),
    deadAfterMs: number('WORKER_DEAD_AFTER_MS', 60_000, 100),
    purgeAfterDays: number('PURGE_SONGS_AFTER_DAYS', 30, 0),
  };
}

// Work that the worker does later. Enqueueing is part of the caller's transaction: a job exists if its row does.
import { sql } from 'drizzle-orm';
import * as v from 'valibot';
import type { DatabaseOrTransaction } from './client.js';

/** Every kind of job, and what it is told. */
export const JOBS = {
  /** Turns an answer of the provider into timed lines. */
  'process-lyrics': v.object({ answerId: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
  /** Counts the published songs of every category again. */
  'refresh-counters': v.object({}),
  /** Removes songs that were deleted long ago. */
  'purge-deleted-songs': v.object({}),
  /** Goes on with a pending backfill of the migrations. */
  'run-backfill': v.object({ tag: v.pipe(v.string(), v.minLength(1)) }),
  /** Removes sessions that have ended, and old attempts to sign in. */
  'purge-sessions': v.object({}),
} as const;

export type JobName = keyof typeof JOBS;
export type JobPayload<N extends JobName> = v.InferOutput<(typeof JOBS)[N]>;

export interface JobOptions {
  /** Of jobs with one key only one waits: a second one takes the place of the first. */
  readonly jobKey?: string;
  /** Not before this. Default: now. */
  readonly runAt?: Date;
  /** How often it is tried before it is given up. Default 25. */
  readonly maxAttempts?: number;
}

/** Schema of the queue's own tables: graphile-worker's. `apps/worker` installs it (`queue:install`). */
export const QUEUE_SCHEMA = 'graphile_worker';

/**
 * Puts a job into the queue, in the transaction that `db` is in. Throws what Postgres says, `42883` or `3F000` where the
 * queue is not installed, and what valibot says of a wrong payload.
 */
export async function enqueueJob<N extends JobName>(
  db: DatabaseOrTransaction,
  name: N,
  payload: JobPayload<N>,
  { jobKey, runAt, maxAttempts }: JobOptions = {},
): Promise<void> {
  const checked = JSON.stringify(v.parse(JOBS[name], payload));
  await db.execute(
    sql`select ${sql.identifier(QUEUE_SCHEMA)}.add_job(${name}, payload => ${checked}::json,
      run_at => ${runAt?.toISOString() ?? null}::timestamptz, max_attempts => ${maxAttempts ?? null}::int, job_key => ${jobKey ?? null}::text)`,
  );
}

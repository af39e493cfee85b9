import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@melodia/db';
import { countSongs } from './jobs/count-songs.js';

export interface WorkerOptions {
  db: Database;
  intervalMs: number;
  log: (message: string) => void;
  /** Ends the work after the job that is running. */
  signal: AbortSignal;
}

export interface Worker {
  /** False once the last job failed, until one succeeds again. */
  isHealthy(): boolean;
  /** Resolves when `signal` has stopped the work. */
  finished: Promise<void>;
}

/** Counts the songs again and again. A database that is away for a while is not the end of it. */
export function startWorker(options: WorkerOptions): Worker {
  let healthy = true;
  const work = async () => {
    while (!options.signal.aborted) {
      healthy = await runJob(options);
      await sleep(options.intervalMs, undefined, { signal: options.signal }).catch(() => {});
    }
  };
  return { isHealthy: () => healthy, finished: work() };
}

async function runJob({ db, log }: WorkerOptions): Promise<boolean> {
  try {
    const counts = Object.entries(await countSongs(db)).map(([status, songs]) => `${songs} ${status}`);
    log(`songs: ${counts.join(', ') || 'none'}`);
    return true;
  } catch (error) {
    log(`counting failed: ${reasonOf(error)}`);
    return false;
  }
}

/** Drizzle wraps what Postgres said; the wrapper's own message is the query. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

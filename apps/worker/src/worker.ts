import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@melodia/db';
import { startHeartbeat } from '@melodia/db/app';
import { assertCompatible } from '@melodia/db/compatibility';
import { connect } from './db.js';
import { createHealthServer } from './health.js';
import { createHandlers, RECURRING } from './jobs/index.js';
import { type Handlers, reasonOf, startQueue } from './queue.js';
import { giveUpExhausted, rescueJobs } from './queue-rescue.js';
import type { Settings } from './settings.js';

export interface WorkerOptions {
  readonly log: (message: string) => void;
  /** Stops the worker in order. */
  readonly signal: AbortSignal;
}

/**
 * Runs until `signal`: takes jobs, says that it is there, gives back jobs of workers that are not, and answers probes.
 * Throws `IncompatibleDatabaseError`, or what Postgres says, if it cannot begin, and if the queue ends without being asked.
 */
export async function runWorker(settings: Settings, { log, signal }: WorkerOptions): Promise<void> {
  await using client = connect(settings);
  const { db } = client;
  await assertCompatible(db);
  const handlers = createHandlers(db, settings);
  const queue = await startQueue({ ...settings, db, handlers, recurring: RECURRING, log });
  let isWorking = true;
  const ended = new AbortController();
  const health = createHealthServer({ db, isWorking: () => isWorking });
  const onError = (error: unknown) => log(`heartbeat: ${reasonOf(error)}`);
  try {
    // Until the jobs are given back: others take them from whom is not heard of any more.
    await using _ = await startHeartbeat(db, settings.app, { id: queue.id, intervalMs: settings.heartbeatMs, onError });
    try {
      health.listen(settings.healthPort);
      await once(health, 'listening');
      const { port } = health.address() as AddressInfo;
      log(`ready: ${settings.concurrency} jobs at once, health on http://localhost:${port}/healthz`);
      const rescuing = rescueAgainAndAgain({ ...settings, db, handlers, signal: ended.signal, log });
      await Promise.race([queue.finished, aborted(signal)]);
      isWorking = false;
      ended.abort();
      await rescuing;
      if (!signal.aborted) throw new Error('The queue has ended without being asked to.');
      log(`stopping: running jobs have ${settings.graceMs} ms to end`);
    } finally {
      await queue.stop();
    }
  } finally {
    health.close();
  }
  log('stopped');
}

interface Rescue {
  readonly db: Database;
  readonly handlers: Handlers;
  readonly deadAfterMs: number;
  readonly signal: AbortSignal;
  readonly log: (message: string) => void;
}

/** Twice in the time after which a worker counts as dead; a failure is for the next time. */
async function rescueAgainAndAgain({ db, handlers, deadAfterMs, signal, log }: Rescue): Promise<void> {
  while (!signal.aborted) {
    try {
      const dead = await rescueJobs(db, deadAfterMs);
      if (dead.length > 0) log(`gave back the jobs of ${dead.length} that ended without a word`);
      for (const { id, name, reason } of await giveUpExhausted(db, handlers)) log(`${name} ${id}: ${reason}`);
    } catch (error) {
      log(`looking for dead workers failed: ${reasonOf(error)}`);
    }
    await sleep(deadAfterMs / 2, undefined, { signal }).catch(() => {});
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

// The only file that knows graphile-worker: it brings a client of its own (pg).
import { EventEmitter } from 'node:events';
import type { Database } from '@melodia/db';
import { type AppIdentity, applicationName } from '@melodia/db/app';
import { JOBS, type JobName, type JobPayload, QUEUE_SCHEMA } from '@melodia/db/jobs';
import { validate } from '@melodia/db/validation';
import {
  Logger,
  parseCronItems,
  run,
  runMigrations,
  type SharedOptions,
  type Task,
  type WorkerEvents,
} from 'graphile-worker';
import { giveBack } from './queue-rescue.js';

/** What a job is done by, and what is done once it has failed for the last time. */
export interface Handler<N extends JobName> {
  /** Returns what there is to log. `signal` is aborted when the process has to end. */
  run(payload: JobPayload<N>, signal: AbortSignal): Promise<string | undefined>;
  giveUp?(payload: JobPayload<N>, reason: string): Promise<void>;
}
export type Handlers = { readonly [N in JobName]: Handler<N> };

/** A job that comes back by the clock, in UTC. One worker of all enqueues it. */
export interface Recurring {
  readonly name: JobName;
  /** As crontab writes it. */
  readonly match: string;
}

export interface QueueOptions {
  readonly app: AppIdentity;
  readonly databaseUrl: string | undefined;
  readonly db: Database;
  readonly concurrency: number;
  readonly graceMs: number;
  readonly handlers: Handlers;
  readonly recurring: readonly Recurring[];
  readonly log: (message: string) => void;
}

export interface Queue {
  /** The name under which jobs are locked by this process. */
  readonly id: string;
  /** Resolves when the queue has ended, by `stop` or by itself. */
  readonly finished: Promise<void>;
  /** Lets running jobs end within the grace period, then gives them back as they were. To be called once. */
  stop(): Promise<void>;
}

type ConnectionSettings = Pick<QueueOptions, 'app' | 'databaseUrl'>;

/** Makes or brings up to date the queue's own tables. Any number of processes may call it at once. */
export async function installQueue(options: ConnectionSettings): Promise<void> {
  await runMigrations({ ...connection(options), logger: quiet(() => {}) });
}

/** For a job that comes back by the clock the next one is the better retry. */
const RECURRING_ATTEMPTS = 3;

/** Takes jobs until it is stopped. Brings the queue's tables up to date first; throws what Postgres says. */
export async function startQueue({ handlers, log, db, ...options }: QueueOptions): Promise<Queue> {
  const events: WorkerEvents = new EventEmitter();
  let id = '';
  events.once('pool:create', ({ workerPool }) => {
    id = workerPool.id;
  });
  const abandoned = new Map<string, number>();
  const runner = await run({
    ...connection(options),
    logger: quiet(log),
    events,
    concurrency: options.concurrency,
    // One for each job, and for LISTEN, cron and the batches below.
    maxPoolSize: options.concurrency + 3,
    // Besides NOTIFY, for jobs whose time has come.
    pollInterval: 1000,
    noHandleSignals: true,
    gracefulShutdownAbortTimeout: options.graceMs,
    // Without batches it does not wait for what it writes when a job ends: a lost connection would end the process.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    taskList: Object.fromEntries(
      (Object.keys(JOBS) as JobName[]).map((name) => [
        name,
        taskOf(name, handlers[name] as Handler<JobName>, { log, abandoned }),
      ]),
    ),
    parsedCronItems: parseCronItems(
      options.recurring.map(({ name, match }) => ({ task: name, match, options: { maxAttempts: RECURRING_ATTEMPTS } })),
    ),
  });
  let isOver = false;
  const finished = runner.promise.finally(() => {
    isOver = true;
  });
  finished.catch(() => {});
  const stop = async () => {
    if (!isOver) await runner.stop();
    await giveBack(db, abandoned);
  };
  return { id, finished, stop };
}

interface TaskContext {
  readonly log: (message: string) => void;
  /** Jobs that the end of the process has cut short, with the attempts that they had before. */
  readonly abandoned: Map<string, number>;
}

function taskOf<N extends JobName>(name: N, handler: Handler<N>, { log, abandoned }: TaskContext): Task {
  return async (raw, { job, abortSignal, abortPromise }) => {
    const checked = validate(JOBS[name], raw ?? {});
    // What is wrong with a payload will be wrong the next time too.
    if (!checked.ok) {
      log(`${name} ${job.id}: not a payload of such a job: ${JSON.stringify(checked.problems)}`);
      return;
    }
    try {
      const signal = abortSignal ?? new AbortController().signal;
      const work = handler.run(checked.value as JobPayload<N>, signal);
      // The library only asks; who does not listen would keep the process for good.
      const said = await (abortPromise ? Promise.race([work, abortPromise]) : work);
      if (said !== undefined) log(`${name} ${job.id}: ${said}`);
    } catch (error) {
      if (abortSignal?.aborted) {
        abandoned.set(job.id, job.attempts - 1);
        log(`${name} ${job.id}: not done in time, given back`);
      } else log(`${name} ${job.id}: attempt ${job.attempts} of ${job.max_attempts} failed: ${reasonOf(error)}`);
      // This is what the queue keeps: without the query and its values.
      throw new Error(reasonOf(error));
    }
  };
}

/** Drizzle wraps what Postgres said; the wrapper's own message is the query, with its values. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(reasonOf).join('; ');
  return cause instanceof Error ? cause.message : String(cause);
}

function connection({ app, databaseUrl }: ConnectionSettings): Pick<SharedOptions, 'connectionString' | 'schema'> {
  // Read by pg where the URL does not say it; the other way would be a pool of our own.
  process.env.PGAPPNAME = applicationName(app);
  return { schema: QUEUE_SCHEMA, ...(databaseUrl !== undefined && { connectionString: databaseUrl }) };
}

/** Its own words only from warnings on, and not on jobs that failed: that is logged by us. */
function quiet(log: (message: string) => void): Logger {
  return new Logger(() => (level, message, meta) => {
    if ((level === 'error' || level === 'warning') && !meta?.failure) log(`queue: ${message}`);
  });
}

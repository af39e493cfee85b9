// What becomes of jobs whose worker has ended without a word, and of those that nobody will try again.
import { type Database, sql } from '@melodia/db';
import { JOBS, type JobName, QUEUE_SCHEMA } from '@melodia/db/jobs';
import { validate } from '@melodia/db/validation';
import type { Handler, Handlers } from './queue.js';

const queue = sql.identifier(QUEUE_SCHEMA);

/**
 * Gives back jobs of workers that are dead: that hold a job, and have sent no sign of life for `deadAfterMs`. (The queue's
 * own rule is four hours, by the age of the lock alone, and would take a long job from a worker that lives.) `locked_at`
 * keeps one from harm that has locked its first job and not yet said that it is there. Returns the names of the dead.
 */
export async function rescueJobs(db: Database, deadAfterMs: number): Promise<readonly string[]> {
  const since = sql`now() - make_interval(secs => ${deadAfterMs / 1000}::float8)`;
  const [found] = await db.execute<{ ids: readonly string[] }>(sql`
    with dead as (
      select locked_by as id from ${queue}.jobs where locked_by is not null group by locked_by having max(locked_at) < ${since}
      except select id from app_instances where seen_at >= ${since}
    ), ids as (select coalesce(array_agg(id), '{}') as ids from dead)
    select ids, case when ids <> '{}' then ${queue}.force_unlock_workers(ids) end from ids`);
  return found?.ids ?? [];
}

/** A job that nobody will try again. */
export interface Exhausted {
  readonly id: string;
  readonly name: string;
  readonly reason: string;
}

/**
 * Jobs that have no attempt left are given up, and leave the queue. That is done here, and not where the last attempt
 * fails, because the last attempt may have been cut off by a kill. Returns what was given up.
 */
export async function giveUpExhausted(db: Database, handlers: Handlers): Promise<readonly Exhausted[]> {
  const rows = await db.execute<{ id: string; name: string; payload: unknown; attempts: number; error: string | null }>(
    sql`select j.id::text as id, t.identifier as name, j.payload, j.attempts, j.last_error as error
      from ${queue}._private_jobs j join ${queue}._private_tasks t on t.id = j.task_id
      where j.attempts >= j.max_attempts and j.locked_at is null order by j.id limit 100`,
  );
  const given: Exhausted[] = [];
  for (const { id, name, payload, attempts, error } of rows) {
    const reason = `Given up after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: ${error ?? 'the worker ended in the midst of it.'}`;
    await giveUp(handlers, name, payload, reason);
    await db.execute(sql`select from ${queue}.complete_jobs(array[${id}::bigint])`);
    given.push({ id, name, reason });
  }
  return given;
}

async function giveUp(handlers: Handlers, name: string, payload: unknown, reason: string): Promise<void> {
  if (!(name in JOBS)) return;
  const checked = validate(JOBS[name as JobName], payload);
  if (checked.ok) await (handlers[name as JobName] as Handler<JobName>).giveUp?.(checked.value, reason);
}

/** An attempt that the end of the process has cut short is none. By id of the job: the attempts that it had before. */
export async function giveBack(db: Database, abandoned: ReadonlyMap<string, number>): Promise<void> {
  for (const [id, attempts] of abandoned)
    await db.execute(
      sql`select from ${queue}.reschedule_jobs(array[${id}::bigint], run_at => now(), attempts => ${attempts}::int)`,
    );
}

import { setTimeout as sleep } from 'node:timers/promises';
import { abortError } from '../database/abort.js';
import { backfillStatusSql } from '../database/backfills.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { ExecuteContext } from './context.js';

type Reason = 'replication-lag' | 'lock-waiters' | 'long-transaction';

/** Milliseconds between looks at the server, while it runs and while it waits. */
const LOOK_MS = 1000;

/** Between two batches, when nothing is held: looks at the server now and then, and waits while it should be left alone. */
export class BackfillPauses {
  readonly #tag: string;
  readonly #context: ExecuteContext;
  readonly #place: { readonly tag: string; readonly when: number };
  #last = Number.NEGATIVE_INFINITY;
  #isHiddenTold = false;

  constructor(step: { readonly tag: string; readonly when: number }, context: ExecuteContext) {
    this.#tag = step.tag;
    this.#place = step;
    this.#context = context;
  }

  /** Throws `backfill-paused` after the longest pause, and the reason of the signal. */
  async waitIfNeeded(waiting: number): Promise<void> {
    // They have the rows now; the next batch comes when they are through.
    if (waiting > 0) await this.#sleep(this.#context.backfill.targetMs);
    if (performance.now() - this.#last < LOOK_MS) return;
    this.#last = performance.now();
    let trouble = await this.#look();
    if (!trouble) return;
    const started = performance.now();
    const { names, session, backfill } = this.#context;
    await session.run(backfillStatusSql(names, this.#place, 'paused', trouble.message));
    while (trouble) {
      this.#context.emit({ type: 'backfill-paused', tag: this.#tag, ...trouble });
      if (performance.now() - started > backfill.maxPauseMs) throw this.#givenUp(trouble.message);
      await this.#sleep(LOOK_MS);
      trouble = await this.#look();
    }
    await session.run(backfillStatusSql(names, this.#place, 'running'));
    this.#last = performance.now();
    this.#context.emit({ type: 'backfill-resumed', tag: this.#tag, pausedMs: performance.now() - started });
  }

  async #look(): Promise<{ readonly reason: Reason; readonly message: string } | undefined> {
    const { session, backfill } = this.#context;
    const [row] = await session.rows<{
      lag: number | null;
      standby: string | null;
      pid: number | null;
      age: number | null;
      name: string | null;
      hidden: string | null;
    }>(LOOK);
    if (row?.hidden != null) this.#tellHidden(row.hidden);
    if (row?.lag != null && row.lag > backfill.maxLagMs)
      return {
        reason: 'replication-lag',
        message: `the standby ${row.standby || 'without a name'} is ${Math.round(row.lag / 1000)} s behind`,
      };
    if (row?.age != null && row.age > backfill.maxTransactionMs)
      return {
        reason: 'long-transaction',
        message: `a transaction of ${row.name || 'an unnamed session'} (pid ${row.pid}) is open for ${Math.round(row.age / 1000)} s`,
      };
    return undefined;
  }

  /** What is not seen is not waited for; who relies on it has to know. Once a run. */
  #tellHidden(what: string): void {
    if (this.#isHiddenTold) return;
    this.#isHiddenTold = true;
    this.#context.emit({
      type: 'notice',
      severity: 'WARNING',
      message: `${this.#tag}: this role may not see ${what}, so that the backfill does not give way to them. \`grant pg_monitor\` to it shows them.`,
    });
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#context;
    await sleep(ms, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw abortError(signal);
  }

  #givenUp(message: string): MigratorError {
    return new MigratorError('backfill-paused', {
      message: `\`${this.#tag}\` has paused for ${Math.round(this.#context.backfill.maxPauseMs / 1000)} s, because ${message}.`,
      state: 'What was done before is kept, with its cursor.',
      fix: 'See to that; then `migrator migrate` goes on where it stopped. `migrator.backfill` in drizzle.config.ts has the limits.',
      data: { tag: this.#tag },
    });
  }
}

/** Our own sessions hold the run lock in a transaction that stays open. */
const LOOK = `select
  (select extract(epoch from max(replay_lag)) * 1000 from pg_stat_replication)::float8 as lag,
  (select coalesce(nullif(application_name, ''), host(client_addr)) from pg_stat_replication order by replay_lag desc nulls last limit 1) as standby,
  t.pid, t.name, t.age,
  -- Of what a role may not see, all but the name and the database is null.
  nullif(concat_ws(' and ',
    case when exists (select from pg_stat_replication where state is null) then 'how far standbys are behind' end,
    case when exists (select from pg_stat_activity where datname = current_database() and backend_type is null)
      then 'for how long transactions of other roles are open' end), '') as hidden
from (select) one left join lateral (
  select pid, coalesce(nullif(application_name, ''), usename) as name, (extract(epoch from clock_timestamp() - xact_start) * 1000)::float8 as age
  from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend' and xact_start is not null and pid <> pg_backend_pid()
    and application_name !~ '^migrator'
  order by xact_start limit 1) t on true`;

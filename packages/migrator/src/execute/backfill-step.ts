import type { Backfill, FailedStep, Step } from '../core/types.js';
import { abortError } from '../database/abort.js';
import { findKey } from '../database/backfill-key.js';
import {
  type BackfillRecord,
  backfillStatusSql,
  beginBackfillSql,
  editedBackfillSql,
  isBackfillMoved,
  nextRoundSql,
  readBackfills,
} from '../database/backfills.js';
import { isConnectionLost } from '../database/connection-error.js';
import { MigratorError } from '../errors/migrator-error.js';
import { statementHashOf } from '../sql/backfill.js';
import { runBatch } from './backfill-batch.js';
import { changedSince, keyChanged, moduleFailed, movedElsewhere, rowFailed } from './backfill-errors.js';
import { BackfillPace, isRowsFault } from './backfill-pace.js';
import { BackfillPauses } from './backfill-pauses.js';
import { type Key, RangeSql } from './backfill-range.js';
import type { BlockerWatch } from './blockers.js';
import type { ExecuteContext, OpenedBackfill } from './context.js';
import { isHistoryMoved, preludeSql } from './prelude.js';
import { retryReason, waitBeforeRetry } from './retry.js';
import { type RowGuard, recordDone, recordFailure } from './simple-step.js';
import { postgresFacts, statementError } from './statement-error.js';

type BackfillStep = Step & { readonly backfill: Backfill };

export function isBackfill(step: Step): step is BackfillStep {
  return step.direction === 'up' && step.backfill !== undefined;
}

/**
 * Runs a migration in batches along a key, from where an earlier run has stopped. Each batch is a transaction that moves the cursor
 * too, so each row is changed exactly once, however often the run is killed; the tracking row comes with the end. A batch that a row
 * fails is halved until it is that row alone, and everything before it is kept.
 */
export async function runBackfillStep(
  step: BackfillStep,
  context: ExecuteContext,
  watch: BlockerWatch,
  guard: RowGuard,
  { isLast }: { readonly isLast: boolean },
): Promise<{ readonly durationMs: number } | FailedStep> {
  const started = performance.now();
  const startedAt = new Date();
  const failed = async (error: Error): Promise<FailedStep> => {
    const text = backfillStatusSql(context.names, step, 'failed', error.message);
    if (!context.session.isClosed && !context.signal.aborted) await context.session.run(text).catch(() => {});
    await recordFailure(context, step, error.message, 0);
    const [statement] = step.statements;
    return { tag: step.tag, ...(statement && { statement }), statementsKept: 0, error };
  };
  try {
    const run = new BackfillRun(step, context, watch, guard);
    await run.begin();
    const pauses = new BackfillPauses(step, context);
    while (await run.next()) await pauses.waitIfNeeded(run.waiting);
    await finish(step, context, guard, { startedAt, isLast });
  } catch (error) {
    const shown = context.signal.aborted ? abortError(context.signal) : error;
    return failed(shown instanceof Error ? shown : new Error(String(shown)));
  }
  guard.confirm(step);
  return { durationMs: performance.now() - started };
}

/** The tracking row and the end of the backfill, together. */
async function finish(
  step: BackfillStep,
  context: ExecuteContext,
  guard: RowGuard,
  { startedAt, isLast }: { readonly startedAt: Date; readonly isLast: boolean },
): Promise<void> {
  for (;;) {
    const text = [
      preludeSql(context, { expectedRows: guard.rows, relaxCommit: !isLast }),
      ...recordDone(context, step, startedAt),
      backfillStatusSql(context.names, step, 'done'),
      'commit',
    ];
    try {
      await context.session.run(text.join(';\n'));
      return;
    } catch (error) {
      if (!context.session.isClosed) await context.session.run('rollback').catch(() => {});
      if (isHistoryMoved(error) && (await guard.adopt([step]))) continue;
      throw statementError(error, step, undefined, { state: 'All rows are done; the tracking row is not written.' });
    }
  }
}

class BackfillRun {
  /** Sessions that waited for the last batch. */
  waiting = 0;
  readonly #step: BackfillStep;
  readonly #context: ExecuteContext;
  readonly #watch: BlockerWatch;
  readonly #guard: RowGuard;
  readonly #pace: BackfillPace;
  readonly #started = performance.now();
  #opened: OpenedBackfill | undefined;
  #range!: RangeSql;
  #record!: BackfillRecord;
  #attempt = 1;
  #visitedHere = 0;

  constructor(step: BackfillStep, context: ExecuteContext, watch: BlockerWatch, guard: RowGuard) {
    this.#step = step;
    this.#context = context;
    this.#watch = watch;
    this.#guard = guard;
    this.#pace = new BackfillPace(step.backfill.batch, context.backfill.targetMs);
  }

  /** Finds the key, and where an earlier run has stopped, or notes that this one begins. */
  async begin(): Promise<void> {
    const { session, names } = this.#context;
    const step = this.#step;
    const { module } = step.backfill;
    this.#opened = module === undefined ? undefined : await this.#context.openBackfill(module);
    const backfill = this.#opened
      ? { ...step.backfill, ...this.#opened, alias: this.#opened.table.table }
      : step.backfill;
    if (backfill.batch !== step.backfill.batch) this.#pace.resume(backfill.batch);
    const key = await findKey(session, backfill, `${step.path}:${step.statements[0]?.line ?? 1}`);
    this.#range = new RangeSql(backfill, key.columns);
    const keyColumns = key.columns.map(({ name }) => name);
    const hash = statementHashOf(step.backfill);
    const open = (await readBackfills(session, names)).find(
      // One that is done and pending all the same was rolled back: it begins anew, as does one that came to nothing.
      ({ tag, when, status, batches }) => tag === step.tag && when === step.when && status !== 'done' && batches > 0,
    );
    if (open) {
      if (open.hash !== hash && !this.#context.allowEdited) throw changedSince(step, open, names);
      if (open.keyColumns.join() !== keyColumns.join()) throw keyChanged(step, open, keyColumns, names);
      this.#record = open;
      this.#pace.resume(open.batchSize);
      if (open.hash !== hash) await this.#inTransaction(editedBackfillSql(names, step, hash));
      return;
    }
    const through = await this.#keyOf(this.#range.greatest(null));
    const counted = key.estimated > 0 ? key.estimated : await this.#count();
    const begin = { hash, keyColumns, through, batchSize: this.#pace.size, estimated: counted };
    await this.#inTransaction(beginBackfillSql(names, step, begin));
    const now = new Date();
    this.#record = {
      ...{
        ...begin,
        tag: step.tag,
        when: step.when,
        status: 'running',
        cursor: null,
        batches: 0,
        visited: 0,
        changed: 0,
      },
      ...{ roundVisited: 0, lastRound: null, error: null, startedAt: now, updatedAt: now },
    };
  }

  /** Does the next batch, or tries it again; false when there is none. */
  async next(): Promise<boolean> {
    const { signal } = this.#context;
    if (signal.aborted) throw abortError(signal);
    const { through, cursor, batches } = this.#record;
    if (!through) return false;
    const size = this.#pace.size;
    const outcome = await runBatch(
      this.#step,
      this.#range,
      { cursor, through, size, batches, expectedRows: this.#guard.rows, opened: this.#opened },
      this.#context,
      this.#watch,
    );
    if (outcome.kind === 'end') return this.#nextRound();
    if (outcome.kind === 'failed') {
      await this.#afterFailure(outcome);
      return true;
    }
    this.#attempt = 1;
    this.#visitedHere += outcome.visited;
    this.waiting = outcome.waiting;
    this.#pace.took(outcome);
    const record = this.#record;
    this.#record = {
      ...record,
      cursor: outcome.cursor,
      batches: record.batches + 1,
      visited: record.visited + outcome.visited,
      changed: record.changed + outcome.changed,
      roundVisited: record.roundVisited + outcome.visited,
    };
    this.#tell();
    return true;
  }

  /** Throws unless the batch is worth another attempt, whole or a half of it. */
  async #afterFailure({ error, upTo, visited }: { error: unknown; upTo?: Key; visited: number }): Promise<void> {
    const { signal, session } = this.#context;
    const step = this.#step;
    if (signal.aborted) throw abortError(signal);
    if (isHistoryMoved(error) && (await this.#guard.adopt([step]))) return;
    if (isBackfillMoved(error)) throw movedElsewhere(step, this.#kept());
    const blockers = this.#watch.seen;
    const { code } = postgresFacts(error);
    if (retryReason(code)) {
      this.#pace.halve(visited);
      const again = await waitBeforeRetry(error, this.#attempt, { step, index: 0, blockers }, this.#context);
      this.#attempt += 1;
      if (again) return;
      if (signal.aborted) throw abortError(signal);
    } else if (upTo && !session.isClosed && isRowsFault(code)) {
      if (visited > 1) {
        this.#pace.halve(visited);
        return;
      }
      throw rowFailed(error, step, {
        row: this.#range.describe(upTo),
        table: this.#opened?.table ?? step.backfill.table,
        state: this.#kept(),
      });
    }
    if (this.#opened && !isConnectionLost(error) && !retryReason(code)) {
      throw moduleFailed(error, step, { state: this.#kept(), hasDone: this.#record.cursor !== null });
    }
    const shown = statementError(error, step, this.#opened ? undefined : step.statements[0], {
      state: this.#kept(),
      blockers,
      attempts: this.#attempt,
    });
    throw isConnectionLost(error) ? shown.withState(this.#kept()) : shown;
  }

  /**
   * Rows that have come behind the greatest key meanwhile. As long as each round is smaller than the one before it, it comes to an
   * end; where the statement, or a trigger, makes rows of its own, it would not.
   */
  async #nextRound(): Promise<boolean> {
    const { cursor, roundVisited, lastRound, batches } = this.#record;
    if (this.#step.backfill.feedsItself || (lastRound !== null && roundVisited >= lastRound)) return false;
    const through = await this.#keyOf(this.#range.greatest(cursor));
    if (!through) return false;
    await this.#inTransaction(nextRoundSql(this.#context.names, this.#step, through));
    this.#record = { ...this.#record, through, batches: batches + 1, lastRound: roundVisited, roundVisited: 0 };
    return true;
  }

  async #keyOf(text: string): Promise<Key | null> {
    const [row] = await this.#context.session.rows<{ key: Key }>(text);
    return row?.key ?? null;
  }

  /** A table without statistics: counted, as far as that is quick. */
  async #count(): Promise<number> {
    const [row] = await this.#context.session.rows<{ n: string }>(this.#range.count(1_000_000));
    return Number(row?.n ?? 0);
  }

  async #inTransaction(text: string): Promise<void> {
    const prelude = preludeSql(this.#context, { expectedRows: this.#guard.rows, relaxCommit: true });
    try {
      await this.#context.session.run(`${prelude};\n${text};\ncommit`);
    } catch (error) {
      if (!this.#context.session.isClosed) await this.#context.session.run('rollback').catch(() => {});
      if (isHistoryMoved(error) && (await this.#guard.adopt([this.#step]))) return this.#inTransaction(text);
      if (error instanceof MigratorError) throw error;
      throw statementError(error, this.#step, undefined, { state: this.#kept() });
    }
  }

  /** The state that things are in after a failure. */
  #kept(): string {
    const { visited = 0, changed = 0, cursor = null } = this.#record ?? {};
    if (!cursor) return 'None of its batches is done.';
    return `${visited} rows are done (${changed} changed), up to ${this.#range.describe(cursor)}, and stay so; \`migrator migrate\` goes on behind them.`;
  }

  #tell(): void {
    const { visited, changed, estimated } = this.#record;
    const rowsPerSecond = this.#visitedHere / Math.max(0.001, (performance.now() - this.#started) / 1000);
    this.#context.emit({
      type: 'backfill-progress',
      tag: this.#step.tag,
      ...{ visited, changed, estimated },
      rowsPerSecond: Math.round(rowsPerSecond),
      etaMs: Math.round((Math.max(0, estimated - visited) / rowsPerSecond) * 1000),
      batchSize: this.#pace.size,
    });
  }
}

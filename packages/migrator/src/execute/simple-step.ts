import { sha256 } from '../core/hash.js';
import type { Step } from '../core/types.js';
import { readRows } from '../database/history.js';
import { insertLogSql, type LogRecord, loggable, trackingRowSql } from '../database/tracking.js';
import { quoteLiteral, quoteName } from '../sql/quote.js';
import type { BlockerWatch } from './blockers.js';
import type { ExecuteContext } from './context.js';
import { preludeSql } from './prelude.js';
import { asOurselves, resetSession } from './session-settings.js';
import { isUnread, sendTransaction, type TransactionOutcome } from './transaction.js';

/** One transaction holds all of it, so that it may be sent before the answer to the migration before it has come. */
export function isSimple(step: Step): boolean {
  return (
    step.startAt === 0 &&
    step.backfill === undefined &&
    !step.ownTransactions &&
    step.segments.length <= 1 &&
    (step.segments[0]?.mode ?? 'transaction') === 'transaction' &&
    // What the parser cannot read might end the transaction, and what follows would then run unguarded.
    !step.statements.some(isUnread)
  );
}

export function sendSimpleStep(
  step: Step,
  context: ExecuteContext,
  watch: BlockerWatch,
  guard: RowGuard,
  { isLast }: { readonly isLast: boolean },
): () => Promise<TransactionOutcome> {
  const prelude = preludeSql(context, { ...guard.expect(step), relaxCommit: !isLast });
  const outcome = sendTransaction(context, watch, {
    step,
    prelude,
    statements: step.statements,
    record: recordDone(context, step, new Date()),
    end: 'commit',
  });
  resetSession(context, step);
  return outcome;
}

/** The tracking row, written or removed, and the entry of our log. */
export function recordDone(context: ExecuteContext, step: Step, startedAt: Date): string[] {
  const [upSql, downSql] = step.direction === 'up' ? [step.sql, step.downSql] : [undefined, step.sql];
  const log = insertLogSql(context.names, context.identity, {
    ...logOf(step),
    status: step.direction === 'up' ? 'applied' : 'rolled-back',
    statementsDone: step.statements.length,
    startedAt,
    upSql: loggable(upSql),
    downSql: loggable(downSql),
    // Tells rows of two projects apart that share a tracking table.
    ...(context.identity.project !== null &&
      step.direction === 'up' && { detail: { project: context.identity.project } }),
  });
  return [...asOurselves(step), trackingRowSql(context.names, step), log];
}

export function logOf(step: Step): Pick<LogRecord, 'tag' | 'hash' | 'when' | 'direction' | 'statementsTotal'> {
  return {
    tag: step.tag,
    hash: step.hash,
    when: step.when,
    direction: step.direction,
    statementsTotal: step.statements.length,
  };
}

/** Leaves a trace of a failure, as far as the connection still allows. */
export async function recordFailure(
  context: ExecuteContext,
  step: Step,
  error: string,
  statementsDone: number,
  detail?: unknown,
): Promise<void> {
  const text = insertLogSql(context.names, context.identity, {
    ...logOf(step),
    status: 'failed',
    statementsDone,
    startedAt: new Date(),
    error,
    statementHashes: hashesUpTo(step, statementsDone),
    ...detailOf(step, detail),
  });
  if (!context.session.isClosed) await context.session.run(text).catch(() => {});
}

/** Marks the entries of a forced run, whose row is there all the time. */
export function detailOf({ replacesRow }: Step, detail?: unknown): { detail?: unknown } {
  if (replacesRow === undefined) return detail === undefined ? {} : { detail };
  return { detail: { ...(detail as object | undefined), forced: true } };
}

export function hashesUpTo(step: Step, count: number): string[] {
  return step.statements.slice(0, count).map(({ text }) => sha256(text));
}

/** A forced step keeps its row. */
function rowsAdded({ replacesRow, removesRow }: Step): number {
  if (removesRow !== undefined) return -1;
  return replacesRow === undefined ? 1 : 0;
}

/** Keeps count of the tracking rows that must be there when the next transaction begins. */
export class RowGuard {
  #context: ExecuteContext;
  #confirmed: number;
  #sent = 0;
  #before: Step | undefined;
  #adoptions = 0;

  constructor(context: ExecuteContext) {
    this.#context = context;
    this.#confirmed = context.rowCount;
  }

  /** The condition under which `step` may run, given all that was sent before it; then counts what it does to the rows. */
  expect(step: Step): { expectedRows: number; predecessor?: string } {
    const expectedRows = this.#confirmed + this.#sent;
    const predecessor = this.#sent !== 0 && this.#before ? this.#isDone(this.#before) : undefined;
    if (rowsAdded(step) !== 0) {
      this.#sent += rowsAdded(step);
      this.#before = step;
    }
    return { expectedRows, ...(predecessor && { predecessor }) };
  }

  /** Committed rows only, for a step that runs alone. */
  get rows(): number {
    return this.#confirmed;
  }

  confirm(step: Step): void {
    this.#confirmed += rowsAdded(step);
    // What runs by segments was not sent ahead.
    if (this.#sent !== 0) this.#sent -= rowsAdded(step);
    this.#adoptions = 0;
  }

  /** Forgets what was sent and has failed. */
  rewind(): void {
    this.#sent = 0;
    this.#before = undefined;
  }

  /**
   * The table holds another number of rows than it should. A migration may have changed it itself (real ones do); then the
   * run goes on, if none of the remaining steps has been done by now.
   */
  async adopt(remaining: readonly Step[]): Promise<boolean> {
    if (this.#adoptions >= 3 || this.#context.session.isClosed) return false;
    this.#adoptions += 1;
    const { rows } = await readRows(this.#context.session, this.#context.names);
    const done = remaining.some((step) => {
      if (step.removesRow !== undefined) return !rows.some(({ id }) => id === step.removesRow);
      return (
        step.replacesRow === undefined &&
        rows.some(
          ({ hash, createdAt, name }) =>
            hash === step.hash && createdAt === step.when && (step.name === undefined || name === step.name),
        )
      );
    });
    if (done) return false;
    this.#confirmed = rows.length;
    return true;
  }

  #isDone({ hash, when, name, removesRow }: Step): string {
    const table = quoteName(this.#context.names.schema, this.#context.names.table);
    if (removesRow !== undefined) return `not exists (select from ${table} where id = ${removesRow})`;
    return `exists (select from ${table} where hash = ${quoteLiteral(hash)} and created_at = ${when}${name === undefined ? '' : ` and name = ${quoteLiteral(name)}`})`;
  }
}

import { sha256 } from '../core/hash.js';
import type { Step } from '../core/types.js';
import { readRows } from '../database/history.js';
import { insertLogSql, type LogRecord, trackingRowSql } from '../database/tracking.js';
import { quoteLiteral, quoteName } from '../sql/quote.js';
import type { BlockerWatch } from './blockers.js';
import type { ExecuteContext } from './context.js';
import { preludeSql } from './prelude.js';
import { sendTransaction, type TransactionOutcome } from './transaction.js';

/** Texts up to this size are kept in the log; larger ones only by their hash. */
const LOGGED_TEXT = 1_000_000;

/** One transaction holds all of it, so that it may be sent before the answer to the migration before it has come. */
export function isSimple(step: Step): boolean {
  return (
    step.startAt === 0 &&
    !step.ownTransactions &&
    step.segments.length <= 1 &&
    (step.segments[0]?.mode ?? 'transaction') === 'transaction' &&
    // What the parser cannot read might end the transaction, and what follows would then run unguarded.
    step.statements.every(({ kind }) => kind !== 'Unparsed' && kind !== 'TooLarge')
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
  return sendTransaction(context, watch, {
    step,
    prelude,
    statements: step.statements,
    record: recordApplied(context, step, new Date()),
    end: 'commit',
  });
}

/** The tracking row and the entry of our log. */
export function recordApplied(context: ExecuteContext, step: Step, startedAt: Date): string[] {
  const log = insertLogSql(context.names, context.identity, {
    ...logOf(step),
    status: 'applied',
    statementsDone: step.statements.length,
    startedAt,
    upSql: step.sql.length <= LOGGED_TEXT ? step.sql : null,
  });
  return [trackingRowSql(context.names, step), log];
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
    ...(detail !== undefined && { detail }),
  });
  if (!context.session.isClosed) await context.session.run(text).catch(() => {});
}

export function hashesUpTo(step: Step, count: number): string[] {
  return step.statements.slice(0, count).map(({ text }) => sha256(text));
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

  /** The condition under which `step` may run, given all that was sent before it; then counts its own row. */
  expect(step: Step): { expectedRows: number; predecessor?: string } {
    const expectedRows = this.#confirmed + this.#sent;
    const predecessor = this.#sent > 0 && this.#before ? this.#rowExists(this.#before) : undefined;
    if (step.replacesRow === undefined) {
      this.#sent += 1;
      this.#before = step;
    }
    return { expectedRows, ...(predecessor && { predecessor }) };
  }

  /** Committed rows only, for a step that runs alone. */
  get rows(): number {
    return this.#confirmed;
  }

  confirm(step: Step): void {
    if (step.replacesRow !== undefined) return;
    this.#confirmed += 1;
    this.#sent = Math.max(0, this.#sent - 1);
  }

  /** Forgets what was sent and has failed. */
  rewind(): void {
    this.#sent = 0;
    this.#before = undefined;
  }

  /**
   * The table holds another number of rows than it should. A migration may have changed it itself (real ones do); then the
   * run goes on, if none of the remaining steps has a row by now.
   */
  async adopt(remaining: readonly Step[]): Promise<boolean> {
    if (this.#adoptions >= 3 || this.#context.session.isClosed) return false;
    this.#adoptions += 1;
    const { rows } = await readRows(this.#context.session, this.#context.names);
    const taken = remaining.some(
      (step) =>
        step.replacesRow === undefined &&
        rows.some(({ hash, createdAt }) => hash === step.hash && createdAt === step.when),
    );
    if (taken) return false;
    this.#confirmed = rows.length;
    return true;
  }

  #rowExists({ hash, when }: Step): string {
    const table = quoteName(this.#context.names.schema, this.#context.names.table);
    return `exists (select from ${table} where hash = ${quoteLiteral(hash)} and created_at = ${when})`;
  }
}

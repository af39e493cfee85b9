import type { Statement, Step } from '../core/types.js';
import type { StatementResult } from '../database/session.js';
import type { BlockerWatch } from './blockers.js';
import type { ExecuteContext } from './context.js';

/** What became of one transaction. `statement` is missing when opening, recording or committing failed. */
export type TransactionOutcome =
  | { readonly ok: true; readonly durationMs: number }
  | { readonly ok: false; readonly error: unknown; readonly statement?: Statement };

export interface TransactionText {
  readonly step: Step;
  /** Opens it; see `preludeSql`. */
  readonly prelude: string;
  readonly statements: readonly Statement[];
  /** What is recorded in the same transaction. */
  readonly record: readonly string[];
  /** How it ends: `commit`, or what the file itself says. */
  readonly end: string;
}

/**
 * From here on the session writes only in transactions that say READ WRITE, as ours do. Statements are sent ahead of the
 * answer to their BEGIN: if a cancel request hits that BEGIN, they would run all the same, each committing by itself.
 * Behind a pooler the setting would reach other clients; there the answer is waited for.
 */
export function seal(context: ExecuteContext): void {
  if (context.pooled) return;
  sealed.add(context);
  void settle(context.session, 'set default_transaction_read_only = on');
}

export function unseal(context: ExecuteContext): void {
  if (context.pooled) return;
  sealed.delete(context);
  void settle(context.session, 'set default_transaction_read_only = off');
}

const sealed = new WeakSet<ExecuteContext>();

export function isSealed(context: ExecuteContext): boolean {
  return sealed.has(context);
}

/**
 * Sends a whole transaction without waiting for answers in between: one round trip, however many statements. After an
 * error Postgres refuses the rest, and its `commit` rolls back.
 */
export function sendTransaction(
  context: ExecuteContext,
  watch: BlockerWatch,
  text: TransactionText,
): () => Promise<TransactionOutcome> {
  const { session } = context;
  const { step } = text;
  const prelude = settle(session, text.prelude);
  const sendStatements = () =>
    text.statements.map((statement) => {
      const guard = statement.before === undefined ? undefined : settle(session, statement.before);
      const own = settle(session, statement.text);
      return { statement, answer: guard ? guard.then((guarded) => (guarded.ok ? own : guarded)) : own };
    });
  const sendEnd = () => ({
    record: text.record.length > 0 ? settle(session, text.record.join(';\n')) : undefined,
    end: settle(session, text.end),
  });
  const sendRest = (): Sent | Promise<Sent> => {
    const statements = sendStatements();
    if (!text.statements.some(isUnread)) return { statements, ...sendEnd() };
    // A COMMIT in a text that nobody has read ends the transaction: what failed behind it must not be recorded.
    return Promise.all(statements.map(({ answer }) => answer)).then((answers) =>
      answers.every(({ ok }) => ok)
        ? { statements, ...sendEnd() }
        : { statements, record: undefined, end: settle(session, 'rollback') },
    );
  };
  const rest = context.pooled ? prelude.then(({ ok }) => (ok ? sendRest() : undefined)) : sendRest();

  return async () => {
    const started = performance.now();
    watch.starts(step.tag, text.statements[0]?.index ?? 0);
    let failure: { error: unknown; statement?: Statement } | undefined;
    const opened = await prelude;
    if (opened.ok) watch.inProcess(pidOf(opened.results));
    else failure = { error: opened.error };
    const sent = await rest;
    if (!sent) {
      watch.idle();
      await settle(session, 'rollback');
      return { ok: false, error: failure?.error };
    }
    const { statements, record, end } = sent;
    for (const { statement, answer } of statements) {
      const begun = performance.now();
      watch.starts(step.tag, statement.index);
      const settled = await answer;
      if (settled.ok && !failure) {
        const durationMs = performance.now() - begun;
        context.emit({
          type: 'statement-finished',
          tag: step.tag,
          index: statement.index,
          total: step.statements.length,
          durationMs,
        });
      } else if (!settled.ok) failure ??= { error: settled.error, statement };
    }
    watch.idle();
    const recorded = await record;
    if (recorded && !recorded.ok) failure ??= { error: recorded.error };
    const ended = await end;
    if (!ended.ok) failure ??= { error: ended.error };
    if (failure) return { ok: false, ...failure };
    if (ended.ok && text.end === 'commit' && ended.results.at(-1)?.command !== 'COMMIT') {
      return { ok: false, error: new Error('The transaction was rolled back instead of committed.') };
    }
    return { ok: true, durationMs: performance.now() - started };
  };
}

type Settled =
  | { readonly ok: true; readonly results: readonly StatementResult[] }
  | { readonly ok: false; readonly error: unknown };

interface Sent {
  readonly statements: readonly { readonly statement: Statement; readonly answer: Promise<Settled> }[];
  readonly record: Promise<Settled> | undefined;
  readonly end: Promise<Settled>;
}

/** The parser could not, or was not asked to, read it. */
export function isUnread({ kind }: Statement): boolean {
  return kind === 'Unparsed' || kind === 'TooLarge';
}

/** An answer that may come before anybody waits for it must not count as an unhandled rejection. */
export async function settle(session: ExecuteContext['session'], text: string): Promise<Settled> {
  try {
    return { ok: true, results: await session.run(text) };
  } catch (error) {
    return { ok: false, error };
  }
}

export function pidOf(results: readonly StatementResult[]): number | undefined {
  const pid = results.flatMap(({ rows }) => rows).find((row) => 'pid' in row)?.pid;
  return pid === undefined ? undefined : Number(pid);
}

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
  const statements = text.statements.map((statement) => ({ statement, answer: settle(session, statement.text) }));
  const record = text.record.length > 0 ? settle(session, text.record.join(';\n')) : undefined;
  const end = settle(session, text.end);

  return async () => {
    const started = performance.now();
    watch.starts(step.tag, text.statements[0]?.index ?? 0);
    let failure: { error: unknown; statement?: Statement } | undefined;
    const opened = await prelude;
    if (opened.ok) watch.inProcess(pidOf(opened.results));
    else failure = { error: opened.error };
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

/** An answer that may come before anybody waits for it must not count as an unhandled rejection. */
async function settle(session: ExecuteContext['session'], text: string): Promise<Settled> {
  try {
    return { ok: true, results: await session.run(text) };
  } catch (error) {
    return { ok: false, error };
  }
}

function pidOf(results: readonly StatementResult[]): number | undefined {
  const pid = results.flatMap(({ rows }) => rows).find((row) => 'pid' in row)?.pid;
  return pid === undefined ? undefined : Number(pid);
}

import type { RunResult, Step } from '../core/types.js';
import { abortError } from '../database/abort.js';
import type { BlockerWatch } from './blockers.js';
import type { ExecuteContext } from './context.js';
import type { Outcome } from './execute.js';
import { isGated, refusalOf } from './gate.js';
import { preludeSql } from './prelude.js';
import { waitBeforeRetry } from './retry.js';
import { recordDone, recordFailure } from './simple-step.js';
import { statementError } from './statement-error.js';
import { seal, sendTransaction, unseal } from './transaction.js';

/** One transaction around all steps, as drizzle-kit does it: all or nothing. */
export async function executeAtomic(
  steps: readonly Step[],
  context: ExecuteContext,
  watch: BlockerWatch,
): Promise<Outcome> {
  for (let attempt = 1; ; attempt += 1) {
    seal(context);
    const result = await attemptAll(steps, context, watch);
    unseal(context);
    if (!('error' in result)) return { done: result.done, notRun: [] };
    const { step, statement, error } = result;
    if ('isRefused' in result) return refused(result, steps, context);
    const blockers = watch.seen;
    if (await waitBeforeRetry(error, attempt, { step, index: statement?.index ?? 0, blockers }, context)) continue;
    const shown = context.signal.aborted
      ? abortError(context.signal)
      : statementError(error, step, statement, { state: 'Nothing of this run was kept.', blockers, attempts: attempt });
    await recordFailure(context, step, shown.message, 0);
    context.emit({ type: 'step-failed', tag: step.tag, position: steps.indexOf(step), total: steps.length });
    return {
      done: [],
      failed: { tag: step.tag, ...(statement && { statement }), statementsKept: 0, error: shown },
      notRun: steps.filter((other) => other !== step).map(({ tag }) => tag),
    };
  }
}

/** Nothing was tried that the log would have to tell. */
function refused({ step, error }: Refused, steps: readonly Step[], context: ExecuteContext): Outcome {
  context.emit({ type: 'step-failed', tag: step.tag, position: steps.indexOf(step), total: steps.length });
  return {
    done: [],
    failed: { tag: step.tag, statementsKept: 0, error },
    notRun: steps.filter((other) => other !== step).map(({ tag }) => tag),
  };
}

/** The gate was closed. */
interface Refused {
  readonly isRefused: true;
  readonly step: Step;
  readonly statement?: undefined;
  readonly error: Error;
}

type Attempt =
  | { readonly done: RunResult['done'] }
  | Refused
  | { readonly step: Step; readonly statement?: Step['statements'][number]; readonly error: unknown };

/**
 * Sends it step by step, a few ahead of the answers. A step's part of the transaction is recorded where it ends, so that a
 * failure names its own migration.
 */
async function attemptAll(steps: readonly Step[], context: ExecuteContext, watch: BlockerWatch): Promise<Attempt> {
  const startedAt = new Date();
  const done: RunResult['done'][number][] = [];
  const parts = steps.map((step, position) => ({ step, position }));
  const ahead: { step: Step; position: number; outcome: ReturnType<typeof sendTransaction> }[] = [];
  let failure: Exclude<Attempt, { done: unknown }> | undefined;

  while ((parts.length > 0 && !failure && !context.signal.aborted) || ahead.length > 0) {
    while (parts.length > 0 && ahead.length < (context.pooled ? 1 : 12) && !failure && !context.signal.aborted) {
      const [part] = parts;
      if (part && isGated(part.step, context)) {
        // What was sent before it may take long, and the answer must be about now.
        if (ahead.length > 0) break;
        const refusal = await refusalOf(part.step, context, { mayWait: part.position === 0 });
        if (refusal) {
          failure = { isRefused: true, step: part.step, error: refusal.error };
          break;
        }
        if (context.signal.aborted) break;
      }
      parts.shift();
      if (part) ahead.push({ ...part, outcome: send(part.step, part.position) });
    }
    const head = ahead.shift();
    if (!head) break;
    const { step, position } = head;
    if (!failure) {
      context.emit({
        type: 'step-started',
        tag: step.tag,
        position,
        total: steps.length,
        statements: step.statements.length,
        startAt: 0,
      });
    }
    const outcome = await head.outcome();
    if (outcome.ok && !failure) {
      done.push({ tag: step.tag, durationMs: outcome.durationMs, statements: step.statements.length });
      context.emit({
        type: 'step-finished',
        tag: step.tag,
        position,
        total: steps.length,
        durationMs: outcome.durationMs,
      });
    } else if (!outcome.ok)
      failure ??= { step, error: outcome.error, ...(outcome.statement && { statement: outcome.statement }) };
  }
  const [first] = steps;
  if (!failure && context.signal.aborted && first && parts.length > 0)
    failure = { step: parts[0]?.step ?? first, error: abortError(context.signal) };
  if (failure) await context.session.run('rollback').catch(() => {});
  return failure ?? { done };

  function send(step: Step, position: number): ReturnType<typeof sendTransaction> {
    return sendTransaction(context, watch, {
      step,
      prelude:
        position === 0
          ? preludeSql(context, { expectedRows: context.rowCount, relaxCommit: false })
          : 'select pg_backend_pid() as pid',
      statements: step.statements,
      record: recordDone(context, step, startedAt),
      end: position === steps.length - 1 ? 'commit' : 'select 1',
    });
  }
}

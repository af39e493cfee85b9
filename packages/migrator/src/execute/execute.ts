import type { FailedStep, Plan, RunResult, Step } from '../core/types.js';
import { abortError } from '../database/abort.js';
import { executeAtomic } from './atomic.js';
import { isBackfill, runBackfillStep } from './backfill-step.js';
import { BlockerWatch } from './blockers.js';
import type { ExecuteContext } from './context.js';
import { isGated, refusalOf } from './gate.js';
import { isHistoryMoved } from './prelude.js';
import { waitBeforeRetry } from './retry.js';
import { runStepBySegments } from './segmented-step.js';
import { isSimple, RowGuard, recordFailure, sendSimpleStep } from './simple-step.js';
import { statementError } from './statement-error.js';
import { seal, type TransactionOutcome, unseal } from './transaction.js';

/**
 * Runs a plan. The only code that changes a database; it prints nothing and never exits. A failed statement is not thrown
 * but told in the result, with what was done before and what was not run. The caller holds the run lock, and has the running
 * statement cancelled when the signal is aborted.
 */
export async function execute(plan: Plan, context: ExecuteContext): Promise<RunResult> {
  const started = performance.now();
  const total = plan.steps.length;
  context.emit({
    type: 'run-started',
    steps: total,
    statements: plan.steps.reduce((sum, step) => sum + step.statements.length - step.startAt, 0),
    direction: plan.direction,
  });
  const watch = new BlockerWatch(context);
  try {
    const outcome = await (plan.atomic ? executeAtomic : executeEach)(plan.steps, context, watch);
    const result: RunResult = { direction: plan.direction, ...outcome, durationMs: performance.now() - started };
    context.emit({ type: 'run-finished', result });
    return result;
  } finally {
    await watch.stop();
  }
}

export interface Outcome {
  readonly done: RunResult['done'];
  readonly failed?: FailedStep;
  readonly notRun: readonly string[];
}

/** Migrations in flight at once, and statements: enough to hide a slow link, few enough to keep memory small. */
const WINDOW = { steps: 12, statements: 90 } as const;

async function executeEach(steps: readonly Step[], context: ExecuteContext, watch: BlockerWatch): Promise<Outcome> {
  const done: RunResult['done'][number][] = [];
  const guard = new RowGuard(context);
  const inFlight: { position: number; outcome: () => Promise<TransactionOutcome> }[] = [];
  let next = 0;
  let attempt = 0;

  const fail = async (position: number, failed: FailedStep): Promise<Outcome> => {
    context.emit({ type: 'step-failed', tag: failed.tag, position, total: steps.length });
    return { done, failed, notRun: steps.slice(position + 1).map(({ tag }) => tag) };
  };

  while (next < steps.length || inFlight.length > 0) {
    while (next < steps.length && !context.signal.aborted && hasRoom(steps, next, inFlight.length, context)) {
      const step = steps[next];
      if (!step || !isSimple(step)) break;
      if (isGated(step, context)) {
        // Nothing is sent ahead of the answer, which must be about now.
        if (inFlight.length > 0) break;
        const refusal = await refusalOf(step, context, { mayWait: true });
        if (refusal) return fail(next, refusal);
        if (context.signal.aborted) break;
      }
      if (inFlight.length === 0) seal(context);
      inFlight.push({
        position: next,
        outcome: sendSimpleStep(step, context, watch, guard, { isLast: next === steps.length - 1 }),
      });
      next += 1;
    }
    const head = inFlight.shift();
    const position = head?.position ?? next;
    const step = steps[position];
    if (!step) break;
    const startedEvent = {
      tag: step.tag,
      position,
      total: steps.length,
      statements: step.statements.length,
      startAt: step.startAt,
    };
    if (!head) {
      // Only a step that needs care, or an abort, leaves the pipeline empty.
      if (context.signal.aborted)
        return fail(position, { tag: step.tag, statementsKept: 0, error: abortError(context.signal) });
      const refusal = await refusalOf(step, context, { mayWait: true });
      if (refusal) return fail(position, refusal);
      context.emit({ type: 'step-started', ...startedEvent });
      unseal(context);
      const isLast = position === steps.length - 1;
      const outcome = isBackfill(step)
        ? await runBackfillStep(step, context, watch, guard, { isLast })
        : await runStepBySegments(step, context, watch, guard, { isLast });
      if ('error' in outcome) return fail(position, outcome);
      done.push({ tag: step.tag, durationMs: outcome.durationMs, statements: step.statements.length - step.startAt });
      context.emit({
        type: 'step-finished',
        tag: step.tag,
        position,
        total: steps.length,
        durationMs: outcome.durationMs,
      });
      next = position + 1;
      continue;
    }
    if (attempt === 0) context.emit({ type: 'step-started', ...startedEvent });
    const outcome = await head.outcome();
    if (outcome.ok) {
      guard.confirm(step);
      attempt = 0;
      done.push({ tag: step.tag, durationMs: outcome.durationMs, statements: step.statements.length });
      context.emit({
        type: 'step-finished',
        tag: step.tag,
        position,
        total: steps.length,
        durationMs: outcome.durationMs,
      });
      continue;
    }
    // What was sent behind it has failed on the guard; wait until the connection is quiet again.
    const blockers = watch.seen;
    for (const later of inFlight.splice(0)) await later.outcome();
    guard.rewind();
    next = position;
    attempt += 1;
    if (isHistoryMoved(outcome.error) && (await guard.adopt(steps.slice(position)))) continue;
    const index = outcome.statement?.index ?? 0;
    if (await waitBeforeRetry(outcome.error, attempt, { step, index, blockers }, context)) continue;
    const error = context.signal.aborted
      ? abortError(context.signal)
      : statementError(outcome.error, step, outcome.statement, {
          state: 'Nothing of this migration was kept.',
          blockers,
          attempts: attempt,
        });
    unseal(context);
    await recordFailure(context, step, error.message, 0);
    return fail(position, {
      tag: step.tag,
      ...(outcome.statement && { statement: outcome.statement }),
      statementsKept: 0,
      error,
    });
  }
  return { done, notRun: [] };
}

function hasRoom(steps: readonly Step[], next: number, inFlight: number, { pooled }: ExecuteContext): boolean {
  if (inFlight >= (pooled ? 1 : WINDOW.steps)) return false;
  const waiting = steps.slice(next - inFlight, next).reduce((sum, step) => sum + step.statements.length + 3, 0);
  return inFlight === 0 || waiting + (steps[next]?.statements.length ?? 0) < WINDOW.statements;
}

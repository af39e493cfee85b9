import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionInfo, Step } from '../core/types.js';
import type { ExecuteContext } from './context.js';
import { postgresFacts } from './statement-error.js';

/** Lock timeout and deadlock: the transaction was rolled back, and the same may succeed a moment later. */
const RETRYABLE = new Map([
  ['55P03', 'lock timeout'],
  ['40P01', 'deadlock'],
]);

export function retryReason(code: string): string | undefined {
  return RETRYABLE.get(code);
}

/** Milliseconds before the next attempt: longer each time, and not the same for two who wait for each other. */
export function retryDelay(attempt: number): number {
  return Math.round(Math.min(10_000, 250 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2));
}

/**
 * Waits and returns true if a failed migration is worth another attempt. Between attempts it holds nothing, so that the
 * application's queries, which had queued behind it, get their turn.
 */
export async function waitBeforeRetry(
  error: unknown,
  attempt: number,
  at: { readonly step: Step; readonly index: number; readonly blockers: readonly SessionInfo[] },
  context: ExecuteContext,
): Promise<boolean> {
  const reason = retryReason(postgresFacts(error).code);
  if (!reason || attempt > context.timeouts.lockRetries || context.signal.aborted) return false;
  const delayMs = retryDelay(attempt);
  context.emit({
    type: 'retrying',
    tag: at.step.tag,
    index: at.index,
    attempt,
    delayMs,
    reason,
    blockers: at.blockers,
  });
  await sleep(delayMs, undefined, { signal: context.signal }).catch(() => {});
  return !context.signal.aborted;
}

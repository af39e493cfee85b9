import type { FailedStep, Step } from '../core/types.js';
import { abortError } from '../database/abort.js';
import type { ExecuteContext } from './context.js';

/** Whether somebody is to be asked before the step runs. */
export function isGated({ phase, direction }: Step, { gate }: ExecuteContext): boolean {
  return gate !== undefined && phase === 'contract' && direction === 'up';
}

/** Why a contract migration may not run now; undefined if it may. */
export async function refusalOf(
  step: Step,
  context: ExecuteContext,
  options: { readonly mayWait: boolean },
): Promise<FailedStep | undefined> {
  if (!isGated(step, context)) return undefined;
  try {
    await context.gate?.(step, options);
    return undefined;
  } catch (error) {
    const shown = context.signal.aborted ? abortError(context.signal) : error;
    return { tag: step.tag, statementsKept: 0, error: shown instanceof Error ? shown : new Error(String(shown)) };
  }
}

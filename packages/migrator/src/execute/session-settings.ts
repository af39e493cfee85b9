import type { Step } from '../core/types.js';
import type { ExecuteContext } from './context.js';
import { isSealed } from './transaction.js';

/** Whether a file sets something for its session, or the like. */
export function touchesSession({ statements }: Step): boolean {
  return statements.some(({ session, kind }) => session !== undefined || kind === 'Unparsed' || kind === 'TooLarge');
}

/**
 * Takes back what a file has set for its session. The next one must find what it would find in a run of its own: else a new
 * database would get another schema than one that was migrated file by file. Sent in order, without waiting. Behind a pooler
 * nobody knows which session it would reach.
 */
export function resetSession(context: ExecuteContext, step: Step): void {
  if (context.pooled || !touchesSession(step)) return;
  const text = [
    'reset session authorization',
    'reset role',
    'reset all',
    'deallocate all',
    'unlisten *',
    'select pg_advisory_unlock_all()',
    'discard temp',
    ...context.settings,
    ...(isSealed(context) ? ['set default_transaction_read_only = on'] : []),
  ];
  context.session.run(text.join(';\n')).catch(() => {});
}

/**
 * For our own records in a transaction of a file that has changed its role: as whoever logged in, until the transaction ends
 * or the savepoint is gone.
 */
export function asOurselves(step: Step): string[] {
  return step.statements.some(({ session }) => session === 'setting')
    ? ['set local session authorization default', 'set local role none']
    : [];
}

/** The settings that finished statements had made in the session of the run before. */
export function settingsBefore(step: Step): string[] {
  return step.statements.slice(0, step.startAt).flatMap(({ session, text }) => (session === 'setting' ? [text] : []));
}

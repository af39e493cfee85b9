import { quoteName } from '../sql/quote.js';
import type { ExecuteContext } from './context.js';

/** SQLSTATE that our guard raises when somebody else has changed the tracking table. */
export const HISTORY_MOVED = 'MG001';

/**
 * Opens a migration's transaction, in one message: time limits, the step lock, and the guard that the tracking table
 * holds what this run knows of. The guard is what makes it safe to send a migration before the answer to the one before
 * has come: if that one failed, its row is missing and this one fails too, before its first statement.
 */
export function preludeSql(
  context: ExecuteContext,
  options: {
    readonly expectedRows: number;
    /** A condition on the row of the migration sent just before. */
    readonly predecessor?: string;
    readonly relaxCommit: boolean;
    readonly begin?: string | undefined;
  },
): string {
  const { names, keys, timeouts } = context;
  const table = quoteName(names.schema, names.table);
  const moved = `(select count(*) from ${table}) <> ${options.expectedRows}${options.predecessor ? ` or not ${options.predecessor}` : ''}`;
  return [
    options.begin ?? 'begin isolation level read committed',
    'set transaction read write',
    `select pg_backend_pid() as pid, set_config('lock_timeout', '${timeouts.lockTimeoutMs}ms', true)${options.relaxCommit ? ", set_config('synchronous_commit', 'off', true)" : ''}`,
    `select set_config(name, '0', true) from pg_settings where name in ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`,
    `select pg_advisory_xact_lock(${keys.step[0]}, ${keys.step[1]})`,
    `do $migrator$ begin if ${moved} then raise exception 'the tracking table has changed during the run' using errcode = '${HISTORY_MOVED}'; end if; end $migrator$`,
  ].join(';\n');
}

import { liftLimits } from '../database/limits.js';
import { quoteName } from '../sql/quote.js';
import type { ExecuteContext } from './context.js';

const MOVED = 'migrator: the tracking table has changed during the run';

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
    /** Who logged in, where the file may have taken another role by now; see `asOurselves`. */
    readonly ourselves?: readonly string[];
  },
): string {
  const { names, keys, timeouts, serverVersion } = context;
  const table = quoteName(names.schema, names.table);
  const count = `(select count(*) from ${table})`;
  const moved = `${count} <> ${options.expectedRows}${options.predecessor ? ` or not ${options.predecessor}` : ''}`;
  return [
    ...(options.begin === undefined
      ? ['begin isolation level read committed read write']
      : [options.begin, 'set transaction read write']),
    `select pg_backend_pid() as pid, set_config('lock_timeout', '${timeouts.lockTimeoutMs}ms', true), ${liftLimits(serverVersion, 'transaction')}${options.relaxCommit ? ", set_config('synchronous_commit', 'off', true)" : ''}`,
    `select pg_advisory_xact_lock(${keys.step[0]}, ${keys.step[1]})`,
    ...as(
      options.ourselves ?? [],
      // A number that is none raises an error without the cost of a DO block; the count keeps it from being read in advance.
      `select case when ${moved} then ('${MOVED}, rows: ' || ${count})::int end`,
    ),
  ].join(';\n');
}

/** A savepoint takes back what was set for the statement. */
function as(settings: readonly string[], statement: string): string[] {
  if (settings.length === 0) return [statement];
  return ['savepoint migrator', ...settings, statement, 'rollback to savepoint migrator', 'release savepoint migrator'];
}

/** Whether it was our guard that failed: somebody else has changed the tracking table. */
export function isHistoryMoved(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '22P02' && error.message.includes(MOVED);
}

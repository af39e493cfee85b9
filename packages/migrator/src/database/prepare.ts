import { MigratorError } from '../errors/migrator-error.js';
import { quoteLiteral } from '../sql/quote.js';
import { sqlstate, type TrackingState } from './history.js';
import type { Session } from './session.js';
import { createTrackingSql, type TrackingNames } from './tracking.js';

/**
 * Makes what is missing of the tracking schema, drizzle's table and our log, in one transaction, and readies the session for
 * a run. To be called under the run lock. Throws `permission-denied`, naming the grant.
 */
export async function prepareDatabase(
  session: Session,
  names: TrackingNames,
  facts: TrackingState & { readonly settings: readonly string[]; readonly namesRows: boolean },
): Promise<void> {
  const missing = createTrackingSql(names, {
    schema: !facts.schemaExists,
    table: !facts.tableExists,
    log: !facts.logExists,
    namesRows: facts.namesRows,
  });
  const creation = missing.length > 0 ? ['begin', ...missing, 'commit'] : [];
  try {
    await session.run([...creation, ...facts.settings].join(';\n'));
  } catch (error) {
    if (missing.length > 0) await session.run('rollback').catch(() => {});
    throw sqlstate(error) === '42501' ? mayNotCreate(error, names, facts.schemaExists) : error;
  }
}

/** What a session that executes migrations sets for itself. */
export function executorSettings(executorName: string, serverVersion: number, pooled: boolean): string[] {
  const direct = [
    // A killed client's statement then ends within a second, instead of holding its locks to the end.
    `set client_connection_check_interval = '1s'`,
    'set idle_session_timeout = 0',
  ];
  return [`set application_name = ${quoteLiteral(executorName)}`, ...(serverVersion >= 14 && !pooled ? direct : [])];
}

function mayNotCreate(cause: unknown, { schema }: TrackingNames, schemaExists: boolean): MigratorError {
  return new MigratorError('permission-denied', {
    message: `The role may not make the tracking tables: ${(cause as Error).message}.`,
    where: `schema ${schema}`,
    state: 'Nothing was changed.',
    fix: schemaExists
      ? `Let an owner run \`grant create, usage on schema ${schema} to <role>\`, or migrate with a role that may.`
      : `Let an owner run \`create schema ${schema} authorization <role>\`, or \`grant create on database <name> to <role>\`.`,
    cause,
  });
}

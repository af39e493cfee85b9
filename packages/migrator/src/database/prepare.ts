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
  facts: TrackingState & {
    readonly settings: readonly string[];
    readonly namesRows: boolean;
    readonly backfills?: boolean;
  },
): Promise<void> {
  const missing = createTrackingSql(names, {
    schema: !facts.schemaExists,
    table: !facts.tableExists,
    log: !facts.logExists,
    backfills: facts.backfills === true && !facts.backfillsExist,
    namesRows: facts.namesRows,
  });
  const creation = missing.length > 0 ? ['begin', ...missing, 'commit'] : [];
  try {
    await createdOnce(session, [...creation, ...facts.settings].join(';\n'));
  } catch (error) {
    throw sqlstate(error) === '42501' ? mayNotCreate(error, names, facts.schemaExists) : error;
  }
}

/** Unique violation, duplicate schema, duplicate table: what IF NOT EXISTS says when somebody else is a moment earlier. */
const RACES = ['23505', '42P06', '42P07'];

/** Another project, under a lock of its own, may make the same schema or log at this moment, as may drizzle-kit. */
async function createdOnce(session: Session, text: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await session.run(text);
      return;
    } catch (error) {
      if (!session.isClosed) await session.run('rollback').catch(() => {});
      if (attempt >= 5 || !RACES.includes(sqlstate(error))) throw error;
    }
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

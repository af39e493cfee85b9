import { MigratorError } from '../errors/migrator-error.js';
import { quoteIdent, quoteLiteral, quoteName } from '../sql/quote.js';
import { sqlstate } from './history.js';
import type { Session } from './session.js';
import { createTrackingSql, LOG_TABLE, type TrackingNames } from './tracking.js';

/**
 * Makes what is missing of the tracking schema, drizzle's table and our log, in one transaction. To be run under the run
 * lock. Throws `permission-denied`, naming the grant.
 */
export async function prepareDatabase(
  session: Session,
  names: TrackingNames,
  facts: {
    readonly tableExists: boolean;
    readonly serverVersion: number;
    readonly pooled: boolean;
    readonly executorName: string;
  },
): Promise<void> {
  const [found] = await session.rows<{ schema: boolean; log: boolean }>(
    `select to_regnamespace(${quoteLiteral(quoteIdent(names.schema))}) is not null as schema, to_regclass(${quoteLiteral(quoteName(names.schema, LOG_TABLE))}) is not null as log`,
  );
  const missing = createTrackingSql(names, {
    schema: found?.schema !== true,
    table: !facts.tableExists,
    log: found?.log !== true,
  });
  if (missing.length > 0) {
    try {
      await session.run(['begin', ...missing, 'commit'].join(';\n'));
    } catch (error) {
      await session.run('rollback').catch(() => {});
      throw sqlstate(error) === '42501' ? mayNotCreate(error, names, found?.schema === true) : error;
    }
  }
  // A killed client's statement then ends within a second, instead of holding its locks to the end.
  const watchClient = facts.serverVersion >= 14 && !facts.pooled ? `; set client_connection_check_interval = '1s'` : '';
  await session.run(`set application_name = ${quoteLiteral(facts.executorName)}${watchClient}`);
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

import type { Session } from './session.js';

/**
 * Setting of a database that says what it is for: `alter database music set migrator.environment = 'production'`. It stands in
 * `pg_db_role_setting`, so that a dump of the database that is restored elsewhere does not carry it along.
 */
export const ENVIRONMENT_SETTING = 'migrator.environment';

/** Whether the database itself says that it is one of production. */
export async function isMarkedProduction(session: Session): Promise<boolean> {
  const [row] = await session.rows<{ environment: string | null }>(
    `select current_setting('${ENVIRONMENT_SETTING}', true) as environment`,
  );
  return /^prod/i.test(row?.environment ?? '');
}

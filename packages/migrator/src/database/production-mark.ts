import type { Session } from './session.js';

/**
 * Setting of a database that says what it is for: `alter database music set migrator.environment = 'production'`. It stands in
 * `pg_db_role_setting`, so that a dump of the database that is restored elsewhere does not carry it along.
 */
export const ENVIRONMENT_SETTING = 'migrator.environment';

/** Whether the database itself says that it is one of production; a pooled session may be older than the mark. */
export async function isMarkedProduction(session: Session): Promise<boolean> {
  const rows = await session.rows<{ environment: string | null }>(
    `select current_setting('${ENVIRONMENT_SETTING}', true) as environment
     union all select split_part(setting, '=', 2) from pg_catalog.pg_db_role_setting s
       join pg_catalog.pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) setting
     where d.datname = current_database() and s.setrole = 0 and split_part(setting, '=', 1) = '${ENVIRONMENT_SETTING}'`,
  );
  return rows.some(({ environment }) => /^prod/i.test(environment ?? ''));
}

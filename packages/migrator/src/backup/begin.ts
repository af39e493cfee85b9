import { sqlstate } from '../database/history.js';
import { liftLimits } from '../database/limits.js';
import type { Session } from '../database/session.js';
import { quoteName } from '../sql/quote.js';
import { OF_USERS } from './read-database.js';

interface LockedTable {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
}

/** How often tables may come and go between being listed and being seen. */
const ATTEMPTS = 20;

/**
 * Begins the transaction that all is read in. Every table is locked against DDL before the snapshot is taken: to an older
 * snapshot, a table that was emptied or written anew meanwhile looks empty. Throws `55P03` where a lock has to be waited for
 * longer than that.
 */
export async function beginDump(
  session: Session,
  lockTimeoutMs: number,
): Promise<{ readonly major: number; readonly pid: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const { major, tables } = await listTables(session);
    try {
      await lockTables(session, { major, tables, lockTimeoutMs });
      const pid = await takeSnapshot(session, major);
      const locked = new Set(tables.map(({ oid }) => oid));
      if ((await listTables(session)).tables.every(({ oid }) => locked.has(oid))) return { major, pid };
    } catch (error) {
      // Dropped, or renamed, since it was listed.
      if (!['42P01', '3F000'].includes(sqlstate(error))) throw error;
    }
    await session.run('rollback');
    if (attempt === ATTEMPTS)
      throw new Error(
        'Tables are made or dropped all the time: no moment was found in which all of them could be locked',
      );
  }
}

async function listTables(session: Session): Promise<{ major: number; tables: readonly LockedTable[] }> {
  const [row] = await session.rows<{ major: number; tables: readonly LockedTable[] }>(
    `select current_setting('server_version_num')::int / 10000 as major,
       (select coalesce(json_agg(json_build_object('oid', c.oid::text, 'schema', n.nspname, 'name', c.relname)), '[]')
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and c.relpersistence <> 't' and ${OF_USERS}) as tables`,
  );
  return { major: Number(row?.major), tables: row?.tables ?? [] };
}

/** With `set` and `lock` only: a query would take the snapshot. Amounts of type money are written as they are read again. */
async function lockTables(
  session: Session,
  { major, tables, lockTimeoutMs }: { major: number; tables: readonly LockedTable[]; lockTimeoutMs: number },
): Promise<void> {
  const limits = [
    'statement_timeout',
    'idle_in_transaction_session_timeout',
    ...(major >= 17 ? ['transaction_timeout'] : []),
  ];
  await session.run(
    `begin isolation level repeatable read read only;
     ${limits.map((name) => `set local ${name} = 0`).join('; ')}; set local lc_monetary = 'C'; set local lock_timeout = ${Math.max(1, Math.round(lockTimeoutMs))}`,
  );
  for (let from = 0; from < tables.length; from += 500) {
    const names = tables.slice(from, from + 500).map(({ schema, name }) => quoteName(schema, name));
    await session.run(`lock table only ${names.join(', only ')} in access share mode`);
  }
}

async function takeSnapshot(session: Session, major: number): Promise<number> {
  const [row] = await session.rows<{ pid: number }>(
    `select pg_backend_pid() as pid, ${liftLimits(major, 'transaction')}, set_config('lock_timeout', '0', true)`,
  );
  return Number(row?.pid);
}

import type { Session } from '../database/session.js';

/** Rows that sequential scans of all sessions have read so far, by oid. Before Postgres 15 nobody can say when the count is complete: empty. */
export async function readScans(session: Session, version: number): Promise<ReadonlyMap<string, number>> {
  if (version < 15) return new Map();
  const rows = await session.rows<{ readonly oid: string; readonly read: string }>(
    `select relid::text as oid, seq_tup_read::text as read from pg_catalog.pg_stat_all_tables
     where relid >= 16384 and schemaname not like 'pg\\_%' and seq_tup_read > 0`,
  );
  return new Map(rows.map(({ oid, read }) => [oid, Number(read)]));
}

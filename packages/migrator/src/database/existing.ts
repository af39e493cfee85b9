import { quoteLiteral } from '../sql/quote.js';
import type { Session } from './session.js';
import { BACKFILLS_TABLE, LOG_TABLE, type TrackingNames } from './tracking.js';

/** Whether there is any relation of users but the tracking tables: an empty database needs no closer look. */
export async function hasRelations(session: Session, { schema, table }: TrackingNames): Promise<boolean> {
  const rows = await session.rows<{ found: boolean }>(
    `select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
         and not (n.nspname = ${quoteLiteral(schema)} and c.relname in (${quoteLiteral(table)}, ${quoteLiteral(LOG_TABLE)}, ${quoteLiteral(BACKFILLS_TABLE)}))) as found`,
  );
  return rows[0]?.found === true;
}

/** Which of the relations there are; names as SQL writes them. */
export async function existingRelations(session: Session, names: readonly string[]): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const rows = await session.rows<{ name: string }>(
    `select name from unnest(${quoteLiteral(names)}::text[]) name where to_regclass(name) is not null`,
  );
  return new Set(rows.map(({ name }) => name));
}

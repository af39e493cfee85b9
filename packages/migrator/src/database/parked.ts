import { quoteIdent, quoteName } from '../sql/quote.js';
import { sqlstate } from './history.js';
import type { Session } from './session.js';

/** An entry of the registry of parked drops, with what there is of it now. */
export interface ParkedObject {
  readonly id: number;
  readonly kind: 'column' | 'table' | 'sequence' | 'type';
  /** What it was called: `public.songs.title`. */
  readonly name: string;
  /** The column's name now, or the schema that it was moved to. */
  readonly parkedAs: string;
  /** Tag of the migration that parked it. */
  readonly migration: string;
  readonly parkedAt: Date;
  readonly ageMs: number;
  /** The table that it is, or is a column of, as it is called now; absent for types and for what is gone. */
  readonly table?: { readonly schema: string; readonly table: string };
  /** Name of the type that it is. */
  readonly type?: string;
  /** False where somebody has dropped it by hand. */
  readonly exists: boolean;
  /** Of a table with its indexes; of a column by the statistics. Null where that is not known. */
  readonly bytes: number | null;
}

/** What is parked in this database, oldest first; nothing where nothing was ever parked. */
export async function readParked(session: Session, registry: { readonly schema: string; readonly table: string }) {
  const rows = await session
    .rows(
      `select p.id, p.kind, p.name, p.parked_as, p.migration, p.parked_at,
         extract(epoch from clock_timestamp() - p.parked_at) * 1000 as age, n.nspname as schema, c.relname as table, t.typname as type,
         case p.kind when 'column' then a.attname is not null when 'type' then t.oid is not null else c.oid is not null and n.nspname = p.parked_as end as exists,
         (case p.kind when 'table' then pg_total_relation_size(c.oid)
           when 'column' then (select (s.avg_width * greatest(c.reltuples, 0) * (1 - s.null_frac))::bigint from pg_stats s
             where s.schemaname = n.nspname and s.tablename = c.relname and s.attname = p.parked_as) end)::text as bytes
       from ${quoteName(registry.schema, registry.table)} p
         left join pg_class c on c.oid = p.relation left join pg_namespace n on n.oid = c.relnamespace
         left join pg_attribute a on a.attrelid = c.oid and a.attname = p.parked_as and not a.attisdropped
         left join pg_type t on p.kind = 'type' and t.typnamespace = to_regnamespace(quote_ident(p.parked_as)) and t.typtype in ('e', 'd', 'c', 'r')
       where p.purged_at is null order by p.id`,
    )
    .catch(nothingParked);
  return rows.map(
    (row): ParkedObject => ({
      id: Number(row.id),
      kind: row.kind as ParkedObject['kind'],
      name: String(row.name),
      parkedAs: String(row.parked_as),
      migration: String(row.migration),
      parkedAt: row.parked_at as Date,
      ageMs: Number(row.age),
      ...(row.table !== null && { table: { schema: String(row.schema), table: String(row.table) } }),
      ...(row.type !== null && { type: String(row.type) }),
      exists: row.exists === true,
      bytes: row.bytes === null ? null : Number(row.bytes),
    }),
  );
}

/** What was parked once, is purged, and has not been parked again since. */
export async function readPurged(
  session: Session,
  registry: { readonly schema: string; readonly table: string },
): Promise<{ readonly name: string; readonly parkedAs: string; readonly purgedAt: Date }[]> {
  const rows = await session
    .rows(
      `select name, parked_as, purged_at from ${quoteName(registry.schema, registry.table)} gone
       where purged_at is not null and not exists (select from ${quoteName(registry.schema, registry.table)} p
         where p.purged_at is null and p.name = gone.name and p.parked_as = gone.parked_as)
       order by id`,
    )
    .catch(nothingParked);
  return rows.map((row) => ({
    name: String(row.name),
    parkedAs: String(row.parked_as),
    purgedAt: row.purged_at as Date,
  }));
}

/**
 * Destroys one parked thing, and notes that it is gone: the statements of one transaction. Without CASCADE: what somebody
 * still uses stays.
 */
export function purgeSql(
  parked: ParkedObject,
  registry: { readonly schema: string; readonly table: string },
): string[] {
  return [
    ...(parked.exists ? dropSql(parked) : []),
    ...(parked.kind === 'column' ? [] : [`drop schema if exists ${quoteIdent(parked.parkedAs)}`]),
    `update ${quoteName(registry.schema, registry.table)} set purged_at = now() where id = ${parked.id}`,
  ];
}

function dropSql({ kind, parkedAs, table, type }: ParkedObject): string[] {
  if (kind === 'type') return type === undefined ? [] : [`drop type ${quoteName(parkedAs, type)}`];
  if (!table) return [];
  const relation = quoteName(table.schema, table.table);
  return [
    kind === 'column' ? `alter table ${relation} drop column ${quoteIdent(parkedAs)}` : `drop ${kind} ${relation}`,
  ];
}

function nothingParked(error: unknown): [] {
  if (['42P01', '3F000', '42501'].includes(sqlstate(error))) return [];
  throw error;
}

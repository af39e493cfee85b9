import type { Session } from './session.js';

/** Rows, as the planner estimates them, and bytes with indexes and TOAST, by `schema.table`. */
export type TableSizes = Readonly<Record<string, { readonly rows: number; readonly bytes: number }>>;

/**
 * The sizes of all tables and materialized views of a database; a partitioned table is as large as its partitions. Reads the catalog only, and
 * waits for nobody. A table that was never analysed is taken to have 100 rows a page.
 */
export async function readTableSizes(session: Session): Promise<TableSizes> {
  const rows = await session.rows<{ name: string; rows: string; bytes: string }>(
    `select n.nspname || '.' || c.relname as name, sum(case when p.reltuples < 0 then p.relpages * 100.0 else p.reltuples end)::bigint::text as rows,
            sum(pg_total_relation_size(p.oid))::text as bytes
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join lateral (
       select p.* from pg_class p where p.oid = c.oid and c.relkind <> 'p'
       union all
       select p.* from pg_partition_tree(c.oid) t join pg_class p on p.oid = t.relid where c.relkind = 'p' and t.isleaf
     ) p on true
     where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%'
     group by 1 order by 1`,
  );
  return Object.fromEntries(
    rows.map(({ name, ...size }) => [name, { rows: Number(size.rows), bytes: Number(size.bytes) }]),
  );
}

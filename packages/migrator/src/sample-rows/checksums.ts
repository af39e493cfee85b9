import type { Session } from '../database/session.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';

/**
 * A digest of the rows of every ordinary and partitioned table, by `schema.name`: equal if and only if the rows are, in
 * whatever order they and the columns stand. For the small tables of scratch databases.
 */
export async function rowChecksums(
  session: Session,
  options: { readonly schemas: readonly string[] },
): Promise<ReadonlyMap<string, string>> {
  const tables = await session.rows<{ name: string; columns: string[] }>(`
    select format('%I.%I', n.nspname, c.relname) as name,
      (select coalesce(json_agg(a.attname order by a.attname), '[]') from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any(${quoteLiteral(options.schemas)}) order by 1`);
  const digests = await Promise.all(
    tables.map(({ name, columns }) => {
      const row = columns.length === 0 ? "''" : `row(${columns.map((column) => quoteIdent(column)).join(', ')})::text`;
      return session.rows<{ digest: string }>(
        `select count(*) || ' ' || coalesce(md5(string_agg(md5(${row}), '' order by md5(${row}))), '') as digest from ${name}`,
      );
    }),
  );
  return new Map(tables.map(({ name }, n) => [name, digests[n]?.[0]?.digest ?? '']));
}

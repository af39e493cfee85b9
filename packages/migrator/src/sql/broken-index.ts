import { quoteIdent, quoteLiteral, quoteName } from './quote.js';
import type { SyntaxStatement } from './split.js';

/**
 * What has to run before CREATE INDEX IF NOT EXISTS in a transaction: an INVALID index of that name, left by a concurrent build
 * that failed, would be taken for the real one. It takes the lock that CREATE INDEX takes anyway, with which no build can run
 * beside it (a materialised view cannot be locked by itself). The CONCURRENTLY form is looked after where it runs.
 */
export function brokenIndexGuard({ kind, node }: SyntaxStatement): string | undefined {
  if (kind !== 'IndexStmt' || node.concurrent || !node.if_not_exists || typeof node.idxname !== 'string')
    return undefined;
  const { schemaname, relname } = (node.relation ?? {}) as { schemaname?: string; relname?: string };
  if (relname === undefined) return undefined;
  const table = schemaname === undefined ? quoteIdent(relname) : quoteName(schemaname, relname);
  return `do $migrator$ declare found pg_class; broken text; begin
  select * into found from pg_class where oid = to_regclass(${quoteLiteral(table)});
  if found.relkind in ('r', 'p') then lock table ${table} in share mode; end if;
  select c.oid::regclass into broken from pg_index i join pg_class c on c.oid = i.indexrelid
  where i.indrelid = found.oid and c.relname = ${quoteLiteral(node.idxname)} and c.relkind = 'i' and not i.indisvalid;
  if broken is not null then execute 'drop index ' || broken; end if;
end $migrator$`;
}

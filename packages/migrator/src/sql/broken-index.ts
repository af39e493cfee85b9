import { quoteIdent, quoteLiteral, quoteName } from './quote.js';
import type { SyntaxStatement } from './split.js';

/**
 * What has to run before CREATE INDEX IF NOT EXISTS in a transaction: an INVALID index of that name, left by a concurrent build
 * that failed, would be taken for the real one. One that is being built at this moment is left alone. The CONCURRENTLY form
 * is looked after where it runs.
 */
export function brokenIndexGuard({ kind, node }: SyntaxStatement): string | undefined {
  if (kind !== 'IndexStmt' || node.concurrent || !node.if_not_exists || typeof node.idxname !== 'string')
    return undefined;
  const { schemaname, relname } = (node.relation ?? {}) as { schemaname?: string; relname?: string };
  if (relname === undefined) return undefined;
  const table = schemaname === undefined ? quoteIdent(relname) : quoteName(schemaname, relname);
  return `do $migrator$ declare broken text; begin
  select c.oid::regclass into broken from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = to_regclass(${quoteLiteral(table)})
  where c.relname = ${quoteLiteral(node.idxname)} and c.relnamespace = t.relnamespace and c.relkind = 'i' and not i.indisvalid
    and not exists (select from pg_locks l where l.relation = t.oid and l.mode = 'ShareUpdateExclusiveLock' and l.granted and l.pid <> pg_backend_pid());
  if broken is not null then execute 'drop index ' || broken; end if;
end $migrator$`;
}

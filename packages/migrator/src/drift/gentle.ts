import type { Catalog } from '../catalog/index.js';
import type { CatalogStatement } from '../catalog-sql/index.js';

/**
 * The same with less waiting, for a database that others use: an index is built CONCURRENTLY, and a constraint is checked after it
 * is there, each in a statement that must not share a transaction. Only where the table is there and holds rows itself. Pure.
 */
export function gentle({ key, action, sql }: CatalogStatement, expected: Catalog, live: Catalog): readonly string[] {
  const object = expected.get(key);
  const holder = live.get(object?.of ?? '');
  if (action !== 'create' || !object || !holder) return [sql];
  const isPartitioned = holder.kind === 'table' && holder.facts.type === 'partitioned';
  if (isPartitioned) return [sql];
  if (object.kind === 'index')
    return [sql.replace(/^CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)/, 'CREATE $1INDEX CONCURRENTLY ')];
  if (object.kind !== 'constraint' || !/^(?:check|foreign-key)$/.test(object.facts.type)) return [sql];
  const add = /^(alter table .+) add (constraint .+)$/s.exec(sql);
  if (!add || / NOT (?:VALID|ENFORCED)$/.test(sql)) return [sql];
  const [, table = '', constraint = ''] = add;
  const name = /^constraint "(?:[^"]|"")+"/.exec(constraint)?.[0] ?? '';
  const referenced = object.facts.references;
  const target = referenced === undefined ? undefined : live.get(`table:${referenced}`);
  // Before version 18 a key to or from a partitioned table cannot be left unchecked.
  if (name === '' || (target?.kind === 'table' && target.facts.type === 'partitioned')) return [sql];
  return [`${sql} NOT VALID`, `${table} validate ${name}`];
}

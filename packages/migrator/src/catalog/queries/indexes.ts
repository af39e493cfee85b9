import { type CatalogRow, defineQuery, isUserSchema, isUsers, joinWords, makeObject, relationKey } from './query.js';

interface IndexRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly table: string;
  readonly relkind: string;
  readonly definition: string;
  readonly unique: boolean;
  readonly valid: boolean;
  readonly clustered: boolean;
  readonly method: string;
}

/** Without those of constraints, which the constraint says, and those that a partition has from its parent. */
export const indexes = defineQuery<IndexRow>({
  catalog: 'pg_class',
  sql: (scope) =>
    `select x.oid, n.nspname as schema, x.relname as name, c.relname as table, c.relkind,
       pg_get_indexdef(x.oid) as definition, i.indisunique as unique, i.indisvalid and i.indisready as valid,
       i.indisclustered as clustered, am.amname as method
     from pg_index i join pg_class x on x.oid = i.indexrelid join pg_class c on c.oid = i.indrelid
       join pg_namespace n on n.oid = x.relnamespace join pg_am am on am.oid = x.relam
     where not x.relispartition and ${isUserSchema('n', scope)} and ${isUsers('pg_class', 'c.oid')}
       and not exists (select from pg_constraint k where k.conindid = x.oid and k.contype in ('p', 'u', 'x'))`,
  read: ({ schema, name, table, relkind, definition, unique, valid, clustered, method }) =>
    makeObject(
      'index',
      [schema, name],
      {
        schema,
        of: relationKey(relkind, schema, table),
        text: joinWords(definition, clustered && 'CLUSTER', !valid && 'INVALID'),
      },
      { unique, valid, method, clustered, definition },
    ),
});

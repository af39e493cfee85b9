import { catalogKey, objectName } from '../key.js';
import type { CatalogFacts } from '../types.js';
import { type CatalogRow, defineQuery, isUserSchema, isUsers, makeObject, relationKey } from './query.js';

interface ConstraintRow extends CatalogRow {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly type: 'c' | 'f' | 'p' | 'u' | 'x';
  readonly definition: string;
  readonly validated: boolean;
  readonly columns: readonly string[];
  readonly references: readonly [string, string] | null;
  readonly parent: readonly [string, string] | null;
}

const TYPES: Readonly<Record<ConstraintRow['type'], CatalogFacts['constraint']['type']>> = {
  c: 'check',
  f: 'foreign-key',
  p: 'primary-key',
  u: 'unique',
  x: 'exclusion',
};

/**
 * NOT NULL, a constraint of its own since version 18, is said by the column. What a partition has from its parent is said
 * by the parent: Postgres makes up the names of those, by the order in which things happened.
 */
export const constraints = defineQuery<ConstraintRow>({
  catalog: 'pg_constraint',
  sql: (scope) =>
    `with up as materialized (
       select distinct on (k.oid) k.oid, n.nspname as schema, p.relname as name
       from pg_inherits i join pg_constraint k on k.conrelid = i.inhrelid and k.coninhcount > 0 and not k.conislocal
         join pg_constraint pk on pk.conrelid = i.inhparent and pk.conname = k.conname
         join pg_class p on p.oid = i.inhparent join pg_namespace n on n.oid = p.relnamespace
       where k.contype = 'c' order by k.oid, i.inhseqno)
     select k.oid, n.nspname as schema, c.relname as table, k.conname as name, k.contype as type,
       pg_get_constraintdef(k.oid) as definition, k.convalidated as validated,
       array(select a.attname::text from unnest(k.conkey) with ordinality as u (attnum, place)
             join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum order by u.place) as columns,
       case when k.confrelid <> 0 then (select json_build_array(rn.nspname, r.relname)
         from pg_class r join pg_namespace rn on rn.oid = r.relnamespace where r.oid = k.confrelid) end as references,
       case when up.name is not null then json_build_array(up.schema, up.name) end as parent
     from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
       left join up on up.oid = k.oid
     where k.contype in ('c', 'f', 'p', 'u', 'x') and k.conparentid = 0
       and ${isUserSchema('n', scope)} and ${isUsers('pg_class', 'c.oid')}`,
  read: ({ schema, table, name, type, definition, validated, columns, references, parent }) =>
    makeObject(
      'constraint',
      [schema, table, name],
      { schema, of: relationKey('r', schema, table), text: definition },
      {
        type: TYPES[type],
        validated,
        columns,
        ...(parent && { inheritedFrom: catalogKey('constraint', ...parent, name) }),
        ...(references && { references: objectName(...references) }),
      },
    ),
});

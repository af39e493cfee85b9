import { type CatalogRow, defineQuery, hasOwn, isUserSchema, isUsers, makeObject } from './query.js';

interface CompositeRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly attributes: readonly string[];
}

/** Their attributes do have an order: values are written by it. */
export const compositeTypes = defineQuery<CompositeRow>({
  catalog: 'pg_type',
  isThere: () => hasOwn('pg_class', `relkind = 'c'`),
  sql: (scope) =>
    `select t.oid, n.nspname as schema, t.typname as name,
       array(select format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
               || case when a.attcollation <> y.typcollation then ' collate ' || a.attcollation::regcollation::text else '' end
             from pg_attribute a join pg_type y on y.oid = a.atttypid
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as attributes
     from pg_type t join pg_namespace n on n.oid = t.typnamespace join pg_class c on c.oid = t.typrelid and c.relkind = 'c'
     where t.typtype = 'c' and ${isUserSchema('n', scope)} and ${isUsers('pg_type', 't.oid')}`,
  read: ({ schema, name, attributes }) =>
    makeObject('composite-type', [schema, name], { schema, text: `(${attributes.join(', ')})` }, { attributes }),
});

import { quoteLiteral } from '../../sql/quote.js';
import { type CatalogRow, defineQuery, hasOwn, isUserSchema, isUsers, makeObject } from './query.js';

interface EnumRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly values: readonly string[];
}

export const enums = defineQuery<EnumRow>({
  catalog: 'pg_type',
  isThere: () => hasOwn('pg_type', `typtype = 'e'`),
  sql: (scope) =>
    `select t.oid, n.nspname as schema, t.typname as name,
       array(select v.enumlabel::text from pg_enum v where v.enumtypid = t.oid order by v.enumsortorder) as values
     from pg_type t join pg_namespace n on n.oid = t.typnamespace
     where t.typtype = 'e' and ${isUserSchema('n', scope)} and ${isUsers('pg_type', 't.oid')}`,
  read: ({ schema, name, values }) =>
    makeObject(
      'enum',
      [schema, name],
      { schema, text: `enum (${values.map((value) => quoteLiteral(value).trim()).join(', ')})` },
      { values },
    ),
});

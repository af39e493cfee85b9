import { type CatalogRow, defineQuery, hasOwn, isUserSchema, isUsers, makeObject, withOptions } from './query.js';

interface ViewRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly materialized: boolean;
  readonly definition: string;
  readonly options: readonly string[] | null;
}

export const views = defineQuery<ViewRow>({
  catalog: 'pg_class',
  isThere: () => hasOwn('pg_class', `relkind in ('v', 'm')`),
  sql: (scope) =>
    `select c.oid, n.nspname as schema, c.relname as name, c.relkind = 'm' as materialized,
       pg_get_viewdef(c.oid) as definition, c.reloptions as options
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('v', 'm') and ${isUserSchema('n', scope)} and ${isUsers('pg_class', 'c.oid')}`,
  read: ({ schema, name, materialized, definition, options }) => {
    const contents = { schema, text: `${withOptions(options)} ${definition}` };
    const facts = { options: options ?? [], definition: definition.trim() };
    return materialized
      ? makeObject('materialized-view', [schema, name], contents, facts)
      : makeObject('view', [schema, name], contents, facts);
  },
});

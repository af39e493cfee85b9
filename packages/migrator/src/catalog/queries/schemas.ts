import { type CatalogRow, defineQuery, isNotExtensions, isUserSchema, makeObject } from './query.js';

interface SchemaRow extends CatalogRow {
  readonly name: string;
}

export const schemas = defineQuery<SchemaRow>({
  catalog: 'pg_namespace',
  sql: (scope) =>
    `select n.oid, n.nspname as name from pg_namespace n
     where ${isUserSchema('n', scope)} and ${isNotExtensions('pg_namespace', 'n.oid')}`,
  read: ({ name }) => makeObject('schema', [name], { text: 'schema', schema: name }),
});

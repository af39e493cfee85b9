import { type CatalogRow, defineQuery, joinWords, makeObject } from './query.js';

interface ExtensionRow extends CatalogRow {
  readonly name: string;
  readonly schema: string;
  readonly version: string;
}

export const extensions = defineQuery<ExtensionRow>({
  catalog: 'pg_extension',
  sql: () =>
    `select e.oid, e.extname as name, n.nspname as schema, e.extversion as version
     from pg_extension e join pg_namespace n on n.oid = e.extnamespace`,
  read: ({ name, schema, version }, { options }) =>
    makeObject(
      'extension',
      [name],
      {
        text: joinWords(`schema ${schema}`, options.extensionVersions && `version ${version}`),
      },
      { schema, version },
    ),
});

import { type CatalogRow, defineQuery, hasOwn, isUsers, makeObject } from './query.js';

interface OtherRow extends CatalogRow {
  /** In Postgres' words: `operator class`. */
  readonly type: string;
  readonly schema: string | null;
  /** As DROP takes it. */
  readonly identity: string;
}

/** Kinds that hardly anybody makes outside of an extension. */
const CATALOGS = [
  'pg_opclass',
  'pg_opfamily',
  'pg_conversion',
  'pg_ts_parser',
  'pg_ts_template',
  'pg_language',
  'pg_foreign_data_wrapper',
  'pg_am',
  'pg_transform',
];

/** Only whether they are there is read, not what they are. */
export const others = defineQuery<OtherRow>({
  catalog: 'others',
  isThere: () => CATALOGS.map((catalog) => hasOwn(catalog)).join(' or '),
  sql: () =>
    `select o.oid, i.type, i.schema, i.identity from (${CATALOGS.map(
      (catalog) =>
        `select '${catalog}'::regclass as catalog, c.oid from ${catalog} c where ${isUsers(catalog, 'c.oid', ", 'i'")}`,
    ).join(' union all ')}) o, pg_identify_object(o.catalog, o.oid, 0) i
     where coalesce(i.schema, '') !~ '^pg_'`,
  read: ({ type, schema, identity }) => {
    const name = `${type} ${identity}`;
    const object = makeObject('other', [name], { text: type, schema: schema ?? '' });
    return { ...object, key: `other:${name}`, name };
  },
});

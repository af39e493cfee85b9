import type { Session } from '../database/session.js';

/** Kinds of objects that a catalog is not read with: catalog, column of the name, what people call it. */
const KINDS = [
  ['pg_collation', 'collname', 'collation'],
  ['pg_operator', 'oprname', 'operator'],
  ['pg_opclass', 'opcname', 'operator class'],
  ['pg_opfamily', 'opfname', 'operator family'],
  ['pg_conversion', 'conname', 'conversion'],
  ['pg_ts_config', 'cfgname', 'text search configuration'],
  ['pg_ts_dict', 'dictname', 'text search dictionary'],
  ['pg_language', 'lanname', 'language'],
  ['pg_foreign_data_wrapper', 'fdwname', 'foreign-data wrapper'],
  ['pg_foreign_server', 'srvname', 'foreign server'],
  ['pg_am', 'amname', 'access method'],
] as const;

const FIRST_OF_USERS = 16_384;

/** Names of objects of such kinds that somebody has made in the database, and no extension. */
export async function unreadObjects(session: Session): Promise<string[]> {
  const parts = [
    ...KINDS.map(([catalog, name, word]) => made(catalog, `'${word} ' || o.${name}`)),
    made('pg_cast', `format('cast from %s to %s', format_type(o.castsource, null), format_type(o.casttarget, null))`),
  ];
  const rows = await session.rows<{ name: string }>(`${parts.join(' union all ')} order by 1`);
  return rows.map(({ name }) => name);
}

function made(catalog: string, name: string): string {
  return `select (${name})::text as name from pg_catalog.${catalog} o where o.oid >= ${FIRST_OF_USERS}
    and not exists (select from pg_depend d where d.classid = 'pg_catalog.${catalog}'::regclass and d.objid = o.oid and d.deptype in ('e', 'i'))`;
}

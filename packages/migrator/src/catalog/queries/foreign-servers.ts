import { type CatalogRow, defineQuery, hasOwn, isUsers, joinWords, makeObject } from './query.js';

interface ServerRow extends CatalogRow {
  readonly name: string;
  readonly wrapper: string;
  readonly type: string | null;
  readonly version: string | null;
  /** `name=value`. */
  readonly options: readonly string[];
}

/** Options that hold a secret, by their names, are read by nobody; user mappings, which are made of them, not at all. */
const SECRET = 'pass|secret|token|credential|key';

export const foreignServers = defineQuery<ServerRow>({
  catalog: 'pg_foreign_server',
  isThere: () => hasOwn('pg_foreign_server'),
  sql: () =>
    `select s.oid, s.srvname as name, w.fdwname as wrapper, s.srvtype as type, s.srvversion as version,
       array(select o from unnest(s.srvoptions) o where split_part(o, '=', 1) !~* '${SECRET}' order by o) as options
     from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw
     where ${isUsers('pg_foreign_server', 's.oid')}`,
  read: ({ name, wrapper, type, version, options }) =>
    makeObject(
      'foreign-server',
      [name],
      {
        text: joinWords(
          `foreign data wrapper ${wrapper}`,
          type !== null && `type ${type}`,
          version !== null && `version ${version}`,
          options.length > 0 && `options (${options.join(', ')})`,
        ),
      },
      { wrapper, ...(type !== null && { type }), ...(version !== null && { version }), options },
    ),
});

import { quoteLiteral } from '../../sql/quote.js';
import { type CatalogRow, defineQuery, joinWords, makeObject } from './query.js';

interface RoleRow extends CatalogRow {
  readonly name: string;
  readonly flags: readonly string[];
  readonly connections: number;
  readonly parents: readonly string[];
}

/** Only the roles that were asked for; without any, nothing is found. */
export const roles = defineQuery<RoleRow>({
  catalog: 'pg_authid',
  isThere: (options) => String((options.roles ?? []).length > 0),
  sql: ({ options }) =>
    `select r.oid, r.rolname as name, r.rolconnlimit as connections,
       array_remove(array[
         case when r.rolsuper then 'superuser' end, case when not r.rolinherit then 'noinherit' end,
         case when r.rolcreaterole then 'createrole' end, case when r.rolcreatedb then 'createdb' end,
         case when r.rolcanlogin then 'login' end, case when r.rolreplication then 'replication' end,
         case when r.rolbypassrls then 'bypassrls' end], null) as flags,
       array(select distinct p.rolname::text from pg_auth_members m join pg_roles p on p.oid = m.roleid
             where m.member = r.oid order by 1) as parents
     from pg_roles r where r.rolname = any (${quoteLiteral(options.roles ?? [])})`,
  read: ({ name, flags, connections, parents }) =>
    makeObject('role', [name], {
      text: joinWords(
        'role',
        ...flags,
        connections >= 0 && `connection limit ${connections}`,
        parents.length > 0 && `in role ${parents.join(', ')}`,
      ),
    }),
});

import { type CatalogRow, defineQuery, makeObject } from './query.js';

interface DefaultPrivilegesRow extends CatalogRow {
  readonly owner: string;
  readonly schema: string | null;
  readonly objects: string;
  readonly grants: readonly string[];
}

const OBJECTS: Readonly<Record<string, string>> = {
  r: 'tables',
  S: 'sequences',
  f: 'functions',
  T: 'types',
  n: 'schemas',
  L: 'large objects',
};

/** Read with the option `grants`. */
export const defaultPrivileges = defineQuery<DefaultPrivilegesRow>({
  catalog: 'pg_default_acl',
  sql: ({ options }) =>
    `select d.oid, pg_get_userbyid(d.defaclrole)::text as owner, n.nspname as schema, d.defaclobjtype as objects,
       array(select format('%s to %s%s', lower(g.privilege_type), case when g.grantee = 0 then 'public' else pg_get_userbyid(g.grantee)::text end,
               case when g.is_grantable then ' with grant option' else '' end)
             from aclexplode(d.defaclacl) g order by 1) as grants
     from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace where ${options.grants === true}`,
  read: ({ owner, schema, objects, grants }) =>
    makeObject(
      'default-privileges',
      [...(schema === null ? [] : [schema]), owner, OBJECTS[objects] ?? objects],
      {
        schema: schema ?? '',
        text: grants.join(', '),
      },
      { owner, objects: OBJECTS[objects] ?? objects, grants },
    ),
});

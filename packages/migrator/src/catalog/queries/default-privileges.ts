import { type CatalogRow, defineQuery, makeObject } from './query.js';

interface DefaultPrivilegesRow extends CatalogRow {
  readonly owner: string;
  readonly schema: string | null;
  readonly objects: string;
  readonly grants: readonly string[];
  readonly revokes: readonly string[];
}

const OBJECTS: Readonly<Record<string, string>> = {
  r: 'tables',
  S: 'sequences',
  f: 'functions',
  T: 'types',
  n: 'schemas',
  L: 'large objects',
};

const PRIVILEGE = `format('%s to %s%s', lower(g.privilege_type), case when g.grantee = 0 then 'public' else pg_get_userbyid(g.grantee)::text end,
               case when g.is_grantable then ' with grant option' else '' end)`;

/** What a new object has anyway, where no schema is named; `s` is a sequence to `acldefault`. */
const USUAL = `aclexplode(case when d.defaclnamespace = 0 then acldefault(case d.defaclobjtype when 'S' then 's' else d.defaclobjtype end, d.defaclrole) end)`;

/** Of others than the owner, in `given` and not in `besides`. */
function privileges(given: string, besides: string): string {
  return `array(select ${PRIVILEGE} from ${given} g where g.grantee <> d.defaclrole and not exists (select from ${besides} u
               where (u.grantee, u.privilege_type, u.is_grantable) = (g.grantee, g.privilege_type, g.is_grantable)) order by 1)`;
}

/** Read with the option `grants`: what is given besides the usual, and what of the usual is taken away. */
export const defaultPrivileges = defineQuery<DefaultPrivilegesRow>({
  catalog: 'pg_default_acl',
  isThere: (options) => (options.grants === true ? 'exists (select from pg_default_acl)' : 'false'),
  sql: () =>
    `select d.oid, pg_get_userbyid(d.defaclrole)::text as owner, n.nspname as schema, d.defaclobjtype as objects,
       ${privileges('aclexplode(d.defaclacl)', USUAL)} as grants, ${privileges(USUAL, 'aclexplode(d.defaclacl)')} as revokes
     from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace`,
  read: ({ owner, schema, objects, grants, revokes }) =>
    makeObject(
      'default-privileges',
      [...(schema === null ? [] : [schema]), owner, OBJECTS[objects] ?? objects],
      {
        schema: schema ?? '',
        text: [...grants, ...revokes.map((privilege) => `no ${privilege}`)].join(', '),
      },
      { owner, objects: OBJECTS[objects] ?? objects, grants, revokes },
    ),
});

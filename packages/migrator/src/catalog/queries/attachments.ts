import { objectName } from '../key.js';
import type { CatalogObject } from '../types.js';
import { OWN_SEQUENCES } from './own-sequence.js';
import { FIRST_OWN_OID, type Scope } from './query.js';

/** Which object a row is about: the names in pg_description. `sub` is the number of a column, else 0. */
export interface Address {
  readonly catalog: string;
  readonly oid: string;
  readonly sub: number;
}

/** Comments, owners and grants stand beside the objects that they are about; asked for by an option each. */
export interface AttachmentQuery {
  isWanted(scope: Scope): boolean;
  readonly sql: string;
  read(row: AttachmentRow, about: CatalogObject): CatalogObject;
}

export interface AttachmentRow extends Address {
  /** The comment, the owner, or the privileges. */
  readonly text: string;
  readonly role?: string;
  /** Name of the column; needed for views, whose columns are no objects of the catalog. */
  readonly column?: string | null;
  /** Of a grant: it is about the sequence of the column. */
  readonly sequence?: boolean;
}

/** Every catalog whose objects have an owner, and most an access list: its name, and the columns of both. */
const OWNED: readonly {
  readonly catalog: string;
  readonly owner: string;
  readonly acl?: string;
  /** As `acldefault` calls it. */
  readonly type?: string;
}[] = [
  { catalog: 'pg_namespace', owner: 'nspowner', acl: 'nspacl', type: `'n'` },
  {
    catalog: 'pg_class',
    owner: 'relowner',
    acl: 'relacl',
    type: `case when relkind = 'S' then 's'::"char" else 'r' end`,
  },
  { catalog: 'pg_proc', owner: 'proowner', acl: 'proacl', type: `'f'` },
  { catalog: 'pg_type', owner: 'typowner', acl: 'typacl', type: `'T'` },
  { catalog: 'pg_foreign_server', owner: 'srvowner', acl: 'srvacl', type: `'S'` },
  { catalog: 'pg_collation', owner: 'collowner' },
  { catalog: 'pg_operator', owner: 'oprowner' },
  { catalog: 'pg_ts_dict', owner: 'dictowner' },
  { catalog: 'pg_ts_config', owner: 'cfgowner' },
  { catalog: 'pg_statistic_ext', owner: 'stxowner' },
  { catalog: 'pg_event_trigger', owner: 'evtowner' },
  { catalog: 'pg_publication', owner: 'pubowner' },
];

function attach(kind: 'comment' | 'owner' | 'grant', about: CatalogObject, row: AttachmentRow): CatalogObject {
  const suffix = row.sub !== 0 && row.column && about.kind !== 'column' ? `.${objectName(row.column)}` : '';
  const key = about.key + suffix;
  const name = `${about.kind} ${about.name}${suffix}`;
  const column = suffix === '' ? {} : { column: row.column ?? '' };
  const common = {
    schema: about.schema,
    parts: about.parts,
    of: about.key,
    text: row.text.replace(/\r\n/g, '\n').trim(),
  };
  if (row.role === undefined) {
    const own = { ...common, key: `${kind}:${key}`, name };
    return kind === 'owner' ? { ...own, kind, facts: undefined } : { ...own, kind: 'comment', facts: column };
  }
  if (row.sequence) {
    const sequence = `sequence of ${about.name}`;
    return {
      ...common,
      kind: 'grant',
      key: `grant:${sequence}:${row.role}`,
      name: `${sequence} to ${row.role}`,
      facts: { role: row.role, sequence: true },
    };
  }
  return {
    ...common,
    kind: 'grant',
    key: `grant:${key}:${row.role}`,
    name: `${name} to ${row.role}`,
    facts: { role: row.role, ...column },
  };
}

/** What `initdb` has made is nobody's, but for the schema `public`: leaving it out on the server spares thousands of rows. */
const isOwn = (catalog: string) =>
  `${catalog}.oid >= ${FIRST_OWN_OID}${catalog === 'pg_namespace' ? ` or nspname = 'public'` : ''}`;

const COLUMN_NAME = 'select attname from pg_attribute where attrelid = oid and attnum = sub';

/** Extensions bring comments of their own, and so does the schema `public`. */
const comments: AttachmentQuery = {
  isWanted: ({ options }) => options.comments === true,
  // The attributes of a composite type are those of a relation behind it.
  sql: `select case when y.oid is null then catalog else 'pg_type' end as catalog, coalesce(y.reltype, comments.oid) as oid, sub, text, "column"
    from (select *, case when catalog = 'pg_class' and sub > 0 then (${COLUMN_NAME}) end as "column" from (select classoid::regclass::text as catalog, objoid as oid, objsubid as sub, description as text from pg_description
      where classoid <> 'pg_extension'::regclass
        and (objoid >= ${FIRST_OWN_OID} or classoid = 'pg_namespace'::regclass)
        and not (classoid = 'pg_namespace'::regclass and description = 'standard public schema')) own) comments
      left join pg_class y on catalog = 'pg_class' and y.oid = comments.oid and y.relkind = 'c'`,
  read: (row, about) => attach('comment', about, row),
};

const owners: AttachmentQuery = {
  isWanted: ({ options }) => options.owners === true,
  sql: OWNED.map(
    ({ catalog, owner }) =>
      `select '${catalog}' as catalog, oid, 0 as sub, pg_get_userbyid(${owner})::text as text from ${catalog} where ${isOwn(catalog)}`,
  ).join(' union all '),
  read: (row, about) => attach('owner', about, row),
};

/** What the owner may do needs no grant. Column privileges stand in pg_attribute. Sequences of columns are part of those. */
const grants: AttachmentQuery = {
  isWanted: ({ options }) => options.grants === true,
  sql: `with own as materialized (${OWN_SEQUENCES})
    select catalog, coalesce(own.relid, oid) as oid, coalesce(own.attnum, sub) as sub, own.seqid is not null as sequence, case when grantee = 0 then 'public' else pg_get_userbyid(grantee)::text end as role,
      case when sub > 0 then (${COLUMN_NAME}) end as column,
      string_agg(lower(privilege_type) || case when is_grantable then ' with grant option' else '' end, ', ' order by privilege_type) as text
    from (${[
      ...OWNED.filter(({ acl }) => acl !== undefined).map(
        ({ catalog, owner, acl, type }) =>
          `select '${catalog}' as catalog, oid, 0 as sub, ${owner} as owner, g.* from ${catalog}, aclexplode(coalesce(${acl}, acldefault(${type}, ${owner}))) g where ${isOwn(catalog)}`,
      ),
      `select 'pg_class', c.oid, a.attnum, c.relowner, g.* from pg_attribute a join pg_class c on c.oid = a.attrelid, aclexplode(a.attacl) g where c.oid >= ${FIRST_OWN_OID}`,
    ].join(' union all ')}) grants
      left join own on catalog = 'pg_class' and own.seqid = oid
    where grantee <> owner group by catalog, oid, sub, grantee, own.seqid, own.relid, own.attnum`,
  read: (row, about) => attach('grant', about, row),
};

export const ATTACHMENTS: readonly AttachmentQuery[] = [comments, owners, grants];

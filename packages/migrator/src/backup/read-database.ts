import type { Session } from '../database/session.js';
import { quoteIdent, quoteLiteral, quoteName } from '../sql/quote.js';
import type { DatabaseProperties, DumpedTracking } from './types.js';

/** A table whose rows are to be dumped. */
export interface SourceTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  /** On disk, in bytes: how much work it is. */
  readonly size: number;
  /** From the statistics; 0 where there are none. */
  readonly estimatedRows: number;
  /** Of an extension's table: which rows are the user's, as a WHERE clause. */
  readonly condition: string | null;
  readonly through: { readonly schema: string; readonly name: string } | null;
}

export interface Source {
  readonly tables: readonly SourceTable[];
  readonly sequences: readonly { readonly schema: string; readonly name: string }[];
  readonly largeObjects: number;
  readonly foreignTables: readonly string[];
  /** Unlogged tables, on a standby, which has not got their rows. */
  readonly unreadable: readonly string[];
  /** Those that pg_dump leaves out, because the role may not read them. */
  readonly subscriptions: readonly string[];
  /** Of the rows, where it is not UTF8. */
  readonly encoding: string | undefined;
  readonly properties: DatabaseProperties;
  readonly name: string;
  readonly serverVersion: string;
  /** Identifier of the cluster; null where the role may not know it. */
  readonly system: string | null;
}

/** Reads what there is to dump beside the schema, in the transaction that the session is in. */
export async function readSource(session: Session, major: number): Promise<Source> {
  const [tables, sequences, others, database] = await Promise.all([
    session.rows<{ tables: SourceTable[] }>(
      `select coalesce(json_agg(t order by t.schema, t.name), '[]') as tables from (${TABLES}) t`,
    ),
    session.rows<{ sequences: { schema: string; name: string }[] }>(
      `select coalesce(json_agg(t order by t.schema, t.name), '[]') as sequences from (${SEQUENCES}) t`,
    ),
    session.rows<{ large_objects: number; foreign_tables: string[]; unreadable: string[]; subscriptions: string[] }>(
      `select (select count(*) from pg_largeobject_metadata)::float8 as large_objects,
         (select coalesce(json_agg(format('%s.%s', n.nspname, c.relname) order by 1), '[]') from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relkind = 'f' and not ${IS_MEMBER}) as foreign_tables,
         (select coalesce(json_agg(format('%s.%s', n.nspname, c.relname) order by 1), '[]') from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relkind = 'r' and c.relpersistence = 'u' and ${OF_USERS} and not ${IS_READABLE}) as unreadable,
         (select coalesce(json_agg(subname order by 1), '[]') from pg_subscription s
          where s.subdbid = (select oid from pg_database where datname = current_database()) and current_setting('is_superuser') = 'off') as subscriptions`,
    ),
    session.rows<DatabaseRow>(databaseSql(major)),
  ]);
  const properties = propertiesOf(database[0]);
  return {
    tables: tables[0]?.tables ?? [],
    sequences: sequences[0]?.sequences ?? [],
    largeObjects: Number(others[0]?.large_objects ?? 0),
    foreignTables: others[0]?.foreign_tables ?? [],
    unreadable: others[0]?.unreadable ?? [],
    subscriptions: others[0]?.subscriptions ?? [],
    encoding: properties.encoding === 'UTF8' ? undefined : properties.encoding,
    properties,
    name: database[0]?.name ?? '',
    serverVersion: database[0]?.version ?? '',
    system: database[0]?.system ?? null,
  };
}

/** Owner, settings, grants and locale of a database. Undefined where there is none of that name. */
export async function readProperties(
  session: Session,
  major: number,
  name: string,
): Promise<DatabaseProperties | undefined> {
  const [row] = await session.rows<DatabaseRow>(databaseSql(major, name));
  return row && propertiesOf(row);
}

type DatabaseRow = {
  readonly name: string;
  readonly version: string;
  readonly system: string | null;
  readonly properties: DatabaseProperties;
};

function propertiesOf(row: DatabaseRow | undefined): DatabaseProperties {
  if (!row) throw new Error('The server does not list the database.');
  return row.properties;
}

const IS_MEMBER = `exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

/** Of a relation `c` in a namespace `n`. */
export const OF_USERS = `n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and not ${IS_MEMBER}`;

/** Of others' sessions, and what a standby has not got. */
const IS_READABLE = `(c.relpersistence = 'p' or c.relpersistence = 'u' and not pg_is_in_recovery())`;

/** Tables of extensions count where the extension says that they hold rows of the user (`pg_extension_config_dump`). */
const CONFIG_TABLES = `left join lateral (select e.extcondition[array_position(e.extconfig, c.oid)] as condition from pg_extension e where c.oid = any (e.extconfig)) x on true`;

const TABLES = `select n.nspname as schema, c.relname as name, pg_table_size(c.oid)::float8 as size, greatest(c.reltuples, 0)::float8 as "estimatedRows", x.condition,
    (select coalesce(json_agg(a.attname order by a.attnum), '[]') from pg_attribute a
     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
    (select json_build_object('schema', rn.nspname, 'name', r.relname) from pg_class r join pg_namespace rn on rn.oid = r.relnamespace
     where r.oid = pg_partition_root(c.oid) and exists (select from pg_partition_ancestors(c.oid) a join pg_partitioned_table p on p.partrelid = a.relid where p.partstrat = 'h')) as through
  from pg_class c join pg_namespace n on n.oid = c.relnamespace ${CONFIG_TABLES}
  where c.relkind = 'r' and ${IS_READABLE} and (x.condition is not null or ${OF_USERS})`;

const SEQUENCES = `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace ${CONFIG_TABLES}
  where c.relkind = 'S' and ${IS_READABLE} and (x.condition is not null or ${OF_USERS})`;

function databaseSql(major: number, name?: string): string {
  const locale = major >= 17 ? 'd.datlocale' : major >= 15 ? 'd.daticulocale' : 'null';
  const provider =
    major >= 15 ? `case d.datlocprovider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end` : `'libc'`;
  return `select d.datname as name, current_setting('server_version') as version,
      case when has_function_privilege('pg_control_system()', 'execute') then (select system_identifier::text from pg_control_system()) end as system,
      json_build_object(
      'encoding', pg_encoding_to_char(d.encoding), 'collate', d.datcollate, 'ctype', d.datctype, 'provider', ${provider}, 'locale', ${locale}, 'icuRules', ${major >= 16 ? 'd.daticurules' : 'null'},
      'owner', pg_get_userbyid(d.datdba), 'comment', shobj_description(d.oid, 'pg_database'), 'connectionLimit', d.datconnlimit,
      'settings', (select coalesce(json_agg(json_build_object('role', r.rolname, 'name', split_part(setting, '=', 1), 'value', substr(setting, strpos(setting, '=') + 1))
          order by r.rolname nulls first, setting), '[]')
        from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) setting where s.setdatabase = d.oid),
      'grants', case when d.datacl is not null then (select coalesce(json_agg(json_build_object(
          'grantee', case when a.grantee <> 0 then pg_get_userbyid(a.grantee) end, 'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]')
        from aclexplode(d.datacl) a) end) as properties
    from pg_database d where d.datname = ${name === undefined ? 'current_database()' : quoteLiteral(name)}`;
}

/** `setval` for each sequence, as one script. A sequence is not part of the snapshot: it may be ahead of the rows, never behind. */
export async function readSequences(session: Session, sequences: Source['sequences']): Promise<string> {
  const lines: string[] = [];
  for (let at = 0; at < sequences.length; at += 200) {
    const part = sequences.slice(at, at + 200);
    const rows = await session.rows<{ at: number; value: string; called: boolean }>(
      part
        .map(
          ({ schema, name }, index) =>
            `select ${index} as at, last_value::text as value, is_called as called from ${quoteName(schema, name)}`,
        )
        .join(' union all '),
    );
    for (const { at: index, value, called } of rows) {
      const sequence = part[index];
      if (!sequence) continue;
      const name = quoteLiteral(quoteName(sequence.schema, sequence.name)).trim();
      lines.push(`SELECT pg_catalog.setval(${name}, ${value}, ${called});`);
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** Owner, comment and privileges of each large object, as a script that makes it first. */
export async function readLargeObjects(session: Session): Promise<string> {
  const rows = await session.rows<{ lines: string }>(`
    select format(E'SELECT pg_catalog.lo_create(%s);\\nALTER LARGE OBJECT %s OWNER TO %I;\\n', m.oid, m.oid, pg_get_userbyid(m.lomowner))
      || coalesce(format(E'COMMENT ON LARGE OBJECT %s IS %L;\\n', m.oid, obj_description(m.oid, 'pg_largeobject')), '')
      || coalesce((select string_agg(format(E'GRANT %s ON LARGE OBJECT %s TO %s;\\n', a.privilege_type, m.oid, case a.grantee when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(a.grantee)) end), '')
          from aclexplode(m.lomacl) a where a.grantee <> m.lomowner), '') as lines
    from pg_largeobject_metadata m order by m.oid`);
  return rows.map(({ lines }) => lines).join('');
}

/** Bytes of a piece in \`LARGE_OBJECTS\`. */
export const PIECE = 262_144;

/** The content of all large objects, in pieces: object, number of the piece, bytes. \`lo_get\` heeds privileges. */
export const LARGE_OBJECTS = `select m.oid, piece, lo_get(m.oid, piece * ${PIECE}, ${PIECE}) from pg_largeobject_metadata m,
  lateral (select lo_open(m.oid, 262144) as fd) opened,
  lateral (select lo_lseek64(fd, 0, 2) as size) sized,
  lateral (select case when lo_close(fd) = 0 then size end as size) closed,
  lateral generate_series(0, (closed.size - 1) / ${PIECE}) piece order by m.oid`;

export async function readTracking(
  session: Session,
  { schema, table }: { readonly schema: string; readonly table: string },
): Promise<DumpedTracking | null> {
  const name = quoteName(schema, table);
  const [there] = await session.rows<{ there: boolean }>(
    `select count(*) = 3 as there from pg_attribute where attrelid = to_regclass(${quoteLiteral(name)}) and attname in ('id', 'hash', 'created_at')`,
  );
  if (!there?.there) return null;
  const [row] = await session.rows<{ rows: number; hash: string | null; created_at: string | null }>(
    `select (select count(*) from ${name})::float8 as rows, newest.hash, newest.created_at::text
     from (select 1) one left join lateral (select hash, created_at from ${name} order by created_at desc nulls last, id desc limit 1) newest on true`,
  );
  return {
    schema,
    table,
    rows: Number(row?.rows ?? 0),
    newest: row?.hash ? { hash: row.hash, createdAt: row.created_at ?? '' } : null,
  };
}

/** `COPY … TO STDOUT` of a table; the same text form that pg_dump writes. */
export function copyOutSql({ schema, name, columns, condition }: SourceTable, encoding: string | undefined): string {
  const list = columns.length === 0 ? '' : ` (${columns.map(quoteIdent).join(', ')})`;
  if (condition === null || condition === '')
    return `copy ${quoteName(schema, name)}${list} to stdout${encoded(encoding)}`;
  const what = columns.map(quoteIdent).join(', ');
  return `copy (select ${what} from ${quoteName(schema, name)} ${condition}) to stdout${encoded(encoding)}`;
}

function encoded(encoding: string | undefined): string {
  return encoding === undefined ? '' : ` with (encoding ${quoteLiteral(encoding)})`;
}

export function copyInSql(
  table: Pick<SourceTable, 'schema' | 'name' | 'columns'> & { readonly through?: SourceTable['through'] | undefined },
  encoding: string | undefined,
  from = 'stdin',
): string {
  const { schema, name } = table.through ?? table;
  const list = table.columns.length === 0 ? '' : ` (${table.columns.map(quoteIdent).join(', ')})`;
  return `copy ${quoteName(schema, name)}${list} from ${from}${encoded(encoding)}`;
}

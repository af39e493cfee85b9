import { catalogKey, objectName } from '../key.js';
import type { CatalogFacts } from '../types.js';
import { describeSequence, OWN_SEQUENCES, type SequenceOptions } from './own-sequence.js';
import {
  type CatalogRow,
  defineQuery,
  FIRST_OWN_OID,
  isUserSchema,
  isUsers,
  joinWords,
  makeObject,
  relationKey,
} from './query.js';

interface ColumnRow extends CatalogRow {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly collation: readonly [string, string] | null;
  readonly not_null: boolean;
  readonly not_null_valid: boolean;
  readonly expression: string | null;
  /** pg_attribute.attidentity: `a`, `d` or empty. */
  readonly identity: string;
  /** pg_attribute.attgenerated: `s`, `v` or empty. */
  readonly generated: string;
  readonly sequence_schema: string | null;
  readonly sequence_name: string | null;
  readonly sequence: SequenceOptions | null;
  readonly storage: string | null;
  readonly compression: string;
  readonly statistics: number | null;
  readonly options: readonly string[] | null;
  readonly parent: readonly [string, string] | null;
}

/** Without their numbers: the order of columns is not part of a schema's meaning, and a column that comes back comes last. */
export const columns = defineQuery<ColumnRow>({
  catalog: 'pg_class',
  sql: (scope) =>
    `with own as materialized (${OWN_SEQUENCES}),
     up as materialized (
       select distinct on (a.attrelid, a.attnum) a.attrelid, a.attnum, n.nspname as schema, p.relname as name
       from pg_inherits i join pg_attribute a on a.attrelid = i.inhrelid and a.attinhcount > 0 and not a.attislocal and a.attnum > 0
         join pg_attribute pa on pa.attrelid = i.inhparent and pa.attname = a.attname and not pa.attisdropped
         join pg_class p on p.oid = i.inhparent join pg_namespace n on n.oid = p.relnamespace
       order by a.attrelid, a.attnum, i.inhseqno)
     select c.oid, a.attnum as sub, n.nspname as schema, c.relname as table, a.attname as column,
       format_type(a.atttypid, a.atttypmod) as type,
       case when a.attcollation <> t.typcollation then
         (select json_build_array(ln.nspname, l.collname) from pg_collation l join pg_namespace ln on ln.oid = l.collnamespace
          where l.oid = a.attcollation) end as collation,
       a.attnotnull as not_null, nn.oid is null as not_null_valid,
       pg_get_expr(d.adbin, d.adrelid) as expression, a.attidentity as identity, a.attgenerated as generated,
       own.schema as sequence_schema, own.name as sequence_name, own.options as sequence,
       case when a.attstorage <> t.typstorage then a.attstorage end as storage, a.attcompression as compression,
       nullif(a.attstattarget, -1) as statistics, a.attoptions || a.attfdwoptions as options,
       case when up.name is not null then json_build_array(up.schema, up.name) end as parent
     from pg_attribute a
       join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'f')
       join pg_namespace n on n.oid = c.relnamespace
       join pg_type t on t.oid = a.atttypid
       left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
       left join own on own.relid = a.attrelid and own.attnum = a.attnum
       left join up on up.attrelid = a.attrelid and up.attnum = a.attnum
       left join pg_constraint nn on nn.contype = 'n' and not nn.convalidated and nn.conrelid = a.attrelid and nn.conkey[1] = a.attnum
     where a.attrelid >= ${FIRST_OWN_OID} and a.attnum > 0 and not a.attisdropped and ${isUserSchema('n', scope)} and ${isUsers('pg_class', 'c.oid')}`,
  read: (row) =>
    makeObject(
      'column',
      [row.schema, row.table, row.column],
      { schema: row.schema, of: relationKey('r', row.schema, row.table), text: textOf(row) },
      factsOf(row),
    ),
});

function textOf(row: ColumnRow): string {
  return joinWords(
    row.type,
    row.collation && `collate ${row.collation[0] === 'pg_catalog' ? row.collation[1] : objectName(...row.collation)}`,
    row.not_null && (row.not_null_valid ? 'not null' : 'not null not valid'),
    sourceOf(row),
    row.storage && `storage ${STORAGE[row.storage] ?? row.storage}`,
    row.compression && `compression ${COMPRESSION[row.compression] ?? row.compression}`,
    row.statistics !== null && `statistics ${row.statistics}`,
    row.options && row.options.length > 0 && `(${[...row.options].sort().join(', ')})`,
  );
}

const STORAGE: Readonly<Record<string, string>> = { p: 'plain', e: 'external', m: 'main', x: 'extended' };
const COMPRESSION: Readonly<Record<string, string>> = { p: 'pglz', l: 'lz4' };

/** Where values come from that no statement gives. */
function sourceOf({ identity, generated, expression, sequence, type }: ColumnRow): string {
  const options = sequence ? describeSequence(sequence, type) : '';
  const suffix = options && ` (${options})`;
  if (identity) return `generated ${identity === 'a' ? 'always' : 'by default'} as identity${suffix}`;
  if (generated) return `generated always as (${expression}) ${generated === 's' ? 'stored' : 'virtual'}`;
  if (sequence) return `default nextval(its own sequence${suffix})`;
  return expression === null ? '' : `default ${expression}`;
}

function factsOf(row: ColumnRow): CatalogFacts['column'] {
  const { column, type, not_null, expression, generated, identity, sequence_schema, sequence_name } = row;
  return {
    column,
    ...(row.parent && { inheritedFrom: catalogKey('column', ...row.parent, column) }),
    position: row.sub ?? 0,
    ...(row.collation && { collation: row.collation }),
    notNullValidated: row.not_null_valid,
    ...(row.storage !== null && { storage: STORAGE[row.storage] ?? row.storage }),
    ...(row.compression && { compression: COMPRESSION[row.compression] ?? row.compression }),
    ...(row.statistics !== null && { statistics: row.statistics }),
    options: row.options ?? [],
    sequenceOptions: row.sequence ? describeSequence(row.sequence, type) : '',
    ...(sequence_schema !== null && sequence_name !== null && { sequenceParts: [sequence_schema, sequence_name] }),
    type,
    notNull: not_null,
    ...(expression !== null && !generated && { default: expression }),
    ...(expression !== null && generated && { generated: { expression, stored: generated === 's' } }),
    ...(identity && { identity: identity === 'a' ? ('always' as const) : ('by default' as const) }),
    ...(sequence_schema !== null && sequence_name !== null && { sequence: objectName(sequence_schema, sequence_name) }),
  };
}

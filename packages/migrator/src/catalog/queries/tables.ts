import { objectName } from '../key.js';
import type { CatalogFacts } from '../types.js';
import { type CatalogRow, defineQuery, isUserSchema, isUsers, joinWords, makeObject, withOptions } from './query.js';

interface TableRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly relkind: string;
  readonly unlogged: boolean;
  readonly partition_key: string | null;
  readonly bound: string | null;
  readonly parents: readonly (readonly [string, string])[] | null;
  readonly row_security: boolean;
  readonly forced: boolean;
  readonly replica_identity: string;
  readonly replica_index: string | null;
  readonly options: readonly string[] | null;
  readonly toast_options: readonly string[] | null;
  readonly method: string | null;
  readonly of_type: string | null;
  readonly server: string | null;
  readonly foreign_options: readonly string[] | null;
  readonly asleep: CatalogFacts['table']['asleep'] | null;
}

const PARENTS = `select i.inhrelid as relid, json_agg(json_build_array(pn.nspname, p.relname) order by i.inhseqno) as parents
       from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace group by i.inhrelid`;

/** `disable trigger all` switches off foreign keys too, and nothing else shows it. */
const ASLEEP = `select relid, json_agg(json_build_object('of', kind, 'name', name) order by kind, name) as asleep from (
       select distinct t.tgrelid as relid, case when t.tgisinternal then 'constraint' else 'trigger' end as kind, coalesce(k.conname, t.tgname) as name
       from pg_trigger t left join pg_constraint k on k.oid = t.tgconstraint and t.tgisinternal left join pg_trigger p on p.oid = t.tgparentid
       where t.tgisinternal and t.tgconstraint <> 0 and t.tgenabled <> 'O'
         or not t.tgisinternal and t.tgenabled = 'D' and p.tgenabled <> 'D') s group by relid`;

export const tables = defineQuery<TableRow>({
  catalog: 'pg_class',
  sql: (scope) =>
    `select c.oid, n.nspname as schema, c.relname as name, c.relkind, c.relpersistence = 'u' as unlogged,
       pg_get_partkeydef(c.oid) as partition_key, pg_get_expr(c.relpartbound, c.oid) as bound,
       up.parents,
       c.relrowsecurity as row_security, c.relforcerowsecurity as forced, c.relreplident as replica_identity,
       case when c.relreplident = 'i' then
         (select ic.relname from pg_index i join pg_class ic on ic.oid = i.indexrelid
          where i.indrelid = c.oid and i.indisreplident) end as replica_index,
       c.reloptions as options, t.reloptions as toast_options,
       case when c.relkind = 'r' then am.amname end as method,
       case when c.reloftype <> 0 then c.reloftype::regtype::text end as of_type,
       s.srvname as server, f.ftoptions as foreign_options,
       ${scope.options.switchedOff ? 'a.asleep' : 'null'} as asleep
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
       left join (${PARENTS}) up on up.relid = c.oid
       left join pg_class t on t.oid = c.reltoastrelid
       left join pg_am am on am.oid = c.relam
       left join pg_foreign_table f on f.ftrelid = c.oid left join pg_foreign_server s on s.oid = f.ftserver
       ${scope.options.switchedOff ? `left join (${ASLEEP}) a on a.relid = c.oid` : ''}
     where c.relkind in ('r', 'p', 'f') and ${isUserSchema('n', scope)} and ${isUsers('pg_class', 'c.oid')}`,
  read: (row) =>
    makeObject(
      'table',
      [row.schema, row.name],
      { schema: row.schema, text: textOf(row) },
      {
        type: typeOf(row),
        rowSecurity: row.row_security,
        forcedRowSecurity: row.forced,
        unlogged: row.unlogged,
        parents: row.parents ?? [],
        ...(row.bound !== null && { bound: row.bound }),
        ...(row.partition_key !== null && { partitionKey: row.partition_key }),
        ...(row.method !== null && row.method !== 'heap' && { method: row.method }),
        ...(row.of_type !== null && { ofType: row.of_type }),
        ...(row.server !== null && { server: row.server }),
        foreignOptions: row.foreign_options ?? [],
        options: allOptions(row),
        asleep: row.asleep ?? [],
        replicaIdentity: replicaIdentity(row) || 'replica identity default',
        ...(row.bound !== null && row.parents?.[0] && { partitionOf: objectName(...row.parents[0]) }),
      },
    ),
});

function typeOf({ relkind, bound }: TableRow): CatalogFacts['table']['type'] {
  if (relkind === 'f') return 'foreign';
  if (bound !== null) return 'partition';
  return relkind === 'p' ? 'partitioned' : 'table';
}

function allOptions({ options, toast_options }: TableRow): readonly string[] {
  return [...(options ?? []), ...(toast_options ?? []).map((option) => `toast.${option}`)];
}

function textOf(row: TableRow): string {
  const parents = (row.parents ?? []).map((parent) => objectName(...parent)).join(', ');
  return joinWords(
    row.unlogged && 'unlogged',
    row.relkind === 'f' ? 'foreign table' : 'table',
    row.of_type && `of ${row.of_type}`,
    row.bound ? `partition of ${parents} ${row.bound}` : parents && `inherits (${parents})`,
    row.partition_key && `partition by ${row.partition_key}`,
    row.method && row.method !== 'heap' && `using ${row.method}`,
    row.server && `server ${row.server}`,
    row.foreign_options && `options (${[...row.foreign_options].sort().join(', ')})`,
    withOptions(allOptions(row)).trim(),
    row.relkind !== 'f' && replicaIdentity(row),
    row.row_security && 'row level security',
    row.forced && 'forced row level security',
    ...(row.asleep ?? []).map(({ of, name }) => `${of} ${name} switched off`),
  );
}

function replicaIdentity({ replica_identity, replica_index }: TableRow): string {
  switch (replica_identity) {
    case 'f':
      return 'replica identity full';
    case 'n':
      return 'replica identity nothing';
    case 'i':
      return `replica identity using index ${replica_index ?? '(dropped)'}`;
    default:
      return '';
  }
}

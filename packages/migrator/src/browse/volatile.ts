import { quoteLiteral } from '../sql/quote.js';
import type { UsedNames } from './read-only.js';

/** Functions of Postgres and of extensions that are called volatile although they change nothing. */
const HARMLESS = [
  ...['random', 'random_normal', 'clock_timestamp', 'timeofday', 'gen_random_uuid', 'uuidv4', 'uuidv7'],
  ...['uuid_generate_v1', 'uuid_generate_v4', 'currval', 'lastval', 'pg_is_in_recovery', 'pg_sequence_last_value'],
  ...['pg_relation_size', 'pg_table_size', 'pg_indexes_size', 'pg_total_relation_size', 'pg_database_size'],
  ...['pg_current_wal_lsn', 'pg_last_wal_receive_lsn', 'pg_last_wal_replay_lsn', 'pg_get_keywords'],
];

/** Libraries whose functions run SQL that they are given as text, and say that they are stable: `crosstab`, `connectby`, `xpath_table`. */
const RUNS_TEXT = '(tablefunc|pgxml)$';

/**
 * The query that names what a statement uses and what may do more than read: volatile functions, also behind an operator or
 * an aggregate. A read-only transaction stops those that write tables, but not those that end sessions, read or write files,
 * take locks or set what the session may do. One row, `name`, for each.
 */
export function volatileQuery({ functions, fields, operators }: UsedNames): string {
  const list = (names: readonly string[]) => `array[${names.map(quoteLiteral).join(', ')}]::text[]`;
  const called = list(functions);
  return `select p.proname::text as name from pg_catalog.pg_proc p where p.proname = any (${called})
      and (p.provolatile = 'v' or p.provolatile = 's' and p.probin ~ '${RUNS_TEXT}')
      and not (p.proname = any (${list(HARMLESS)}) and (p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
        or exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')))
    union select a.proname from pg_catalog.pg_proc a join pg_catalog.pg_aggregate g on g.aggfnoid = a.oid
      join pg_catalog.pg_proc p on p.oid in (g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggmtransfn, g.aggmfinalfn)
      where p.provolatile = 'v' and a.proname = any (${called})
    union select p.proname from pg_catalog.pg_proc p join pg_catalog.pg_type t on t.oid = p.proargtypes[0]
      where p.provolatile = 'v' and p.pronargs - p.pronargdefaults <= 1 and t.typtype in ('c', 'p', 'd') and p.proname = any (${list(fields)})
        and p.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace
    union select o.oprname from pg_catalog.pg_operator o join pg_catalog.pg_proc p on p.oid = o.oprcode
      where p.provolatile = 'v' and o.oprname = any (${list(operators)})
    order by 1`;
}

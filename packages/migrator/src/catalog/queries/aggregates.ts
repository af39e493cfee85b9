import { quoteLiteral } from '../../sql/quote.js';
import { argumentTypes, named } from './functions.js';
import { type CatalogRow, defineQuery, hasOwn, isUserSchema, isUsers, joinWords, makeObject } from './query.js';

interface AggregateRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly arguments: string;
  readonly signature: string;
  readonly kind: string;
  readonly parallel: string;
  readonly transition: string;
  readonly state: string;
  readonly initial: string | null;
  readonly sort: string | null;
  readonly functions: Readonly<Record<string, string>>;
}

export const aggregates = defineQuery<AggregateRow>({
  catalog: 'pg_proc',
  isThere: () => hasOwn('pg_aggregate', 'true', 'aggfnoid'),
  sql: (scope) =>
    `select p.oid, n.nspname as schema, p.proname as name, ${argumentTypes('p')} as arguments,
       pg_get_function_arguments(p.oid) as signature, a.aggkind as kind, p.proparallel as parallel,
       a.aggtransfn::regproc::text as transition, format_type(a.aggtranstype, null) as state, a.agginitval as initial,
       case when a.aggsortop <> 0 then a.aggsortop::regoperator::text end as sort,
       json_strip_nulls(json_build_object(
         'final', nullif(a.aggfinalfn::oid, 0)::regproc::text, 'combine', nullif(a.aggcombinefn::oid, 0)::regproc::text,
         'serial', nullif(a.aggserialfn::oid, 0)::regproc::text, 'deserial', nullif(a.aggdeserialfn::oid, 0)::regproc::text,
         'moving', nullif(a.aggmtransfn::oid, 0)::regproc::text, 'moving inverse', nullif(a.aggminvtransfn::oid, 0)::regproc::text,
         'moving final', nullif(a.aggmfinalfn::oid, 0)::regproc::text)) as functions
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_aggregate a on a.aggfnoid = p.oid
     where ${isUserSchema('n', scope)} and ${isUsers('pg_proc', 'p.oid')}`,
  read: (row) =>
    named(
      makeObject(
        'aggregate',
        [row.schema, row.name],
        {
          schema: row.schema,
          text: joinWords(
            `aggregate (${row.signature})`,
            row.kind !== 'n' && `kind ${row.kind}`,
            `transition ${row.transition} state ${row.state}`,
            row.initial !== null && `initial '${row.initial}'`,
            ...Object.entries(row.functions).map(([use, name]) => `${use} ${name}`),
            row.sort && `sort ${row.sort}`,
            row.parallel !== 'u' && `parallel ${row.parallel}`,
          ),
        },
        { arguments: row.arguments, ...definitionOf(row) },
      ),
      row.arguments,
    ),
});

const PARALLEL: Readonly<Record<string, string>> = { s: 'safe', r: 'restricted' };

/** Moving aggregates and sort operators are not said: their state type and operator syntax are not read. */
function definitionOf(row: AggregateRow): { readonly definition?: string } {
  const { functions } = row;
  if (row.sort !== null || functions.moving !== undefined) return {};
  const options = [
    `sfunc = ${row.transition}`,
    `stype = ${row.state}`,
    functions.final && `finalfunc = ${functions.final}`,
    functions.combine && `combinefunc = ${functions.combine}`,
    functions.serial && `serialfunc = ${functions.serial}`,
    functions.deserial && `deserialfunc = ${functions.deserial}`,
    row.initial !== null && `initcond = ${quoteLiteral(row.initial).trim()}`,
    PARALLEL[row.parallel] && `parallel = ${PARALLEL[row.parallel]}`,
    row.kind === 'h' && 'hypothetical',
  ];
  return { definition: `(${row.signature}) (${options.filter(Boolean).join(', ')})` };
}

import { quoteIdent } from '../../sql/quote.js';
import { named } from './functions.js';
import { type CatalogRow, defineQuery, hasOwn, isUserSchema, isUsers, makeObject } from './query.js';

interface OperatorRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly left: string | null;
  readonly right: string;
  readonly function: string;
  readonly commutator: string | null;
  readonly negator: string | null;
  readonly restrict: string | null;
  readonly join: string | null;
  readonly hashes: boolean;
  readonly merges: boolean;
}

/** Without shells, that others name as their commutator and nobody has made. */
export const operators = defineQuery<OperatorRow>({
  catalog: 'pg_operator',
  isThere: () => hasOwn('pg_operator'),
  sql: (scope) =>
    `select o.oid, n.nspname as schema, o.oprname as name,
       case when o.oprleft <> 0 then format_type(o.oprleft, null) end as left, format_type(o.oprright, null) as right,
       o.oprcode::regproc::text as function, ${operatorName('o.oprcom')} as commutator, ${operatorName('o.oprnegate')} as negator,
       case when o.oprrest <> 0 then o.oprrest::regproc::text end as restrict,
       case when o.oprjoin <> 0 then o.oprjoin::regproc::text end as join, o.oprcanhash as hashes, o.oprcanmerge as merges
     from pg_operator o join pg_namespace n on n.oid = o.oprnamespace
     where o.oprcode <> 0 and ${isUserSchema('n', scope)} and ${isUsers('pg_operator', 'o.oid')}`,
  read: (row) => {
    const { schema, name, left, right } = row;
    const definition = definitionOf(row);
    const types = `${left ?? 'none'}, ${right}`;
    return named(
      makeObject(
        'operator',
        [schema, name],
        { schema, text: `operator (${definition})` },
        { address: `${quoteIdent(schema)}.${name}`, arguments: types, definition },
      ),
      types,
    );
  },
});

function operatorName(column: string): string {
  return `(select format('operator(%I.%s)', cn.nspname, c.oprname) from pg_operator c join pg_namespace cn on cn.oid = c.oprnamespace where c.oid = ${column})`;
}

function definitionOf(row: OperatorRow): string {
  return [
    `function = ${row.function}`,
    row.left !== null && `leftarg = ${row.left}`,
    `rightarg = ${row.right}`,
    row.commutator && `commutator = ${row.commutator}`,
    row.negator && `negator = ${row.negator}`,
    row.restrict && `restrict = ${row.restrict}`,
    row.join && `join = ${row.join}`,
    row.hashes && 'hashes',
    row.merges && 'merges',
  ]
    .filter(Boolean)
    .join(', ');
}

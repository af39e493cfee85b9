import type { SyntaxStatement } from '../../sql/split.js';
import type { RuleContext } from '../context.js';
import { defineRule } from '../rule.js';
import {
  addedConstraints,
  type Constraint,
  constraintOf,
  definedColumns,
  type IndexElement,
  nameOf,
  type QualifiedName,
  strings,
  tableElements,
} from '../syntax.js';

export const fkWithoutIndex = defineRule({
  id: 'fk-without-index',
  title: 'A foreign key whose columns no index begins with.',
  severity: 'warning',
  preset: 'strict',
  category: 'practice',
  consequence:
    'Each DELETE (or change of key) in the referenced table reads this whole table to look for references. A partial index does not help.',
  fix: 'CREATE INDEX CONCURRENTLY on the referencing columns, in the same migration or before.',
  on: ['AlterTableStmt', 'CreateStmt'],
  check(statement, context) {
    const table = nameOf(statement.node.relation);
    return foreignKeys(statement).flatMap(({ columns, location }) => {
      if (isCovered(columns, table, statement, context)) return [];
      const message = `No index of \`${table.shown}\` begins with \`${columns.join(', ')}\`.`;
      return [{ message, table: table.key, location }];
    });
  },
});

function constraintsOf(statement: SyntaxStatement): readonly Constraint[] {
  return statement.kind === 'CreateStmt' ? tableElements(statement.node).constraints : addedConstraints(statement);
}

function foreignKeys(statement: SyntaxStatement): { columns: readonly string[]; location: number | undefined }[] {
  return [
    ...constraintsOf(statement)
      .filter(({ contype }) => contype === 'CONSTR_FOREIGN')
      .map(({ fk_attrs, location }) => ({ columns: strings(fk_attrs), location })),
    ...definedColumns(statement).flatMap((column) => {
      const reference = constraintOf(column, 'CONSTR_FOREIGN');
      return reference ? [{ columns: [column.colname ?? ''], location: reference.location }] : [];
    }),
  ];
}

function isCovered(
  columns: readonly string[],
  table: QualifiedName,
  statement: SyntaxStatement,
  { schema, later }: RuleContext,
): boolean {
  const known = [...(schema.tables.get(table.key)?.indexes.values() ?? [])].filter(({ partial }) => !partial);
  const coming = [
    ...definedColumns(statement).flatMap((column) =>
      constraintOf(column, 'CONSTR_PRIMARY') || constraintOf(column, 'CONSTR_UNIQUE') ? [[column.colname ?? '']] : [],
    ),
    ...constraintsOf(statement).flatMap(keyColumns),
    ...later().flatMap((other) => {
      if (nameOf(other.node.relation).key !== table.key) return [];
      if (other.kind === 'AlterTableStmt') return addedConstraints(other).flatMap(keyColumns);
      if (other.kind !== 'IndexStmt' || other.node.whereClause) return [];
      const elements = (other.node.indexParams ?? []) as readonly { IndexElem?: IndexElement }[];
      return [elements.map(({ IndexElem }) => IndexElem?.name ?? '')];
    }),
  ];
  return [...known.map((index) => index.columns), ...coming].some((candidate) =>
    columns.every((column) => candidate.slice(0, columns.length).includes(column)),
  );
}

function keyColumns({ contype, keys }: Constraint): string[][] {
  return contype === 'CONSTR_PRIMARY' || contype === 'CONSTR_UNIQUE' ? [strings(keys)] : [];
}

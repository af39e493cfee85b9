import { columnsOf } from '../column-types.js';
import { defineRule } from '../rule.js';
import { constraintOf } from '../syntax.js';

export const intId = defineRule({
  id: 'int-id',
  title: 'A key of type integer ends at 2,147,483,647.',
  severity: 'warning',
  preset: 'strict',
  category: 'practice',
  consequence: 'Then every INSERT fails; and the change to bigint writes the table anew.',
  fix: 'bigint.',
  on: ['CreateStmt', 'AlterTableStmt'],
  check: (statement) =>
    columnsOf(
      statement,
      (type, column) => type === 'int4' && isKey(column),
      (column) => `\`${column}\` is an integer key.`,
    ),
});

function isKey(column: Parameters<typeof constraintOf>[0]): boolean {
  return ['CONSTR_PRIMARY', 'CONSTR_IDENTITY'].some((kind) => constraintOf(column, kind));
}

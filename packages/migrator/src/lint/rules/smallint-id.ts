import { columnsOf } from '../column-types.js';
import { defineRule } from '../rule.js';
import { constraintOf } from '../syntax.js';

export const smallintId = defineRule({
  id: 'smallint-id',
  title: 'A key of type smallint ends at 32,767.',
  severity: 'warning',
  preset: 'strict',
  category: 'practice',
  consequence: 'Then every INSERT fails; and the change to another type writes the table anew.',
  fix: 'bigint; integer if the rows are known.',
  on: ['CreateStmt', 'AlterTableStmt'],
  check: (statement) =>
    columnsOf(
      statement,
      (type, column) =>
        /^(?:int2|smallserial|serial2)$/.test(type) &&
        (/serial/.test(type) || ['CONSTR_PRIMARY', 'CONSTR_IDENTITY'].some((kind) => constraintOf(column, kind))),
      (column) => `\`${column}\` is a smallint key.`,
    ),
});

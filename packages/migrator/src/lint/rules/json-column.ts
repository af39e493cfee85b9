import { columnsOf, named } from '../column-types.js';
import { defineRule } from '../rule.js';

export const jsonColumn = defineRule({
  id: 'json-column',
  title: 'A column of type json has no equality.',
  severity: 'warning',
  preset: 'strict',
  category: 'practice',
  consequence: 'DISTINCT, GROUP BY and UNION fail on it, and no GIN index fits it.',
  fix: 'jsonb, unless the text must be kept to the letter.',
  on: ['CreateStmt', 'AlterTableStmt'],
  check: (statement) =>
    columnsOf(
      statement,
      (type) => named(type) === 'json',
      (column) => `\`${column}\` is json.`,
    ),
});

import { columnsOf, named } from '../column-types.js';
import { defineRule } from '../rule.js';

export const charN = defineRule({
  id: 'char-n',
  title: 'char(n) pads values with blanks.',
  severity: 'warning',
  preset: 'strict',
  category: 'practice',
  consequence: 'It saves nothing, and comparisons ignore blanks at the end.',
  fix: 'text, with a CHECK on the length if there must be one.',
  on: ['CreateStmt', 'AlterTableStmt'],
  check: (statement) =>
    columnsOf(
      statement,
      (type) => named(type) === 'bpchar',
      (column) => `\`${column}\` is char(n).`,
    ),
});

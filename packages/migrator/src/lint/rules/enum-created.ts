import { defineRule } from '../rule.js';
import { nameOfParts } from '../syntax.js';

export const enumCreated = defineRule({
  id: 'enum-created',
  title: 'An enum can gain values, but not lose them.',
  severity: 'info',
  preset: 'none',
  category: 'practice',
  consequence: 'To remove or reorder values, each table that uses it is written twice.',
  fix: 'text with a CHECK, or a table of values.',
  on: ['CreateEnumStmt'],
  check: ({ node }) => [{ message: `\`${nameOfParts(node.typeName).shown}\` is an enum.` }],
});

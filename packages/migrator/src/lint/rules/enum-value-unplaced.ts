import { defineRule } from '../rule.js';
import { nameOfParts } from '../syntax.js';

export const enumValueUnplaced = defineRule({
  id: 'enum-value-unplaced',
  title: 'ADD VALUE without BEFORE or AFTER puts the value last.',
  severity: 'info',
  preset: 'strict',
  category: 'practice',
  consequence: 'ORDER BY and comparisons go by the order of the values.',
  fix: 'Say where it belongs: ADD VALUE … BEFORE or AFTER.',
  on: ['AlterEnumStmt'],
  check({ node }) {
    if (node.oldVal || node.newValNeighbor) return [];
    return [{ message: `'${String(node.newVal)}' comes last in \`${nameOfParts(node.typeName).shown}\`.` }];
  },
});

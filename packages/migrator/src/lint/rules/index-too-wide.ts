import { defineRule } from '../rule.js';

export const indexTooWide = defineRule({
  id: 'index-too-wide',
  title: 'An index of more than three columns is rarely used to its end.',
  severity: 'warning',
  preset: 'strict',
  category: 'practice',
  consequence: 'Each write pays for every column; a query seldom narrows by the fourth.',
  fix: 'Index the columns that narrow most, three at the most.',
  on: ['IndexStmt'],
  check({ node }) {
    const columns = ((node.indexParams ?? []) as readonly unknown[]).length;
    if (node.unique || columns <= 3) return [];
    return [{ message: `The index \`${String(node.idxname ?? '')}\` has ${columns} columns.` }];
  },
});

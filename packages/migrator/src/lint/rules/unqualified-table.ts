import { defineRule } from '../rule.js';
import { nameOf, type RangeVar } from '../syntax.js';

export const unqualifiedTable = defineRule({
  id: 'unqualified-table',
  title: 'A table is named without its schema.',
  severity: 'warning',
  preset: 'none',
  category: 'practice',
  consequence: 'Which one is meant depends on search_path. drizzle-kit writes tables of `public` so.',
  fix: 'Name the schema.',
  on: ['CreateStmt', 'AlterTableStmt', 'IndexStmt', 'RenameStmt'],
  check({ node }) {
    const { schemaname, relpersistence, location } = (node.relation ?? {}) as RangeVar;
    if (schemaname || relpersistence === 't' || !node.relation) return [];
    return [{ message: `\`${nameOf(node.relation).name}\` has no schema.`, location }];
  },
});

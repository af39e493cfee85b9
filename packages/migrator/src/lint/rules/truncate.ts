import { defineRule } from '../rule.js';
import { nameOf } from '../syntax.js';

export const truncate = defineRule({
  id: 'truncate',
  title: 'TRUNCATE empties a table, under a lock against reads and writes.',
  severity: 'error',
  preset: 'recommended',
  category: 'loss',
  consequence: 'All rows are lost, and no row-level trigger runs.',
  fix: 'If that is meant, say why: `-- migrator: allow truncate <reason>`.',
  claims: { locks: { plays: 'AccessExclusiveLock' }, rewrites: ['plays'] },
  on: ['TruncateStmt'],
  check({ node }, { isNew, sizes }) {
    if (node.behavior === 'DROP_CASCADE') return [];
    return ((node.relations ?? []) as readonly { RangeVar?: unknown }[]).flatMap(({ RangeVar }) => {
      const table = nameOf(RangeVar);
      if (isNew(table.key) || sizes?.[table.key]?.rows === 0) return [];
      return [{ message: `All rows of \`${table.shown}\` are lost.`, table: table.key }];
    });
  },
});

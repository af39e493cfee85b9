import { lockedTable } from '../column-types.js';
import { defineRule } from '../rule.js';
import { nameOf } from '../syntax.js';

export const unbatchedDml = defineRule({
  id: 'unbatched-dml',
  title: 'One statement writes every row of a table.',
  severity: 'warning',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'All rows stay locked until it ends, the table grows by as much again, and replicas fall behind.',
  fix: 'Write `-- migrator: backfill` at the top of a file of its own: it runs in batches, each a transaction. drizzle-kit needs a DO block with a COMMIT after each batch.',
  claims: { locks: { songs: 'RowExclusiveLock' }, scans: ['songs'] },
  on: ['UpdateStmt', 'DeleteStmt', 'DoStmt'],
  check(statement, context) {
    if (statement.kind === 'DoStmt') {
      const loops = /\bLOOP\b[\s\S]*\b(?:UPDATE|DELETE\s+FROM|INSERT\s+INTO)\b/i.test(statement.text);
      return loops && !/\bCOMMIT\b/i.test(statement.text)
        ? [{ message: 'The loop writes all of its batches in one transaction.' }]
        : [];
    }
    const table = nameOf(statement.node.relation);
    if (context.migration.isBackfill && context.engine === 'migrator') return [];
    if (statement.node.whereClause || context.isNew(table.key)) return [];
    // That is backfill-in-ddl-tx.
    if (context.earlierInTransaction().some((other) => lockedTable(other, context) === table.key)) return [];
    return [{ message: `All rows of \`${table.shown}\` are written at once.`, table: table.key }];
  },
});

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
  fix: 'Batches of some thousand rows, with a COMMIT each: a DO block with COMMIT runs outside of a transaction by itself.',
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
    if (statement.node.whereClause || context.isNew(table.key)) return [];
    // That is backfill-in-ddl-tx.
    if (context.earlierInTransaction().some((other) => lockedTable(other, context) === table.key)) return [];
    return [{ message: `All rows of \`${table.shown}\` are written at once.`, table: table.key }];
  },
});

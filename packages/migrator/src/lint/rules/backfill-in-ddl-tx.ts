import { lockedTable } from '../column-types.js';
import { defineRule } from '../rule.js';
import { nameOf } from '../syntax.js';

export const backfillInDdlTx = defineRule({
  id: 'backfill-in-ddl-tx',
  title: 'Rows are written in a transaction that has locked their table.',
  severity: 'warning',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Nobody reads or writes the table until the last row is written.',
  fix: 'Put the rows into a migration of their own, in batches with a COMMIT each, behind the one that changes the table.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, scans: ['songs'] },
  on: ['UpdateStmt', 'DeleteStmt', 'InsertStmt'],
  check(statement, context) {
    const table = nameOf(statement.node.relation);
    if (context.isNew(table.key) || isShort(statement.node)) return [];
    const locked = context.earlierInTransaction().find((other) => lockedTable(other, context) === table.key);
    if (!locked) return [];
    return [
      {
        message: `\`${table.shown}\` is locked since line ${locked.line}, and its rows are written here.`,
        table: table.key,
      },
    ];
  },
});

/** INSERT … VALUES: as many rows as the file has. */
function isShort({ selectStmt }: Readonly<Record<string, unknown>>): boolean {
  return (selectStmt as { SelectStmt?: { valuesLists?: unknown } } | undefined)?.SelectStmt?.valuesLists !== undefined;
}

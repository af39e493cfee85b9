import { lockedTable } from '../column-types.js';
import { defineRule } from '../rule.js';

const LIGHT = new Set([
  'CommentStmt',
  'GrantStmt',
  'VariableSetStmt',
  'TransactionStmt',
  'AlterOwnerStmt',
  'AlterEnumStmt',
]);

export const workAfterAel = defineRule({
  id: 'work-after-ael',
  title: 'Work goes on while a table is locked against reads and writes.',
  severity: 'warning',
  preset: 'strict',
  category: 'lock',
  consequence: 'The lock is held until the transaction ends: whatever comes behind it makes everybody wait for longer.',
  fix: 'Let the statement with the strong lock come last, or give the rest a migration of its own.',
  on: ['*'],
  check(statement, context) {
    if (LIGHT.has(statement.kind) || lockedTable(statement, context) !== undefined) return [];
    const before = context.earlierInTransaction();
    const previous = before.at(-1);
    const locked = previous && lockedTable(previous, context);
    if (locked === undefined) return [];
    return [
      {
        message: `\`${locked.replace(/^public\./, '')}\` stays locked while this and what follows runs.`,
        table: locked,
      },
    ];
  },
});

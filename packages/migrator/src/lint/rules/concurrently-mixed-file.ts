import { refusedInTransaction } from '../../sql/transactions.js';
import { defineRule } from '../rule.js';

export const concurrentlyMixedFile = defineRule({
  id: 'concurrently-mixed-file',
  title: 'One statement that cannot run in a transaction takes all others of its file out of theirs.',
  severity: 'warning',
  preset: 'strict',
  category: 'practice',
  consequence:
    'The file is no longer all or nothing. migrator notes how far it got and goes on there; a reader sees the states in between.',
  fix: 'Give it a migration of its own.',
  on: ['IndexStmt', 'DropStmt', 'ReindexStmt', 'AlterTableStmt', 'VacuumStmt'],
  check(statement, { migration, earlier }) {
    const refusal = refusedInTransaction(statement);
    if (refusal === undefined || migration.ownTransactions) return [];
    const others = migration.statements.some(
      (other) =>
        refusedInTransaction(other) === undefined && other.kind !== 'VariableSetStmt' && !isSecondHalf(other.text),
    );
    const first = !earlier().some((other) => refusedInTransaction(other) !== undefined);
    return others && first
      ? [{ message: `${refusal} shares its file with statements that belong into a transaction.` }]
      : [];
  },
});

/** What is left to do once an index is built, or a constraint is to be proven. */
function isSecondHalf(text: string): boolean {
  return /\bUSING\s+INDEX\b|\bVALIDATE\s+CONSTRAINT\b|\bATTACH\s+PARTITION\b/i.test(text);
}

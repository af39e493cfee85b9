import { refusedInTransaction } from '../../sql/transactions.js';
import { defineRule } from '../rule.js';

export const notIdempotentOutsideTx = defineRule({
  id: 'not-idempotent-outside-tx',
  title: 'What runs outside of a transaction, and fails half way, cannot be run again.',
  severity: 'warning',
  preset: 'none',
  category: 'practice',
  consequence:
    'The statements that had worked fail the second time. migrator goes on where it stopped, so that this matters for other tools only.',
  fix: 'IF NOT EXISTS, IF EXISTS or OR REPLACE.',
  on: ['IndexStmt', 'DropStmt', 'CreateStmt', 'AlterTableStmt'],
  check({ kind, node }, { migration }) {
    if (!migration.statements.some((other) => refusedInTransaction(other) !== undefined)) return [];
    if (kind === 'AlterTableStmt') return [];
    if (kind === 'DropStmt' ? node.missing_ok : node.if_not_exists) return [];
    return [{ message: 'A second run of this fails.' }];
  },
});

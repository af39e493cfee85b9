import { transactionControl } from '../../sql/transactions.js';
import { defineRule } from '../rule.js';

export const txLeftOpen = defineRule({
  id: 'tx-left-open',
  title: 'BEGIN without COMMIT.',
  severity: 'error',
  preset: 'recommended',
  category: 'practice',
  consequence: 'psql and other tools lose what it did when they hang up; migrator commits it with its own record.',
  fix: 'Write COMMIT at the end; or leave out BEGIN: each migration is a transaction by itself.',
  on: ['TransactionStmt'],
  check(statement, { later }) {
    if (transactionControl(statement) !== 'begin') return [];
    const ended = later().some(
      (other) => transactionControl(other) !== undefined && transactionControl(other) !== 'inside',
    );
    return ended ? [] : [{ message: 'Nothing ends this transaction.' }];
  },
});

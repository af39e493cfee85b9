import { transactionControl } from '../../sql/transactions.js';
import { defineRule } from '../rule.js';

export const txNesting = defineRule({
  id: 'tx-nesting',
  title: 'BEGIN inside of a transaction, or COMMIT outside of one, does nothing but warn.',
  severity: 'warning',
  preset: 'recommended',
  category: 'practice',
  consequence:
    'The transaction is another than the one that was meant: the first COMMIT ends all of it. For drizzle-kit every BEGIN is such a one, and its COMMIT ends the transaction that tracks the migrations.',
  fix: 'Leave out BEGIN and COMMIT: each migration is a transaction by itself.',
  on: ['TransactionStmt'],
  check(statement, { earlier, engine, migration }) {
    const control = transactionControl(statement);
    if (control === undefined || control === 'inside') return [];
    if (engine === 'drizzle-kit') {
      const [first] = migration.statements.filter((other) => other.kind === 'TransactionStmt');
      return first === statement ? [{ message: 'drizzle-kit has its own transaction around this one.' }] : [];
    }
    const marks = earlier()
      .flatMap((other) => transactionControl(other) ?? [])
      .filter((mark) => mark !== 'inside');
    if (control === 'begin') return marks.at(-1) === 'begin' ? [{ message: 'A transaction is open already.' }] : [];
    // The first COMMIT of a file may end the transaction that it expects around itself.
    return marks.at(-1) === 'end' ? [{ message: 'No transaction is open here.' }] : [];
  },
});

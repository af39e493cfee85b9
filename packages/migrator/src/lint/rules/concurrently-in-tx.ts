import { refusedInTransaction } from '../../sql/transactions.js';
import { defineRule } from '../rule.js';

export const concurrentlyInTx = defineRule({
  id: 'concurrently-in-tx',
  title: 'What Postgres refuses inside of a transaction stands in one.',
  severity: 'error',
  preset: 'recommended',
  category: 'failing',
  consequence:
    'It fails with 25001: CREATE INDEX CONCURRENTLY, VACUUM and their kin cannot run in a transaction block.',
  fix: 'Take it out of BEGIN … COMMIT. In a file without those, migrator runs it outside of a transaction; drizzle-kit never does.',
  claims: { fails: '25001' },
  on: ['*'],
  check(statement, { earlierInTransaction, migration, engine }) {
    const refusal = refusedInTransaction(statement);
    if (refusal === undefined || statement.kind === 'Unparsed') return [];
    const opened = earlierInTransaction().some(({ kind }) => kind === 'TransactionStmt');
    const alone = engine === 'drizzle-kit' && !migration.ownTransactions;
    return opened || alone ? [{ message: `${refusal} stands in a transaction.` }] : [];
  },
});

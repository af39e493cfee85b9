import { refusedInTransaction } from '../../sql/transactions.js';
import { defineRule } from '../rule.js';

export const cicCorrupts = defineRule({
  id: 'cic-corrupts-14.0-14.3',
  title:
    'On Postgres 14.0 to 14.3, CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY can leave rows out of the index.',
  severity: 'error',
  preset: 'recommended',
  category: 'loss',
  consequence:
    'Queries that use the index miss those rows, silently. Told only where the target names its minor release: `postgresVersion: "14.2"`.',
  fix: 'Update the server to 14.4 or later first; then REINDEX what was built before.',
  postgres: { from: 14, to: 14 },
  on: ['IndexStmt', 'ReindexStmt'],
  check(statement, { target }) {
    const { major, minor = Number.POSITIVE_INFINITY } = target;
    if (minor > 3 || !refusedInTransaction(statement)?.includes('CONCURRENTLY')) return [];
    return [{ message: `On Postgres ${major}.${minor} this can leave rows out of the index.` }];
  },
});

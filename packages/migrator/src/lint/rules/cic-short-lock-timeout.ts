import { refusedInTransaction } from '../../sql/transactions.js';
import { defineRule } from '../rule.js';
import { settingOf } from '../setting.js';

/** In milliseconds: CONCURRENTLY waits for every transaction that is older than it. */
const SHORT = 60_000;

export const cicShortLockTimeout = defineRule({
  id: 'cic-short-lock-timeout',
  title: 'A short lock_timeout ends CREATE INDEX CONCURRENTLY half way.',
  severity: 'warning',
  preset: 'recommended',
  category: 'failing',
  consequence:
    'It waits for every transaction that is older than it; where that takes longer than the timeout, it fails and leaves an INVALID index.',
  fix: 'SET lock_timeout = 0 before it. migrator has none for such statements unless the file sets one.',
  on: ['IndexStmt', 'DropStmt', 'ReindexStmt'],
  check(statement, { earlier }) {
    if (!refusedInTransaction(statement)?.includes('CONCURRENTLY')) return [];
    const timeout = earlier()
      .map((other) => settingOf(other, 'lock_timeout'))
      .findLast((value) => value !== undefined);
    if (!timeout?.milliseconds || timeout.milliseconds >= SHORT) return [];
    return [
      {
        message: `This runs with a lock_timeout of ${timeout.milliseconds} ms, and CONCURRENTLY may have to wait for longer.`,
      },
    ];
  },
});

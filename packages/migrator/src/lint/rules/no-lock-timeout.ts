import { lockedTable } from '../column-types.js';
import { defineRule } from '../rule.js';
import { settingOf } from '../setting.js';

export const noLockTimeout = defineRule({
  id: 'no-lock-timeout',
  title: 'A strong lock is asked for without a lock_timeout.',
  severity: 'warning',
  preset: 'drizzle-kit',
  category: 'lock',
  consequence:
    'While it waits behind one long reader, everybody else waits behind it: a SELECT took 2.0 s instead of 0.1 s (measured). migrator sets lock_timeout and tries again: where it applies the file, the rule is satisfied.',
  fix: "SET LOCAL lock_timeout = '3s' before it, and try again when it fails.",
  on: ['AlterTableStmt', 'RenameStmt'],
  check(statement, context) {
    const key = lockedTable(statement, context);
    const before = context.earlier();
    if (key === undefined || before.some((other) => settingOf(other, 'lock_timeout') !== undefined)) return [];
    if (before.some((other) => lockedTable(other, context) !== undefined)) return [];
    return [{ message: `\`${key.replace(/^public\./, '')}\` is locked without a lock_timeout.`, table: key }];
  },
});

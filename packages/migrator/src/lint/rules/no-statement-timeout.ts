import { lockedTable } from '../column-types.js';
import { defineRule } from '../rule.js';
import { settingOf } from '../setting.js';

export const noStatementTimeout = defineRule({
  id: 'no-statement-timeout',
  title: 'A strong lock is held without a statement_timeout.',
  severity: 'info',
  preset: 'none',
  category: 'lock',
  consequence: 'If the statement takes longer than anybody thought, nothing ends it.',
  fix: "SET LOCAL statement_timeout = '30s' before it.",
  on: ['AlterTableStmt', 'RenameStmt'],
  check(statement, context) {
    const key = lockedTable(statement, context);
    const before = context.earlier();
    if (key === undefined || before.some((other) => settingOf(other, 'statement_timeout') !== undefined)) return [];
    if (before.some((other) => lockedTable(other, context) !== undefined)) return [];
    return [{ message: `\`${key.replace(/^public\./, '')}\` is locked without a statement_timeout.`, table: key }];
  },
});

import { lockedTable } from '../column-types.js';
import { defineRule } from '../rule.js';

export const twoHotTablesOneTx = defineRule({
  id: 'two-hot-tables-one-tx',
  title: 'One transaction locks two tables against reads and writes.',
  severity: 'warning',
  preset: 'strict',
  category: 'lock',
  consequence:
    'It holds the first while it waits for the second: an application that uses them in the other order gets a deadlock.',
  fix: 'A migration for each table.',
  on: ['AlterTableStmt', 'RenameStmt'],
  check(statement, context) {
    const key = lockedTable(statement, context);
    if (key === undefined) return [];
    const before = new Set(context.earlierInTransaction().flatMap((other) => lockedTable(other, context) ?? []));
    if (before.has(key) || before.size !== 1) return [];
    const [first = ''] = before;
    const shown = (name: string) => `\`${name.replace(/^public\./, '')}\``;
    return [{ message: `${shown(key)} is locked while ${shown(first)} still is.`, table: key }];
  },
});

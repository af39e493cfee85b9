import { defineRule } from '../rule.js';
import { alterCommands, nameOf } from '../syntax.js';

export const alterTwice = defineRule({
  id: 'alter-twice',
  title: 'One table is altered by several statements that could be one.',
  severity: 'info',
  preset: 'none',
  category: 'practice',
  consequence:
    'Where more than one of them reads or writes the table, it is read or written that often. drizzle-kit always writes them apart.',
  fix: 'ALTER TABLE … with several commands, separated by commas.',
  on: ['AlterTableStmt'],
  check(statement, { isNew, earlierInTransaction }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key) || alterCommands(statement).length === 0) return [];
    const before = earlierInTransaction().filter(
      (other) => alterCommands(other).length > 0 && nameOf(other.node.relation).key === table.key,
    );
    return before.length === 1
      ? [{ message: `\`${table.shown}\` is altered on line ${before[0]?.line} already.` }]
      : [];
  },
});

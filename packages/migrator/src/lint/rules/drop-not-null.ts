import { defineRule } from '../rule.js';
import { alterCommands, nameOf } from '../syntax.js';

export const dropNotNull = defineRule({
  id: 'drop-not-null',
  title: 'A column may be NULL from here on.',
  severity: 'warning',
  preset: 'strict',
  category: 'compatibility',
  consequence: 'Code that is running, and whoever reads the table elsewhere, may not expect it.',
  fix: 'Deploy readers that can handle NULL first.',
  claims: { locks: { songs: 'AccessExclusiveLock' } },
  on: ['AlterTableStmt'],
  check(statement, { isNew }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key)) return [];
    return alterCommands(statement).flatMap(({ subtype, name }) =>
      subtype === 'AT_DropNotNull' ? [{ message: `\`${table.shown}.${name}\` may be NULL from here on.` }] : [],
    );
  },
});

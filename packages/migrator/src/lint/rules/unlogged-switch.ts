import { defineRule } from '../rule.js';
import { alterCommands, nameOf } from '../syntax.js';

export const unloggedSwitch = defineRule({
  id: 'unlogged-switch',
  title: 'SET LOGGED and SET UNLOGGED write the whole table and all of its indexes anew.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence:
    'Everybody who uses the table waits until the last row is written; an UNLOGGED table is empty after a crash, and on replicas.',
  fix: 'Make a new table of the other kind, copy the rows in batches, and swap the names.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, rewrites: ['songs'], scans: ['songs'] },
  on: ['AlterTableStmt'],
  check(statement, { isNew }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key)) return [];
    return alterCommands(statement).flatMap(({ subtype }) =>
      subtype === 'AT_SetLogged' || subtype === 'AT_SetUnLogged'
        ? [{ message: `\`${table.shown}\` is written anew.`, table: table.key }]
        : [],
    );
  },
});

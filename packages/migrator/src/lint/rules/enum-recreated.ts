import { isEnumRecreation } from '../enum-recreation.js';
import { defineRule } from '../rule.js';
import { alterCommands, nameOf } from '../syntax.js';

export const enumRecreated = defineRule({
  id: 'enum-recreated',
  title: 'To remove or reorder values of an enum, its columns become text and then the new enum: two rewrites.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence:
    'Everybody who uses the table waits until each row is written twice; and it fails where a row has a value that is gone. drizzle-kit writes it so.',
  fix: 'Leave the value in the type and keep it out by a CHECK (NOT VALID, then VALIDATE); or go by a new column.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, rewrites: ['songs'], scans: ['songs'] },
  on: ['AlterTableStmt'],
  check(statement, context) {
    const table = nameOf(statement.node.relation);
    if (context.isNew(table.key)) return [];
    return alterCommands(statement).flatMap(({ subtype, name = '' }) =>
      subtype === 'AT_AlterColumnType' && isEnumRecreation(statement, name, context) === 'leaving'
        ? [
            {
              message: `\`${table.shown}.${name}\` becomes text here and an enum again below: the table is written twice.`,
              table: table.key,
            },
          ]
        : [],
    );
  },
});

import { viewsReading } from '../model/schema.js';
import { defineRule } from '../rule.js';
import { alterCommands, nameOf } from '../syntax.js';

export const typeChangeUnderView = defineRule({
  id: 'type-change-under-view',
  title: 'The type of a column that a view reads cannot be changed.',
  severity: 'error',
  preset: 'recommended',
  category: 'failing',
  consequence: 'It fails with 0A000.',
  fix: 'DROP VIEW before it and CREATE VIEW behind it, in the same transaction.',
  claims: { fails: '0A000' },
  on: ['AlterTableStmt'],
  check(statement, { schema }) {
    const table = nameOf(statement.node.relation);
    return alterCommands(statement).flatMap(({ subtype, name = '' }) => {
      const views = subtype === 'AT_AlterColumnType' ? viewsReading(schema, table.key, name) : [];
      return views.length > 0
        ? [{ message: `The view \`${views.join('`, `')}\` reads \`${table.shown}.${name}\`.` }]
        : [];
    });
  },
});

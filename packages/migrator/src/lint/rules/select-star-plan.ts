import { defineRule } from '../rule.js';
import { alterCommands, nameOf } from '../syntax.js';

export const selectStarPlan = defineRule({
  id: 'select-star-plan',
  title: 'Prepared `SELECT *` statements that are alive fail once when the columns change.',
  severity: 'info',
  preset: 'strict',
  category: 'compatibility',
  consequence:
    'They fail with 0A000, "cached plan must not change result type", until their session prepares them anew. drizzle names its columns; raw SQL may not.',
  fix: 'Name the columns in queries that are prepared.',
  on: ['AlterTableStmt'],
  check(statement, { isNew }) {
    const table = nameOf(statement.node.relation);
    const changes = alterCommands(statement).some(({ subtype }) =>
      /^AT_(?:AddColumn|DropColumn|AlterColumnType)$/.test(subtype),
    );
    return changes && !isNew(table.key)
      ? [{ message: `The columns of \`${table.shown}\` change under prepared \`SELECT *\`.` }]
      : [];
  },
});

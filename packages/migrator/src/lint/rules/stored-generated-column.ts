import { defineRule } from '../rule.js';
import { addedColumns, constraintOf, nameOf } from '../syntax.js';

export const storedGeneratedColumn = defineRule({
  id: 'stored-generated-column',
  title: 'ADD COLUMN … GENERATED … STORED writes the whole table and all of its indexes anew.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Everybody who uses the table waits until the last row is written.',
  fix: 'A plain column that a trigger keeps, filled in batches; from Postgres 18 on, GENERATED … VIRTUAL.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, rewrites: ['songs'], scans: ['songs'] },
  on: ['AlterTableStmt'],
  check(statement, { isNew }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key)) return [];
    return addedColumns(statement).flatMap((column) => {
      const generated = constraintOf(column, 'CONSTR_GENERATED');
      if (!generated || generated.generated_kind === 'v') return [];
      return [
        {
          message: `\`${column.colname}\` is computed and stored for each row: \`${table.shown}\` is written anew.`,
          table: table.key,
          location: generated.location,
        },
      ];
    });
  },
});

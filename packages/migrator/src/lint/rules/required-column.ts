import { typeOf } from '../model/schema.js';
import { defineRule } from '../rule.js';
import { addedColumns, constraintOf, nameOf, typeText } from '../syntax.js';

export const requiredColumn = defineRule({
  id: 'required-column',
  title: 'ADD COLUMN … NOT NULL without a default fails where the table has rows.',
  severity: 'error',
  preset: 'recommended',
  category: 'failing',
  consequence:
    'It fails with 23502 as soon as there is one row; on an empty table it works, which is why it passes on development databases.',
  fix: 'Give it a default; or add it nullable, fill it, and SET NOT NULL in the safe form of set-not-null-scans.',
  claims: { fails: '23502' },
  on: ['AlterTableStmt'],
  check(statement, { isNew, sizes, schema }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key) || sizes?.[table.key]?.rows === 0) return [];
    return addedColumns(statement).flatMap((column) => {
      const required = constraintOf(column, 'CONSTR_NOTNULL');
      const filled = ['CONSTR_DEFAULT', 'CONSTR_IDENTITY', 'CONSTR_GENERATED'].some((kind) =>
        constraintOf(column, kind),
      );
      const type = typeText(column.typeName);
      if (!required || filled || /serial/.test(type) || typeOf(schema, type)?.kind === 'domain') return [];
      return [
        {
          message: `\`${table.shown}.${column.colname}\` must have a value, and the rows that are there have none.`,
          table: table.key,
          location: required.location,
        },
      ];
    });
  },
});

import { typeOf } from '../model/schema.js';
import { defineRule } from '../rule.js';
import { addedColumns, nameOf, typeText } from '../syntax.js';

export const domainCheck = defineRule({
  id: 'domain-check',
  title: 'ADD COLUMN of a domain with a CHECK writes the whole table anew.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence:
    'Everybody who uses the table waits while each row, and every index, is written, also where the column has no default.',
  fix: 'Give the column the plain type, and the CHECK to the column (NOT VALID, then VALIDATE).',
  claims: { locks: { songs: 'AccessExclusiveLock' }, rewrites: ['songs'], scans: ['songs'] },
  on: ['AlterTableStmt'],
  check(statement, { schema, isNew }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key)) return [];
    return addedColumns(statement).flatMap((column) => {
      const type = typeText(column.typeName);
      const domain = typeOf(schema, type);
      // An array of it is checked once there is a value.
      if (domain?.kind !== 'domain' || !domain.isChecked || type.endsWith('[]')) return [];
      return [
        {
          message: `\`${column.colname}\` is of the domain \`${type}\`, which has a CHECK: \`${table.shown}\` is written anew.`,
          table: table.key,
          location: column.typeName?.location,
        },
      ];
    });
  },
});

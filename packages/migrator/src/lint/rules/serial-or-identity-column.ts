import { defineRule } from '../rule.js';
import { addedColumns, constraintOf, nameOf, typeText } from '../syntax.js';

export const serialOrIdentityColumn = defineRule({
  id: 'serial-or-identity-column',
  title: 'ADD COLUMN of a serial or an identity writes the whole table and all of its indexes anew.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Everybody who uses the table waits until each row has its number.',
  fix: 'ADD COLUMN nullable, SET DEFAULT nextval(…), and number the old rows in batches.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, rewrites: ['songs'], scans: ['songs'] },
  on: ['AlterTableStmt'],
  check(statement, { isNew }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key)) return [];
    return addedColumns(statement).flatMap((column) => {
      const type = typeText(column.typeName);
      const drawn = JSON.stringify(constraintOf(column, 'CONSTR_DEFAULT')?.raw_expr ?? '').includes('"nextval"');
      const identity = constraintOf(column, 'CONSTR_IDENTITY');
      if (!identity && !drawn && !/^(?:big|small)?serial[248]?$/.test(type)) return [];
      return [
        {
          message: `Each row of \`${table.shown}\` gets a number in \`${column.colname}\`: the table is written anew.`,
          table: table.key,
          location: identity?.location ?? column.typeName?.location,
        },
      ];
    });
  },
});

import { defineRule } from '../rule.js';
import { addedColumns, constraintOf, nameOf } from '../syntax.js';

export const inlineConstraint = defineRule({
  id: 'inline-constraint',
  title: 'ADD COLUMN with CHECK, UNIQUE or REFERENCES reads the table, or builds an index, under its lock.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Everybody who uses the table waits: a CHECK reads all rows even where the new column is NULL in each.',
  fix: 'Add the column plain, then the constraint in its online form: NOT VALID and VALIDATE, or a CONCURRENTLY built index.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, scans: ['songs'] },
  on: ['AlterTableStmt'],
  check(statement, { isNew }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key)) return [];
    return addedColumns(statement).flatMap((column) => {
      const name = `${table.shown}.${column.colname}`;
      const [check, unique, reference] = ['CONSTR_CHECK', 'CONSTR_UNIQUE', 'CONSTR_FOREIGN'].map((kind) =>
        constraintOf(column, kind),
      );
      const at = { table: table.key };
      return [
        ...(check
          ? [{ ...at, message: `The CHECK of \`${name}\` reads the whole table.`, location: check.location }]
          : []),
        ...(unique
          ? [
              {
                ...at,
                message: `UNIQUE at \`${name}\` builds an index while nobody may use the table.`,
                location: unique.location,
              },
            ]
          : []),
        ...(reference && constraintOf(column, 'CONSTR_DEFAULT')
          ? [
              {
                ...at,
                message: `REFERENCES at \`${name}\`, which has a default, compares every row with \`${nameOf(reference.pktable).shown}\`.`,
                location: reference.location,
              },
            ]
          : []),
      ];
    });
  },
});

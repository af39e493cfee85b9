import { defineRule } from '../rule.js';
import { addedColumns, constraintOf, nameOf } from '../syntax.js';
import { volatileFunction } from '../volatile.js';

export const volatileDefault = defineRule({
  id: 'volatile-default',
  title: 'ADD COLUMN with a default that differs from row to row writes the whole table and all of its indexes anew.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence:
    'Everybody who uses the table waits until the last row is written. Constants and now() cost nothing (11 and later).',
  fix: 'ADD COLUMN without a default, SET DEFAULT, then fill the old rows in batches.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, rewrites: ['songs'], scans: ['songs'] },
  on: ['AlterTableStmt'],
  check(statement, { isNew, schema }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key)) return [];
    return addedColumns(statement).flatMap((column) => {
      const given = constraintOf(column, 'CONSTR_DEFAULT');
      const name = volatileFunction(given?.raw_expr, schema);
      if (name === undefined || name === 'nextval') return [];
      return [
        {
          message: `\`${name}()\` gives each row of \`${table.shown}\` a value of its own: the table is written anew.`,
          table: table.key,
          location: given?.location,
        },
      ];
    });
  },
});

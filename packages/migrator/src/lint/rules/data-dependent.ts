import { defineRule } from '../rule.js';
import { addedConstraints, nameOf } from '../syntax.js';

export const dataDependent = defineRule({
  id: 'data-dependent',
  title: 'Whether it works depends on the rows that are there.',
  severity: 'info',
  preset: 'strict',
  category: 'failing',
  consequence: 'It works on a new database, and fails with 23505 where two rows are equal.',
  fix: 'Look in production first: SELECT … GROUP BY … HAVING count(*) > 1.',
  on: ['IndexStmt', 'AlterTableStmt'],
  check(statement, { isNew, sizes }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key) || sizes?.[table.key]?.rows === 0) return [];
    const unique =
      statement.kind === 'IndexStmt'
        ? statement.node.unique === true
        : addedConstraints(statement).some(
            ({ contype, indexname }) => contype === 'CONSTR_UNIQUE' && indexname === undefined,
          );
    return unique ? [{ message: `This fails where \`${table.shown}\` has equal rows.`, table: table.key }] : [];
  },
});

import { defineRule } from '../rule.js';
import { addedConstraints, nameOf } from '../syntax.js';

export const exclusionConstraint = defineRule({
  id: 'exclusion-constraint',
  title: 'ADD EXCLUDE builds an index while nobody may read or write the table, and has no form that lets them.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Everybody who uses the table waits until the index is built and every pair is compared.',
  fix: 'Make a new table with the constraint, copy the rows in batches, and swap the names.',
  claims: { locks: { bookings: 'AccessExclusiveLock' }, scans: ['bookings'] },
  on: ['AlterTableStmt'],
  check(statement, { isNew }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key)) return [];
    return addedConstraints(statement)
      .filter(({ contype }) => contype === 'CONSTR_EXCLUSION')
      .map(({ location }) => ({
        message: `Adding this constraint keeps everybody out of \`${table.shown}\` while its index is built.`,
        table: table.key,
        location,
      }));
  },
});

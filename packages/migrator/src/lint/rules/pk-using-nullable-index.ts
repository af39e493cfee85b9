import { defineRule } from '../rule.js';
import { addedConstraints, nameOf } from '../syntax.js';

export const pkUsingNullableIndex = defineRule({
  id: 'pk-using-nullable-index',
  title: 'ADD PRIMARY KEY USING INDEX over a column that may be NULL reads the table under its lock.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'The columns become NOT NULL, and everybody who uses the table waits while that is checked.',
  fix: 'SET NOT NULL first, proven by a validated CHECK (see set-not-null-scans).',
  claims: { locks: { songs: 'AccessExclusiveLock' }, scans: ['songs'] },
  on: ['AlterTableStmt'],
  check(statement, { isNew, schema }) {
    const table = nameOf(statement.node.relation);
    const known = schema.tables.get(table.key);
    if (!known || isNew(table.key)) return [];
    return addedConstraints(statement).flatMap(({ contype, indexname = '', location }) => {
      if (contype !== 'CONSTR_PRIMARY') return [];
      const nullable = (known.indexes.get(indexname)?.columns ?? []).filter(
        (name) => known.columns.get(name)?.notNull === false,
      );
      if (nullable.length === 0) return [];
      return [
        {
          message: `\`${table.shown}\` is read to see that \`${nullable.join(', ')}\` is never NULL.`,
          table: table.key,
          location,
        },
      ];
    });
  },
});

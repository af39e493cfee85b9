import { quoteIdent } from '../../sql/quote.js';
import { relationSql, replaceBy } from '../rewrite.js';
import { defineRule } from '../rule.js';
import { addedConstraints, alterCommands, nameOf, strings } from '../syntax.js';

export const pkBuildsIndex = defineRule({
  id: 'pk-builds-index',
  title:
    'ADD PRIMARY KEY builds an index, and reads the table again for each nullable column, while nobody may read or write it.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Everybody who uses the table waits until the index is built.',
  fix: 'SET NOT NULL (proven by a validated CHECK), CREATE UNIQUE INDEX CONCURRENTLY, then ADD PRIMARY KEY USING INDEX, which takes a moment.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, scans: ['songs'] },
  fixable: true,
  on: ['AlterTableStmt'],
  check(statement, { isNew, schema }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key)) return [];
    const known = schema.tables.get(table.key);
    return addedConstraints(statement)
      .filter(({ contype, indexname }) => contype === 'CONSTR_PRIMARY' && indexname === undefined)
      .map(({ conname, keys, location }) => {
        const columns = strings(keys);
        const name = quoteIdent(conname ?? `${table.name}_pkey`);
        const relation = relationSql(statement.node.relation);
        const fits = alterCommands(statement).length === 1 && known !== undefined && !known.isPartitioned;
        return {
          message: `Adding the primary key keeps everybody out of \`${table.shown}\` while its index is built.`,
          table: table.key,
          location,
          rewrite:
            fits && columns.every((column) => known.columns.get(column)?.notNull)
              ? replaceBy(statement, [
                  `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${relation} (${columns.map(quoteIdent).join(', ')})`,
                  `ALTER TABLE ${relation} ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${name}`,
                ])
              : undefined,
        };
      });
  },
});

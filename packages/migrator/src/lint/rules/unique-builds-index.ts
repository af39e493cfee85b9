import { quoteIdent } from '../../sql/quote.js';
import { relationSql, replaceBy } from '../rewrite.js';
import { defineRule } from '../rule.js';
import { addedConstraints, alterCommands, nameOf, strings } from '../syntax.js';

export const uniqueBuildsIndex = defineRule({
  id: 'unique-builds-index',
  title: 'ADD UNIQUE builds an index while nobody may read or write the table.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Everybody who uses the table waits until the index is built.',
  fix: 'CREATE UNIQUE INDEX CONCURRENTLY, then ALTER TABLE … ADD CONSTRAINT … UNIQUE USING INDEX, which takes a moment.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, scans: ['songs'] },
  fixable: true,
  on: ['AlterTableStmt'],
  check(statement, { isNew, schema }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key)) return [];
    const single = alterCommands(statement).length === 1 && !schema.tables.get(table.key)?.isPartitioned;
    return addedConstraints(statement)
      .filter(({ contype, indexname }) => contype === 'CONSTR_UNIQUE' && indexname === undefined)
      .map((unique) => {
        const { conname = '', keys, location } = unique;
        const relation = relationSql(statement.node.relation);
        const distinct = 'nulls_not_distinct' in unique ? ' NULLS NOT DISTINCT' : '';
        const [name, columns] = [quoteIdent(conname), strings(keys).map(quoteIdent).join(', ')];
        const plain = Object.keys(unique).every((field) =>
          ['contype', 'conname', 'keys', 'location', 'nulls_not_distinct', 'is_enforced', 'initially_valid'].includes(
            field,
          ),
        );
        return {
          message: `Adding the unique constraint \`${conname || strings(keys).join(', ')}\` keeps everybody out of \`${table.shown}\` while its index is built.`,
          table: table.key,
          location,
          rewrite:
            single && plain && conname
              ? replaceBy(statement, [
                  `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${relation} (${columns})${distinct}`,
                  `ALTER TABLE ${relation} ADD CONSTRAINT ${name} UNIQUE USING INDEX ${name}`,
                ])
              : undefined,
        };
      });
  },
});

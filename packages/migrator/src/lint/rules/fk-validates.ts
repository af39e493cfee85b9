import { quoteIdent } from '../../sql/quote.js';
import { append, joinedName, relationSql } from '../rewrite.js';
import { defineRule } from '../rule.js';
import { addedConstraints, alterCommands, nameOf, strings } from '../syntax.js';

export const fkValidates = defineRule({
  id: 'fk-validates',
  title: 'ADD FOREIGN KEY reads both tables while nobody may write to either.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Every INSERT, UPDATE and DELETE on both tables waits until all rows are compared.',
  fix: 'ADD FOREIGN KEY … NOT VALID (a moment on both tables), then VALIDATE CONSTRAINT in a transaction of its own, which lets others write.',
  claims: { locks: { songs: 'ShareRowExclusiveLock', users: 'ShareRowExclusiveLock' }, scans: ['songs', 'users'] },
  fixable: true,
  on: ['AlterTableStmt'],
  check(statement, { isNew, schema }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key)) return [];
    const single = alterCommands(statement).length === 1;
    return addedConstraints(statement)
      .filter(({ contype, skip_validation }) => contype === 'CONSTR_FOREIGN' && !skip_validation)
      .map((key) => {
        const name = key.conname ?? joinedName(table.name, ...strings(key.fk_attrs), 'fkey');
        const validate = `ALTER TABLE ${relationSql(statement.node.relation)} VALIDATE CONSTRAINT ${quoteIdent(name)}`;
        // Postgres refuses NOT VALID on a partitioned table before 18.
        const fits = single && key.conname !== undefined && !schema.tables.get(table.key)?.isPartitioned;
        return {
          message: `Adding the foreign key \`${name}\` keeps writes to \`${table.shown}\` and \`${nameOf(key.pktable).shown}\` waiting while both are read.`,
          table: table.key,
          location: key.location,
          rewrite: fits ? append(statement, ' NOT VALID', [validate]) : undefined,
        };
      });
  },
});

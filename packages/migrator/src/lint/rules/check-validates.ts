import { quoteIdent } from '../../sql/quote.js';
import { append, joinedName, relationSql } from '../rewrite.js';
import { defineRule } from '../rule.js';
import { addedConstraints, alterCommands, columnsIn, nameOf } from '../syntax.js';

export const checkValidates = defineRule({
  id: 'check-validates',
  title: 'ADD CHECK reads the whole table while nobody may read or write it.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Everybody who uses the table waits until all of its rows are read.',
  fix: 'ADD CONSTRAINT … CHECK (…) NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own, which lets others read and write.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, scans: ['songs'] },
  fixable: true,
  on: ['AlterTableStmt'],
  check(statement, { isNew }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key)) return [];
    const single = alterCommands(statement).length === 1;
    return addedConstraints(statement)
      .filter(({ contype, skip_validation }) => contype === 'CONSTR_CHECK' && !skip_validation)
      .map((check) => {
        const name = check.conname ?? joinedName(table.name, ...columnsIn(check.raw_expr), 'check');
        const validate = `ALTER TABLE ${relationSql(statement.node.relation)} VALIDATE CONSTRAINT ${quoteIdent(name)}`;
        return {
          message: `Adding the check \`${name}\` keeps everybody out of \`${table.shown}\` while it is read.`,
          table: table.key,
          location: check.location,
          rewrite: single && check.conname !== undefined ? append(statement, ' NOT VALID', [validate]) : undefined,
        };
      });
  },
});

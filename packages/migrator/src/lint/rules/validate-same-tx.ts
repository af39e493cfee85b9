import { defineRule } from '../rule.js';
import { addedConstraints, alterCommands, nameOf } from '../syntax.js';

export const validateSameTx = defineRule({
  id: 'validate-same-tx',
  title: 'A constraint is added NOT VALID and validated in one transaction.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'The strong lock of ADD CONSTRAINT is held while the rows are read: NOT VALID has gained nothing.',
  fix: 'Put VALIDATE CONSTRAINT into a migration of its own, or begin the file with `-- migrator: no-transaction`.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, scans: ['songs'] },
  on: ['AlterTableStmt'],
  check(statement, { isNew, earlierInTransaction }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key)) return [];
    const added = earlierInTransaction()
      .filter(({ node }) => nameOf(node.relation).key === table.key)
      .flatMap(addedConstraints);
    return alterCommands(statement).flatMap(({ subtype, name }) =>
      subtype === 'AT_ValidateConstraint' &&
      added.some(({ conname, skip_validation }) => conname === name && skip_validation)
        ? [{ message: `\`${name}\` is validated under the lock that adding it has taken.`, table: table.key }]
        : [],
    );
  },
});

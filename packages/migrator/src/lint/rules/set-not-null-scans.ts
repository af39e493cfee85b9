import { quoteIdent } from '../../sql/quote.js';
import { joinedName, relationSql } from '../rewrite.js';
import { defineRule } from '../rule.js';
import { type AlterCommand, alterCommands, isNotNullTest, nameOf, strings } from '../syntax.js';

export const setNotNullScans = defineRule({
  id: 'set-not-null-scans',
  title: 'SET NOT NULL reads the whole table while nobody may read or write it.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence:
    'Everybody who uses the table waits until all of its rows are read; and it fails if one of them has no value.',
  fix: 'ADD CONSTRAINT … CHECK (column IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT, SET NOT NULL (which then reads nothing, 12 and later), DROP CONSTRAINT; each in a transaction of its own.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, scans: ['songs'] },
  fixable: true,
  on: ['AlterTableStmt'],
  check(statement, { isNew, schema }) {
    const table = nameOf(statement.node.relation);
    const known = schema.tables.get(table.key);
    if (isNew(table.key)) return [];
    const commands = alterCommands(statement);
    return commands.flatMap((command) => {
      const name = requiredColumnOf(command);
      if (name === undefined || known?.columns.get(name)?.notNull) return [];
      const proven = [...(known?.constraints.values() ?? [])].some(
        ({ kind, validated, expression }) => kind === 'check' && validated && isNotNullTest(expression, name),
      );
      if (proven) return [];
      const alter = `ALTER TABLE ${relationSql(statement.node.relation)}`;
      const constraint = quoteIdent(joinedName(table.name, name, 'required'));
      return [
        {
          message: `Making \`${table.shown}.${name}\` NOT NULL keeps everybody out while the table is read.`,
          table: table.key,
          rewrite:
            commands.length === 1 && command.subtype === 'AT_SetNotNull'
              ? {
                  edits: [],
                  before: [
                    `${alter} ADD CONSTRAINT ${constraint} CHECK (${quoteIdent(name)} IS NOT NULL) NOT VALID`,
                    `${alter} VALIDATE CONSTRAINT ${constraint}`,
                  ],
                  after: [`${alter} DROP CONSTRAINT ${constraint}`],
                }
              : undefined,
        },
      ];
    });
  },
});

/** From Postgres 18 on, NOT NULL can also be written as a constraint with a name. */
function requiredColumnOf({ subtype, name, def }: AlterCommand): string | undefined {
  if (subtype === 'AT_SetNotNull') return name;
  const { contype, keys, skip_validation: isNotValid } = def?.Constraint ?? {};
  return subtype === 'AT_AddConstraint' && contype === 'CONSTR_NOTNULL' && !isNotValid ? strings(keys)[0] : undefined;
}

import { defineRule } from '../rule.js';
import { alterCommands, droppedNames, nameOf } from '../syntax.js';

export const dropFkLocksParent = defineRule({
  id: 'drop-fk-locks-parent',
  title: 'Dropping a foreign key, or a table that has one, also locks the referenced table against reads and writes.',
  severity: 'warning',
  preset: 'strict',
  category: 'lock',
  consequence:
    'It waits for every transaction that uses the referenced table, and meanwhile everybody waits behind it.',
  fix: 'Keep it in a transaction of its own, with a lock_timeout (migrator sets one).',
  claims: { locks: { songs: 'AccessExclusiveLock', users: 'AccessExclusiveLock' } },
  on: ['AlterTableStmt', 'DropStmt'],
  check(statement, { schema, isNew }) {
    const dropped =
      statement.kind === 'DropStmt'
        ? statement.node.removeType === 'OBJECT_TABLE'
          ? droppedNames(statement.node).flatMap(({ key }) => [...(schema.tables.get(key)?.constraints.values() ?? [])])
          : []
        : alterCommands(statement).flatMap(({ subtype, name = '' }) => {
            const key = nameOf(statement.node.relation).key;
            return subtype === 'AT_DropConstraint' ? (schema.tables.get(key)?.constraints.get(name) ?? []) : [];
          });
    return dropped.flatMap(({ name, references }) =>
      references === undefined || isNew(references)
        ? []
        : [
            {
              message: `Without \`${name}\`, \`${references.replace(/^public\./, '')}\` is locked too.`,
              table: references,
            },
          ],
    );
  },
});

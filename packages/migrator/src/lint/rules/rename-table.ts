import { defineRule } from '../rule.js';
import { nameOf } from '../syntax.js';

export const renameTable = defineRule({
  id: 'rename-table',
  title: 'A table gets another name while code that knows the old one is running.',
  severity: 'warning',
  preset: 'recommended',
  category: 'compatibility',
  consequence: 'From this moment until the last old instance is gone, its queries fail with 42P01.',
  fix: 'CREATE VIEW with the old name in the same transaction: a simple view can be written to. Drop it once nobody uses it.',
  claims: { locks: { songs: 'AccessExclusiveLock' } },
  on: ['RenameStmt'],
  check({ node }, { isNew, migration, later }) {
    const table = nameOf(node.relation);
    if (node.renameType !== 'OBJECT_TABLE' || isNew(table.key) || migration.isContract || migration.isRecoverable)
      return [];
    const covered = later().some((other) => other.kind === 'ViewStmt' && nameOf(other.node.view).key === table.key);
    const replaced = later().some(
      (other) => other.kind === 'CreateStmt' && nameOf(other.node.relation).key === table.key,
    );
    if (covered || replaced) return [];
    return [{ message: `\`${table.shown}\` is \`${String(node.newname)}\` from here on.`, table: table.key }];
  },
});

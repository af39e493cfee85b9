import { defineRule } from '../rule.js';
import { nameOf } from '../syntax.js';

export const setSchema = defineRule({
  id: 'set-schema',
  title: 'A table moves to another schema while code that knows the old one is running.',
  severity: 'warning',
  preset: 'recommended',
  category: 'compatibility',
  consequence: 'From this moment until the last old instance is gone, its queries fail with 42P01.',
  fix: 'CREATE VIEW in the old place, in the same transaction.',
  claims: { locks: { songs: 'AccessExclusiveLock' } },
  on: ['AlterObjectSchemaStmt'],
  check({ node }, { isNew, migration, later }) {
    const table = nameOf(node.relation);
    if (node.objectType !== 'OBJECT_TABLE' || isNew(table.key) || migration.isContract || migration.isRecoverable)
      return [];
    if (later().some((other) => other.kind === 'ViewStmt' && nameOf(other.node.view).key === table.key)) return [];
    return [
      { message: `\`${table.shown}\` is \`${String(node.newschema)}.${table.name}\` from here on.`, table: table.key },
    ];
  },
});

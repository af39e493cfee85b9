import { defineRule } from '../rule.js';
import { droppedNames, nameOf } from '../syntax.js';

export const dropTable = defineRule({
  id: 'drop-table',
  title: 'A table goes, with its rows, while code that knows it is running.',
  severity: 'error',
  preset: 'recommended',
  category: 'loss',
  consequence: 'Its rows are lost, and until the last old instance is gone, its queries fail with 42P01.',
  fix: 'Let `migrator generate` park it instead; or take it out of the schema first, and drop it in a later migration that says `-- migrator: phase=contract`.',
  claims: { locks: { songs: 'AccessExclusiveLock' } },
  on: ['DropStmt'],
  check({ node }, { isNew, migration, later, schema, sizes }) {
    if (node.removeType !== 'OBJECT_TABLE' || migration.isContract) return [];
    return droppedNames(node).flatMap((table) => {
      if (isNew(table.key) || sizes?.[table.key]?.rows === 0) return [];
      if (node.missing_ok && !schema.tables.has(table.key)) return [];
      // That is create-table-if-exists-drop.
      if (later().some((other) => other.kind === 'CreateStmt' && nameOf(other.node.relation).key === table.key))
        return [];
      return [{ message: `\`${table.shown}\` goes, and its rows are lost.`, table: table.key }];
    });
  },
});

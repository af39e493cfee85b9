import { defineRule } from '../rule.js';
import { droppedNames, nameOf } from '../syntax.js';

export const createTableIfExistsDrop = defineRule({
  id: 'create-table-if-exists-drop',
  title: 'A table is dropped and made anew.',
  severity: 'error',
  preset: 'recommended',
  category: 'loss',
  consequence: 'All of its rows are lost, silently where it says IF EXISTS.',
  fix: 'Change the table with ALTER TABLE; or make the new one beside it, copy the rows, and swap the names.',
  on: ['DropStmt'],
  check({ node }, { isNew, later, schema, migration }) {
    if (node.removeType !== 'OBJECT_TABLE' || migration.isContract) return [];
    return droppedNames(node).flatMap((table) => {
      // On a new database IF EXISTS finds nothing; on one that has the table it does.
      if (isNew(table.key) || (!schema.tables.has(table.key) && !node.missing_ok)) return [];
      const anew = later().some(
        (other) => other.kind === 'CreateStmt' && nameOf(other.node.relation).key === table.key,
      );
      return anew
        ? [{ message: `\`${table.shown}\` is dropped and made anew, and its rows are lost.`, table: table.key }]
        : [];
    });
  },
});

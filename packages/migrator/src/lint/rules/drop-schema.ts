import { defineRule } from '../rule.js';
import { droppedNames } from '../syntax.js';

export const dropSchema = defineRule({
  id: 'drop-schema',
  title: 'A schema goes, with all that it holds.',
  severity: 'error',
  preset: 'recommended',
  category: 'loss',
  consequence: 'With CASCADE every table in it is lost; without, it fails unless it is empty.',
  fix: 'Drop its objects by name first, in a migration that says `-- migrator: phase=contract`; then the schema, without CASCADE.',
  on: ['DropStmt'],
  check({ node }, { migration, schema }) {
    if (node.removeType !== 'OBJECT_SCHEMA') return [];
    return droppedNames(node).flatMap(({ name }) => {
      const tables = [...schema.tables.values()].filter((table) => table.schema === name).map((table) => table.name);
      if (node.behavior !== 'DROP_CASCADE' && (tables.length === 0 || migration.isContract)) return [];
      const what =
        tables.length > 0
          ? `, with \`${tables.slice(0, 3).join('`, `')}\`${tables.length > 3 ? ` and ${tables.length - 3} more` : ''}`
          : '';
      return [{ message: `The schema \`${name}\` goes${what}.` }];
    });
  },
});

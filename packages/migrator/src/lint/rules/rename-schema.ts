import { defineRule } from '../rule.js';

export const renameSchema = defineRule({
  id: 'rename-schema',
  title: 'A schema gets another name while code that knows the old one is running.',
  severity: 'warning',
  preset: 'recommended',
  category: 'compatibility',
  consequence: 'From this moment until the last old instance is gone, its queries fail with 42P01.',
  fix: 'Make the new schema, with views on what the old one holds, and move over table by table.',
  on: ['RenameStmt'],
  check({ node }, { migration }) {
    if (node.renameType !== 'OBJECT_SCHEMA' || migration.isContract) return [];
    return [{ message: `The schema \`${String(node.subname)}\` is \`${String(node.newname)}\` from here on.` }];
  },
});

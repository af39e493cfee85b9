import { defineRule } from '../rule.js';
import { nameOfParts } from '../syntax.js';

export const enumRenameValue = defineRule({
  id: 'enum-rename-value',
  title: 'An enum value gets another name while code that knows the old one is running.',
  severity: 'warning',
  preset: 'recommended',
  category: 'compatibility',
  consequence: 'From this moment until the last old instance is gone, its queries with the old value fail with 22P02.',
  fix: 'Add the new value, write it, move the rows over; leave the old one.',
  on: ['AlterEnumStmt'],
  check({ node }, { migration }) {
    if (!node.oldVal || migration.isContract) return [];
    return [
      {
        message: `'${String(node.oldVal)}' of \`${nameOfParts(node.typeName).shown}\` is '${String(node.newVal)}' from here on.`,
      },
    ];
  },
});

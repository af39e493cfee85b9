import { columnsOf } from '../column-types.js';
import { defineRule } from '../rule.js';

export const varcharN = defineRule({
  id: 'varchar-n',
  title: 'varchar(n) ties a limit to the type.',
  severity: 'info',
  preset: 'strict',
  category: 'practice',
  consequence: 'To lower it later writes the table anew.',
  fix: 'text, with a CHECK on the length: that can be added NOT VALID, and validated while others write.',
  on: ['CreateStmt', 'AlterTableStmt'],
  check: (statement) =>
    columnsOf(
      statement,
      (type) => /^varchar\(/.test(type),
      (column, type) => `\`${column}\` is ${type}.`,
    ),
});

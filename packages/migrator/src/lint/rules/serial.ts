import { columnsOf } from '../column-types.js';
import { defineRule } from '../rule.js';

export const serial = defineRule({
  id: 'serial',
  title: 'serial is a default on a sequence, with rights of its own.',
  severity: 'info',
  preset: 'strict',
  category: 'practice',
  consequence: 'Its sequence needs a GRANT of its own, and an INSERT may give any number without the sequence knowing.',
  fix: 'bigint GENERATED ALWAYS AS IDENTITY: `bigint().generatedAlwaysAsIdentity()` in drizzle.',
  on: ['CreateStmt'],
  check: (statement) =>
    columnsOf(
      statement,
      (type) => /^(?:big|small)?serial[248]?$/.test(type),
      (column, type) => `\`${column}\` is ${type}.`,
    ),
});

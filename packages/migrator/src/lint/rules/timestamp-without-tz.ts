import { columnsOf, named } from '../column-types.js';
import { defineRule } from '../rule.js';

export const timestampWithoutTz = defineRule({
  id: 'timestamp-without-tz',
  title: 'A timestamp without time zone is no moment.',
  severity: 'warning',
  preset: 'strict',
  category: 'practice',
  consequence:
    'What it means depends on who reads it; and the change to timestamptz writes the table anew outside of UTC.',
  fix: 'timestamptz: `timestamp({ withTimezone: true })` in drizzle.',
  on: ['CreateStmt', 'AlterTableStmt'],
  check: (statement) =>
    columnsOf(
      statement,
      (type) => named(type) === 'timestamp',
      (column) => `\`${column}\` is a timestamp without time zone.`,
    ),
});

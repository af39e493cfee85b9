import { defineRule } from '../rule.js';

export const nonLinearHistory = defineRule({
  id: 'non-linear-history',
  title: 'A new migration stands before one that the base has already.',
  severity: 'error',
  preset: 'recommended',
  category: 'practice',
  consequence:
    'Where the base is deployed it is out of order: drizzle-kit skips it without a word, and migrator asks for `--out-of-order`. Told only with `--since`.',
  fix: 'Give it a later number and a later `when`: generate it anew on top of the base.',
  on: ['*'],
  check({ index }, { migration }) {
    if (index > 0 || migration.overtakes.length === 0) return [];
    return [
      {
        message: `\`${migration.tag}\` is new, but stands before \`${migration.overtakes.join('`, `')}\`, which the base has.`,
      },
    ];
  },
});

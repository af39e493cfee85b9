import { defineRule } from '../rule.js';

export const cicIfNotExists = defineRule({
  id: 'cic-if-not-exists',
  title: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS takes the remains of a failed build for an index.',
  severity: 'warning',
  preset: 'drizzle-kit',
  category: 'practice',
  consequence:
    'An INVALID index answers no query, and a UNIQUE one guards nothing, but the statement reports success. migrator looks at indisvalid and builds such an index anew: where it applies the file, the rule is satisfied.',
  fix: 'Leave out IF NOT EXISTS, and drop an INVALID index before building it again.',
  on: ['IndexStmt'],
  check({ node }) {
    if (!node.concurrent || !node.if_not_exists) return [];
    return [
      {
        message: `If an earlier build of \`${String(node.idxname)}\` has failed, this does nothing and reports success.`,
      },
    ];
  },
});

import { defineRule } from '../rule.js';
import { nameOf, type RangeVar } from '../syntax.js';

export const cicOnPartitioned = defineRule({
  id: 'cic-on-partitioned',
  title: 'An index of a partitioned table cannot be built CONCURRENTLY.',
  severity: 'error',
  preset: 'recommended',
  category: 'failing',
  consequence: 'It fails with 0A000.',
  fix: 'CREATE INDEX ON ONLY the parent (an INVALID one, in an instant), CREATE INDEX CONCURRENTLY on each partition, then ALTER INDEX … ATTACH PARTITION.',
  claims: { fails: '0A000' },
  on: ['IndexStmt'],
  check({ node }, { schema }) {
    const table = nameOf(node.relation);
    if (!node.concurrent || !schema.tables.get(table.key)?.isPartitioned) return [];
    return [{ message: `\`${table.shown}\` is partitioned.`, location: (node.relation as RangeVar).location }];
  },
});

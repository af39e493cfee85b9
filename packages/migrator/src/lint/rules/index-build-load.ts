import { defineRule } from '../rule.js';
import { nameOf } from '../syntax.js';

const LARGE = 1024 ** 3;

export const indexBuildLoad = defineRule({
  id: 'index-build-load',
  title: 'Building an index reads the whole table, also CONCURRENTLY.',
  severity: 'info',
  preset: 'recommended',
  category: 'practice',
  consequence:
    'It blocks nobody, but takes disk bandwidth and CPU, twice over the table. Told only where the size is known: 1 GB and more.',
  fix: 'Deploy it when there is little to do.',
  on: ['IndexStmt'],
  check({ node }, { sizes }) {
    const table = nameOf(node.relation);
    const bytes = sizes?.[table.key]?.bytes ?? 0;
    if (!node.concurrent || bytes < LARGE) return [];
    return [{ message: `This reads all of \`${table.shown}\`, twice.`, table: table.key }];
  },
});

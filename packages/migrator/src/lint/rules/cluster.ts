import { defineRule } from '../rule.js';
import { nameOf } from '../syntax.js';

export const cluster = defineRule({
  id: 'cluster',
  title: 'CLUSTER writes the whole table anew while nobody may read or write it.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Everybody who uses the table waits until it is done.',
  fix: 'pg_repack, or REPACK … CONCURRENTLY from Postgres 19 on.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, rewrites: ['songs'], scans: ['songs'] },
  on: ['ClusterStmt'],
  check({ node }, { isNew }) {
    if (!node.relation) return [{ message: 'Every clustered table of the database is written anew.' }];
    const table = nameOf(node.relation);
    return isNew(table.key) ? [] : [{ message: `\`${table.shown}\` is written anew.`, table: table.key }];
  },
});

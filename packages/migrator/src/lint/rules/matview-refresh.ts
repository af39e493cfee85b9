import { defineRule } from '../rule.js';
import { nameOf } from '../syntax.js';

export const matviewRefresh = defineRule({
  id: 'matview-refresh',
  title: 'REFRESH MATERIALIZED VIEW lets nobody read the view until it is computed.',
  severity: 'warning',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Readers of the view wait for as long as its query takes.',
  fix: 'REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on the view; and outside of migrations.',
  claims: { locks: { charts: 'AccessExclusiveLock' }, rewrites: ['charts'], scans: ['charts', 'songs'] },
  on: ['RefreshMatViewStmt'],
  check({ node }, { isNew }) {
    const view = nameOf(node.relation);
    if (node.concurrent || node.skipData || isNew(view.key)) return [];
    return [{ message: `Nobody reads \`${view.shown}\` until it is computed.`, table: view.key }];
  },
});

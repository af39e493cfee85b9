import { defineRule } from '../rule.js';

export const dropDatabase = defineRule({
  id: 'drop-database',
  title: 'A migration drops a database.',
  severity: 'error',
  preset: 'recommended',
  category: 'loss',
  consequence: 'All of it is lost.',
  fix: 'Take it out of the migration.',
  on: ['DropdbStmt'],
  check({ node }) {
    return [{ message: `The database \`${String(node.dbname)}\` goes, with all that it holds.` }];
  },
});

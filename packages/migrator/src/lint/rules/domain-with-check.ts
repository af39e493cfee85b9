import { defineRule } from '../rule.js';
import { nameOfParts } from '../syntax.js';

export const domainWithCheck = defineRule({
  id: 'domain-with-check',
  title: 'A domain with a CHECK makes each later use of it expensive.',
  severity: 'warning',
  preset: 'strict',
  category: 'practice',
  consequence:
    'To add a column of it to a table, or to change one to it, writes the table anew; to change its CHECK locks and reads every table that uses it.',
  fix: 'CHECK on the column.',
  on: ['CreateDomainStmt'],
  check({ node }) {
    if (!JSON.stringify(node.constraints ?? '').includes('"CONSTR_CHECK"')) return [];
    return [{ message: `The domain \`${nameOfParts(node.domainname).shown}\` has a CHECK.` }];
  },
});

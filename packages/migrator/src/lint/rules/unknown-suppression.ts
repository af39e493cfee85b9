import { defineRule } from '../rule.js';

export const unknownSuppression = defineRule({
  id: 'unknown-suppression',
  title: 'A suppression names a rule that there is not.',
  severity: 'error',
  preset: 'recommended',
  category: 'practice',
  consequence: 'It suppresses nothing.',
  fix: 'Correct the name; docs/rules/README.md lists all rules.',
  on: [],
  check: () => [],
});

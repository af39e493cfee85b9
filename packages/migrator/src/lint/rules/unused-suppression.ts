import { defineRule } from '../rule.js';

export const unusedSuppression = defineRule({
  id: 'unused-suppression',
  title: 'A suppression suppresses nothing.',
  severity: 'warning',
  preset: 'recommended',
  category: 'practice',
  consequence: 'It hides what somebody writes below it later.',
  fix: 'Remove the comment.',
  on: [],
  check: () => [],
});

import { defineRule } from '../rule.js';

export const allowWithoutReason = defineRule({
  id: 'allow-without-reason',
  title: 'A suppression does not say why.',
  severity: 'warning',
  preset: 'recommended',
  category: 'practice',
  consequence: 'Nobody can tell later whether it still holds.',
  fix: 'Write the reason behind the rule: `-- migrator: allow <rule> <reason>`.',
  on: [],
  check: () => [],
});

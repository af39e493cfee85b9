import { defineRule } from '../rule.js';

export const setLeaks = defineRule({
  id: 'set-leaks',
  title: 'SET without LOCAL outlives its transaction.',
  severity: 'warning',
  preset: 'drizzle-kit',
  category: 'practice',
  consequence:
    'It holds for the migrations behind it, and behind a pooler for whoever gets the session next. migrator takes it back behind the file: where it applies the file, the rule is satisfied.',
  fix: 'SET LOCAL.',
  on: ['VariableSetStmt'],
  check({ node }, { later }) {
    if (node.is_local || !/^VAR_SET_(?:VALUE|CURRENT)$/.test(String(node.kind)) || node.name === 'TRANSACTION')
      return [];
    const reset = later().some(
      (other) =>
        other.kind === 'VariableSetStmt' &&
        other.node.name === node.name &&
        /RESET|DEFAULT/.test(String(other.node.kind)),
    );
    return reset ? [] : [{ message: `\`${String(node.name)}\` stays set behind this migration.` }];
  },
});

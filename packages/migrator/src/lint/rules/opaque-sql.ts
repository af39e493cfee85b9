import { defineRule } from '../rule.js';

export const opaqueSql = defineRule({
  id: 'opaque-sql',
  title: 'What a DO block, a CALL or an unreadable statement does cannot be told from its text.',
  severity: 'info',
  preset: 'strict',
  category: 'practice',
  consequence: 'No rule looks inside; the rehearsal does.',
  fix: 'Write the statements out; or read what the rehearsal of `migrator check` says about it.',
  on: ['DoStmt', 'CallStmt', 'Unparsed', 'TooLarge'],
  check: ({ kind }) => [
    { message: kind === 'DoStmt' ? 'No rule looks into this DO block.' : 'No rule can read this statement.' },
  ],
});

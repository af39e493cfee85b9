import { readDoBlock } from '../../sql/do-block.js';
import { defineRule } from '../rule.js';

export const opaqueSql = defineRule({
  id: 'opaque-sql',
  title: 'What a CALL or all of a DO block does cannot be told from its text.',
  severity: 'info',
  preset: 'strict',
  category: 'practice',
  consequence:
    'Rules see the definitions that stand in a DO block as they are, and nothing else in it; the rehearsal sees all.',
  fix: 'Write the statements out; or read what the rehearsal of `migrator check` says about it.',
  on: ['DoStmt', 'CallStmt'],
  check(statement) {
    if (statement.kind !== 'DoStmt') return [{ message: 'No rule can read this statement.' }];
    const isWhole = readDoBlock(statement.text, { ...statement, offset: 0 }).isWhole;
    return isWhole ? [] : [{ message: 'No rule sees all that this DO block does.' }];
  },
});

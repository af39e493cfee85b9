import { defineRule } from '../rule.js';
import { definedColumns, nameOf } from '../syntax.js';

export const naming = defineRule({
  id: 'naming',
  title: 'A name is not snake_case.',
  severity: 'info',
  preset: 'none',
  category: 'practice',
  consequence: 'It must be quoted wherever it is written by hand.',
  fix: "snake_case; `casing: 'snake_case'` in drizzle.config.ts does it for all columns.",
  on: ['CreateStmt', 'AlterTableStmt', 'IndexStmt'],
  check(statement) {
    const { kind, node } = statement;
    const names = [
      ...(kind === 'CreateStmt' ? [nameOf(node.relation).name] : []),
      ...(kind === 'IndexStmt' && typeof node.idxname === 'string' ? [node.idxname] : []),
      ...definedColumns(statement).map((column) => column.colname ?? ''),
    ];
    return names
      .filter((name) => !/^[a-z_][a-z0-9_]*$/.test(name))
      .map((name) => ({ message: `\`${name}\` is not snake_case.` }));
  },
});

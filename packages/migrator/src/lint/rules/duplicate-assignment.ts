import { defineRule } from '../rule.js';

export const duplicateAssignment = defineRule({
  id: 'duplicate-assignment',
  title: 'A column is given twice.',
  severity: 'error',
  preset: 'recommended',
  category: 'failing',
  consequence: 'It fails: with 42601 in an UPDATE, with 42701 in an INSERT.',
  fix: 'Remove one.',
  claims: { fails: '42601' },
  on: ['UpdateStmt', 'InsertStmt'],
  check({ kind, node }) {
    const list = (kind === 'UpdateStmt' ? node.targetList : node.cols) as
      | readonly { ResTarget?: { name?: string; indirection?: unknown; location?: number } }[]
      | undefined;
    const seen = new Set<string>();
    return (list ?? []).flatMap(({ ResTarget: target }) => {
      const { name = '', indirection, location } = target ?? {};
      // `tags[1] = …, tags[2] = …` are two places.
      if (indirection) return [];
      if (!seen.has(name)) {
        seen.add(name);
        return [];
      }
      return [{ message: `\`${name}\` is given twice.`, location }];
    });
  },
});

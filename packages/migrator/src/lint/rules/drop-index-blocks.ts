import { insertBehind } from '../rewrite.js';
import { defineRule } from '../rule.js';
import { droppedNames } from '../syntax.js';

export const dropIndexBlocks = defineRule({
  id: 'drop-index-blocks',
  title: 'DROP INDEX locks its table against reads and writes, for a moment.',
  severity: 'warning',
  preset: 'strict',
  category: 'lock',
  consequence:
    'It waits for every transaction that uses the table, and meanwhile everybody waits behind it; migrator gives way after its lock timeout.',
  fix: 'DROP INDEX CONCURRENTLY, which runs outside of a transaction.',
  claims: { locks: { songs: 'AccessExclusiveLock' } },
  fixable: true,
  on: ['DropStmt'],
  check(statement, { schema, isNew }) {
    const { removeType, concurrent } = statement.node;
    if (removeType !== 'OBJECT_INDEX' || concurrent) return [];
    const names = droppedNames(statement.node);
    return names.flatMap((index) => {
      const table = schema.indexes.get(index.key);
      if (table !== undefined && (isNew(table) || schema.tables.get(table)?.isPartitioned)) return [];
      const rewrite = names.length === 1 ? insertBehind(statement, /DROP\s+INDEX/i, ' CONCURRENTLY') : undefined;
      return [{ message: `Dropping \`${index.shown}\` locks its table.`, table, rewrite }];
    });
  },
});

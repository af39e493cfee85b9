import { insertBehind } from '../rewrite.js';
import { defineRule } from '../rule.js';
import { nameOf, type RangeVar } from '../syntax.js';

export const reindexBlocks = defineRule({
  id: 'reindex-blocks',
  title: 'REINDEX lets nobody write to its table, nor use its index, until it is built.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Writes wait, and so does every query whose plan looks at the index.',
  fix: 'REINDEX … CONCURRENTLY (12 and later).',
  claims: { locks: { songs: 'ShareLock' }, scans: ['songs'] },
  fixable: true,
  on: ['ReindexStmt'],
  check(statement, { schema, isNew }) {
    const { kind, relation, params } = statement.node;
    if (JSON.stringify(params ?? '').includes('"concurrently"')) return [];
    if (!/_(?:TABLE|INDEX)$/.test(String(kind)))
      return [{ message: 'Rebuilding all of these indexes keeps writes waiting, table by table.' }];
    const name = nameOf(relation);
    const table = kind === 'REINDEX_OBJECT_INDEX' ? schema.indexes.get(name.key) : name.key;
    if (table !== undefined && isNew(table)) return [];
    return [
      {
        message: `Rebuilding \`${name.shown}\` keeps writes waiting, and reads that would use the index.`,
        table,
        location: (relation as RangeVar).location,
        rewrite: insertBehind(statement, /REINDEX\s+(?:TABLE|INDEX)/i, ' CONCURRENTLY'),
      },
    ];
  },
});

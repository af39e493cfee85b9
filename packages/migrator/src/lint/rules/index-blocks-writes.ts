import { insertBehind } from '../rewrite.js';
import { defineRule } from '../rule.js';
import { nameOf, type RangeVar } from '../syntax.js';

export const indexBlocksWrites = defineRule({
  id: 'index-blocks-writes',
  title: 'CREATE INDEX lets nobody write to its table until it is built.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Every INSERT, UPDATE and DELETE on the table waits while all of it is read.',
  fix: 'CREATE INDEX CONCURRENTLY, which runs outside of a transaction; migrator sees that by itself.',
  claims: { locks: { songs: 'ShareLock' }, scans: ['songs'] },
  fixable: true,
  on: ['IndexStmt'],
  check(statement, context) {
    const { concurrent, relation, unique, idxname, if_not_exists: isOptional } = statement.node;
    const table = nameOf(relation);
    if (concurrent || context.isNew(table.key)) return [];
    if (isOptional && context.schema.indexes.has(`${table.schema}.${idxname}`)) return [];
    const partitioned = context.schema.tables.get(table.key)?.isPartitioned;
    if (partitioned && (relation as RangeVar).inh !== true) return [];
    return [
      {
        message: `Building this index keeps all writes to \`${table.shown}\` waiting.`,
        table: table.key,
        location: (relation as RangeVar).location,
        ...(partitioned
          ? {
              fix: 'CREATE INDEX ON ONLY the parent, CREATE INDEX CONCURRENTLY on each partition, then ALTER INDEX … ATTACH PARTITION.',
            }
          : {
              rewrite: insertBehind(
                statement,
                unique ? /CREATE\s+UNIQUE\s+INDEX/i : /CREATE\s+INDEX/i,
                ' CONCURRENTLY',
              ),
            }),
      },
    ];
  },
});

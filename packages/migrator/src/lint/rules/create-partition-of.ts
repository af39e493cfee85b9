import { defineRule } from '../rule.js';
import { nameOf } from '../syntax.js';

export const createPartitionOf = defineRule({
  id: 'create-partition-of',
  title: 'CREATE TABLE … PARTITION OF locks the partitioned table against reads and writes, for a moment.',
  severity: 'warning',
  preset: 'strict',
  category: 'lock',
  consequence: 'It waits for every transaction that uses any partition, and meanwhile everybody waits behind it.',
  fix: 'CREATE TABLE … (LIKE parent INCLUDING ALL), then ATTACH PARTITION, which lets others read and write.',
  claims: { locks: { plays: 'AccessExclusiveLock' } },
  on: ['CreateStmt'],
  check({ node }, { isNew }) {
    const [parent] = (node.inhRelations ?? []) as readonly { RangeVar?: unknown }[];
    if (node.partbound === undefined || !parent) return [];
    const table = nameOf(parent.RangeVar);
    return isNew(table.key)
      ? []
      : [{ message: `This locks \`${table.shown}\`, with all of its partitions.`, table: table.key }];
  },
});

import { defineRule } from '../rule.js';
import { alterCommands, nameOf } from '../syntax.js';

export const detachBlocks = defineRule({
  id: 'detach-blocks',
  title: 'DETACH PARTITION locks the partitioned table against reads and writes.',
  severity: 'warning',
  preset: 'recommended',
  category: 'lock',
  consequence: 'It waits for every transaction that uses any partition, and meanwhile everybody waits behind it.',
  fix: 'DETACH PARTITION … CONCURRENTLY (14 and later; not while there is a DEFAULT partition).',
  claims: { locks: { plays: 'AccessExclusiveLock', plays_2026: 'AccessExclusiveLock' } },
  postgres: { from: 14 },
  on: ['AlterTableStmt'],
  check(statement, { schema, isNew }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key) || hasDefaultPartition(table.key)) return [];
    return alterCommands(statement).flatMap(({ subtype, def }) => {
      const { concurrent, name } = def?.PartitionCmd ?? {};
      if (subtype !== 'AT_DetachPartition' || concurrent) return [];
      return [{ message: `Detaching \`${nameOf(name).shown}\` locks \`${table.shown}\`.`, table: table.key }];
    });

    function hasDefaultPartition(key: string): boolean {
      return [...schema.tables.values()].some(
        ({ partitionOf, isDefaultPartition }) => partitionOf === key && isDefaultPartition,
      );
    }
  },
});

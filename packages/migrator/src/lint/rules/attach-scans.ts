import { defineRule } from '../rule.js';
import { alterCommands, nameOf } from '../syntax.js';

export const attachScans = defineRule({
  id: 'attach-scans',
  title: 'ATTACH PARTITION reads the whole new partition, and the DEFAULT partition, under their locks.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Nobody reads or writes those two until all rows are compared with the bounds.',
  fix: 'Give the new partition a CHECK that says its bounds (NOT VALID, then VALIDATE) and attach it then; give the DEFAULT partition one that excludes them.',
  claims: { locks: { plays: 'ShareUpdateExclusiveLock', plays_2026: 'AccessExclusiveLock' }, scans: ['plays_2026'] },
  on: ['AlterTableStmt'],
  check(statement, { schema, isNew }) {
    const parent = nameOf(statement.node.relation);
    return alterCommands(statement).flatMap(({ subtype, def }) => {
      if (subtype !== 'AT_AttachPartition') return [];
      const child = nameOf(def?.PartitionCmd?.name);
      const other = [...schema.tables].find(
        ([, table]) => table.partitionOf === parent.key && table.isDefaultPartition,
      )?.[0];
      const unproven = [child.key, other].filter(
        (key) => key !== undefined && !isNew(key) && !isChecked(key),
      ) as string[];
      if (unproven.length === 0) return [];
      const shown = unproven.map((key) => `\`${key.replace(/^public\./, '')}\``).join(' and ');
      return [
        {
          message: `${shown} ${unproven.length === 1 ? 'is' : 'are'} read to see that the rows fit the bounds.`,
          table: unproven[0],
        },
      ];
    });

    /** By some CHECK: whether it says the bounds is for the server to find out. */
    function isChecked(key: string): boolean {
      return [...(schema.tables.get(key)?.constraints.values() ?? [])].some(
        ({ kind, validated }) => kind === 'check' && validated,
      );
    }
  },
});

import { defineRule } from '../rule.js';
import { nameOf, qualified, strings } from '../syntax.js';

export const triggerDdl = defineRule({
  id: 'trigger-ddl',
  title: 'CREATE TRIGGER locks its table against writes, DROP TRIGGER also against reads, for a moment.',
  severity: 'warning',
  preset: 'strict',
  category: 'lock',
  consequence: 'It waits for every transaction that uses the table, and meanwhile everybody waits behind it.',
  fix: 'Keep it in a transaction of its own, with a lock_timeout (migrator sets one); CREATE OR REPLACE FUNCTION changes what a trigger does without a lock.',
  claims: { locks: { songs: 'ShareRowExclusiveLock' } },
  on: ['CreateTrigStmt', 'DropStmt'],
  check({ kind, node }, { isNew }) {
    if (kind === 'DropStmt' && node.removeType !== 'OBJECT_TRIGGER') return [];
    const table = kind === 'DropStmt' ? tableOfTrigger(node.objects) : nameOf(node.relation);
    if (isNew(table.key)) return [];
    return [
      {
        message: `This locks \`${table.shown}\` against ${kind === 'DropStmt' ? 'reads and writes' : 'writes'}.`,
        table: table.key,
      },
    ];
  },
});

/** `[schema.]table.trigger`. */
function tableOfTrigger(objects: unknown) {
  const [{ List: list } = {}] = objects as readonly { List?: { items?: unknown } }[];
  const parts = strings(list?.items);
  return qualified(parts.at(-3), parts.at(-2) ?? '');
}

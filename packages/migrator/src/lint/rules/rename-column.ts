import { isParked } from '../../recoverable/names.js';
import { defineRule } from '../rule.js';
import { nameOf } from '../syntax.js';

export const renameColumn = defineRule({
  id: 'rename-column',
  title: 'A column gets another name while code that knows the old one is running.',
  severity: 'warning',
  preset: 'recommended',
  category: 'compatibility',
  consequence: 'From this moment until the last old instance is gone, its queries fail with 42703.',
  fix: 'Add the new column with a trigger that writes both, fill it (`-- migrator: backfill`), read the new one, and drop the old one in a migration that begins with `-- migrator: phase=contract`; or keep the name in the database and rename it in the schema file only.',
  claims: { locks: { songs: 'AccessExclusiveLock' } },
  on: ['RenameStmt'],
  check({ node }, { isNew, migration }) {
    const table = nameOf(node.relation);
    const [from, to] = [String(node.subname), String(node.newname)];
    if (node.renameType !== 'OBJECT_COLUMN' || node.relationType !== 'OBJECT_TABLE' || isNew(table.key)) return [];
    if (migration.isContract || isParked(from) || isParked(to)) return [];
    return [{ message: `\`${table.shown}.${from}\` is \`${to}\` from here on.`, table: table.key }];
  },
});

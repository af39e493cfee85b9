import { isParked } from '../../recoverable/names.js';
import { defineRule } from '../rule.js';
import { addedColumns, alterCommands, nameOf } from '../syntax.js';

export const dropColumn = defineRule({
  id: 'drop-column',
  title: 'A column goes, with its values, while code that knows it is running.',
  severity: 'error',
  preset: 'recommended',
  category: 'loss',
  consequence:
    'Its values are lost, and until the last old instance is gone, each SELECT of drizzle on that table fails with 42703: it names every column.',
  fix: 'Let `migrator generate` park it instead; or take it out of the schema first, and drop it in a later migration that says `-- migrator: phase=contract`.',
  claims: { locks: { songs: 'AccessExclusiveLock' } },
  on: ['AlterTableStmt'],
  check(statement, { isNew, migration, later, sizes }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key) || migration.isContract || sizes?.[table.key]?.rows === 0) return [];
    return alterCommands(statement).flatMap(({ subtype, name = '' }) => {
      if (subtype !== 'AT_DropColumn' || isParked(name)) return [];
      const again = later().some(
        (other) =>
          nameOf(other.node.relation).key === table.key && addedColumns(other).some(({ colname }) => colname === name),
      );
      const what = again ? 'is dropped and made anew: its values' : 'goes, and its values';
      return [{ message: `\`${table.shown}.${name}\` ${what} are lost.`, table: table.key }];
    });
  },
});

import { typeOf } from '../model/schema.js';
import { defineRule } from '../rule.js';
import { alterCommands, nameOf, typeText } from '../syntax.js';
import { typeChange } from '../type-change.js';

export const typeOfCheckedColumn = defineRule({
  id: 'type-of-checked-column',
  title: 'A change of type that would be free reads the whole table where the column has a CHECK.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Everybody who uses the table waits while the CHECK is tried on each row.',
  fix: 'Drop the CHECK, change the type, and add the CHECK again NOT VALID, then VALIDATE it.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, scans: ['songs'] },
  on: ['AlterTableStmt'],
  check(statement, { schema, isNew }) {
    const table = nameOf(statement.node.relation);
    const known = schema.tables.get(table.key);
    if (!known || isNew(table.key)) return [];
    return alterCommands(statement).flatMap(({ subtype, name = '', def }) => {
      const column = known.columns.get(name);
      const to = typeText(def?.ColumnDef?.typeName);
      if (subtype !== 'AT_AlterColumnType' || !column) return [];
      const hasUsing = def?.ColumnDef?.raw_default !== undefined;
      if (column.type === to || typeChange({ from: column.type, to, hasUsing, toType: typeOf(schema, to) }) !== 'free')
        return [];
      const check = [...known.constraints.values()].find(
        ({ kind, columns }) => kind === 'check' && columns.includes(name),
      );
      return check
        ? [
            {
              message: `The CHECK \`${check.name}\` is tried again on every row of \`${table.shown}\`.`,
              table: table.key,
            },
          ]
        : [];
    });
  },
});

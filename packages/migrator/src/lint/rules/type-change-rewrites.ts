import { isEnumRecreation } from '../enum-recreation.js';
import { viewsReading } from '../model/schema.js';
import { defineRule } from '../rule.js';
import { alterCommands, nameOf, typeText } from '../syntax.js';
import { typeChangeOf } from '../type-change.js';

export const typeChangeRewrites = defineRule({
  id: 'type-change-rewrites',
  title: 'A change of type writes the whole table and all of its indexes anew.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Everybody who uses the table waits until the last row is written.',
  fix: 'Add a column of the new type, fill it in batches while a trigger keeps it, then switch over and drop the old one.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, rewrites: ['songs'], scans: ['songs'] },
  on: ['AlterTableStmt'],
  check(statement, context) {
    const { schema, isNew } = context;
    const table = nameOf(statement.node.relation);
    const known = schema.tables.get(table.key);
    if (isNew(table.key)) return [];
    return alterCommands(statement).flatMap(({ subtype, name = '', def }) => {
      if (subtype !== 'AT_AlterColumnType' || !def?.ColumnDef) return [];
      const to = typeText(def.ColumnDef.typeName);
      const from = known?.columns.get(name)?.type;
      if (typeChangeOf(schema, from, { name, def }) !== 'rewrite' || isEnumRecreation(statement, name, context))
        return [];
      // It fails before it writes.
      if (viewsReading(schema, table.key, name).length > 0) return [];
      // Between zoned and unzoned times there is a rule that knows more.
      if (from && /^timestamp(?:tz)?$/.test(from) && /^timestamp(?:tz)?$/.test(to) && from !== to) return [];
      const what = from === undefined ? `to ${to}` : `from ${from} to ${to}`;
      const { raw_default: using, ...plain } = def.ColumnDef;
      const isFreeWithout = using && typeChangeOf(schema, from, { name, def: { ColumnDef: plain } }) === 'free';
      return [
        {
          message: `\`${table.shown}.${name}\` changes ${what}: the table is written anew${isFreeWithout ? ', because of USING' : ''}.`,
          table: table.key,
          location: def.ColumnDef.typeName?.location,
        },
      ];
    });
  },
});

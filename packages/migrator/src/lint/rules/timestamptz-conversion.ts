import { viewsReading } from '../model/schema.js';
import { defineRule } from '../rule.js';
import { alterCommands, nameOf, typeText } from '../syntax.js';
import { usingOf } from '../type-change.js';

const UTC = /^(?:utc|gmt|etc\/utc|etc\/gmt|zulu|universal|0|00:00|\+00:00)$/i;

export const timestamptzConversion = defineRule({
  id: 'timestamptz-conversion',
  title: 'Between timestamp and timestamptz, the TimeZone of the session decides whether the table is written anew.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence:
    'Anywhere but in UTC, and with USING always, everybody who uses the table waits until the last row is written; and the zone decides what the values mean.',
  fix: "SET TimeZone = 'UTC' before it, without USING, if the values are in UTC (then no row is written); else go by a new column.",
  claims: { locks: { songs: 'AccessExclusiveLock' }, rewrites: ['songs'], scans: ['songs'] },
  on: ['AlterTableStmt'],
  check(statement, { schema, isNew, timeZone, earlier }) {
    const table = nameOf(statement.node.relation);
    const known = schema.tables.get(table.key);
    if (isNew(table.key)) return [];
    const set = earlier().findLast(
      ({ kind, node }) => kind === 'VariableSetStmt' && /^timezone$/i.test(String(node.name)),
    );
    const zone = set ? (/'([^']*)'/.exec(set.text)?.[1] ?? /\b(utc)\b/i.exec(set.text)?.[1]) : timeZone;
    return alterCommands(statement).flatMap((command) => {
      const { subtype, name = '', def } = command;
      const to = typeText(def?.ColumnDef?.typeName);
      const from = known?.columns.get(name)?.type ?? '';
      if (
        subtype !== 'AT_AlterColumnType' ||
        !/^timestamp(?:tz)? timestamp(?:tz)?$/.test(`${from} ${to}`) ||
        from === to
      )
        return [];
      if (viewsReading(schema, table.key, name).length > 0) return [];
      const hasUsing = usingOf(command) !== undefined;
      if (!hasUsing && zone !== undefined && UTC.test(zone)) return [];
      const why = hasUsing
        ? 'USING is there'
        : zone === undefined
          ? "the session's TimeZone may not be UTC"
          : `the TimeZone is ${zone}`;
      return [
        {
          message: `\`${table.shown}.${name}\` changes from ${from} to ${to}, and ${why}: the table is written anew.`,
          table: table.key,
        },
      ];
    });
  },
});

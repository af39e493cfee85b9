import { type Column, type Schema, type Table, typeOf } from '../model/schema.js';
import { defineRule } from '../rule.js';
import { alterCommands, baseType, type ColumnDef, collationOf, nameOf, typeText } from '../syntax.js';
import { typeChangeOf } from '../type-change.js';

export const typeOfCheckedColumn = defineRule({
  id: 'type-of-checked-column',
  title:
    'A change of type that writes no rows reads the whole table where the column has a CHECK, or an index that does not fit any more.',
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
    return alterCommands(statement).flatMap((command) => {
      const { subtype, name = '', def } = command;
      const column = known.columns.get(name);
      if (subtype !== 'AT_AlterColumnType' || !def?.ColumnDef || !column) return [];
      if (typeChangeOf(schema, column.type, command) !== 'free') return [];
      const check = [...known.constraints.values()].find(
        ({ kind, columns }) => kind === 'check' && columns.includes(name),
      );
      const index = rebuiltIndex(schema, known, column, def.ColumnDef);
      if (!check && !index) return [];
      const message = check
        ? `The CHECK \`${check.name}\` is tried again on every row of \`${table.shown}\`.`
        : `The index \`${index}\` of \`${table.shown}\` is built anew.`;
      return [{ message, table: table.key, location: def.ColumnDef.location, ...(!check && INDEX_WORDS) }];
    });
  },
});

const INDEX_WORDS = {
  consequence: 'Everybody who uses the table waits until the index is built.',
  fix: 'DROP INDEX CONCURRENTLY, change the type, and CREATE INDEX CONCURRENTLY; or go by a new column, where the queries cannot do without the index.',
};

/** The name of an index that a change of type without a rewrite does not leave as it is. */
function rebuiltIndex(schema: Schema, { indexes }: Table, column: Column, definition: ColumnDef): string | undefined {
  const sorts = (type: string) => {
    const known = typeOf(schema, type);
    const base = baseType(known?.kind === 'domain' ? known.base : type);
    return SORTED_AS[base] ?? base;
  };
  const isSortedOtherwise =
    collationOf(definition) !== column.collation || sorts(typeText(definition.typeName)) !== sorts(column.type);
  // Postgres compares neither expressions nor conditions: it builds such an index in any case.
  return [...indexes.values()].find(
    ({ columns, mentioned, partial, hasExpression }) =>
      [...columns, ...mentioned].includes(column.name) && (partial || hasExpression || isSortedOtherwise),
  )?.name;
}

/** Types whose indexes serve each other. */
const SORTED_AS: Readonly<Record<string, string>> = { varchar: 'text', cidr: 'inet' };

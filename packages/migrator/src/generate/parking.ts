import { type Parking as ParkedSql, parkColumn, parkSequence, parkTable, parkType } from '../recoverable/index.js';
import { quoteLiteral } from '../sql/quote.js';
import type { Changes } from './changes.js';
import { defaultSql, qualified, uniquesOf } from './ddl.js';
import { type Item, primaryKeyOf } from './items.js';
import type { DropForms } from './operations.js';
import type { Parking } from './parts.js';
import type { Snapshot, Table } from './snapshot.js';
import { enumKeyOf, impliedName, serialBase } from './types.js';
import { wordsOf } from './words.js';

/** Puts dropped columns and tables away, with the types and sequences that they cannot be without, so that a rollback has them back. */
export function parkingIn(place: { readonly migration: string; readonly trash?: string | undefined }): Parking {
  return (before, changes) => {
    const parked = parkedItems(changes);
    const sql = new Map<string, ParkedSql>();
    for (const item of parked) sql.set(item.key, parkedSql(item, before, place));
    const find = (direction: 'up' | 'down') => (key: string) => sql.get(key)?.[direction];
    const forms = (direction: 'up' | 'down'): DropForms => ({ parked: find(direction) });
    return { up: forms('up'), down: forms('down'), isUsed: sql.size > 0 };
  };
}

function parkedItems({ before, dropped, swapped }: Changes): Item[] {
  const tables = new Set(dropped.flatMap((item) => (item.kind === 'table' ? [item.table] : [])));
  // What is put away keeps its type; it could not come back to one that has lost values meanwhile.
  const isSwapped = (item: Item) => item.kind === 'column' && swapped.has(`enum:${enumKeyOf(item.data)}`);
  const columnsOf = (table: string) =>
    [...before.values()].filter((item) => item.kind === 'column' && item.table === table);
  const data = dropped.filter((item) => {
    if (item.kind === 'table') return !columnsOf(item.table).some(isSwapped);
    return item.kind === 'column' && !item.data.generated && !tables.has(item.table) && !isSwapped(item);
  });
  const columns = data.flatMap((item) => (item.kind === 'table' ? columnsOf(item.table) : [item]));
  const needed = dropped.filter((item) => {
    if (item.kind === 'enum') return columns.some(({ uses }) => uses.includes(item.key));
    if (item.kind !== 'sequence') return false;
    return columns.some(
      (column) =>
        column.kind === 'column' &&
        column.data.default !== undefined &&
        mentions(defaultSql(column.data.default), item.name),
    );
  });
  return [...data, ...needed];
}

function mentions(text: string, name: string): boolean {
  return (wordsOf(text)?.has('nextval') ?? true) && text.includes(name);
}

function parkedSql(
  item: Item,
  before: Snapshot,
  place: { readonly migration: string; readonly trash?: string | undefined },
): ParkedSql {
  const table = before.tables[item.table];
  const schema = table?.schema || 'public';
  switch (item.kind) {
    case 'column': {
      const { data, name } = item;
      const isSerial = serialBase(data) !== undefined;
      const sequence = qualified({ schema, name: impliedName(table?.name ?? '', name, 'seq') });
      const value = isSerial
        ? `nextval(${quoteLiteral(sequence).trim()}::regclass)`
        : data.default === undefined
          ? undefined
          : defaultSql(data.default);
      return parkColumn(place, {
        schema,
        table: table?.name ?? '',
        column: name,
        notNull: data.required,
        default: value,
        identity: data.identity !== undefined,
        unique: table !== undefined && isUniqueIn(table, name),
      });
    }
    case 'enum':
      return parkType(place, item.data);
    case 'sequence':
      return parkSequence(place, item.data);
    default:
      return parkTable(place, { schema, table: item.name });
  }
}

function isUniqueIn(table: Table, column: string): boolean {
  return (
    primaryKeyOf(table)?.columns.includes(column) === true ||
    uniquesOf(table).some(({ columns }) => columns.includes(column)) ||
    Object.values(table.indexes).some(
      ({ isUnique, columns }) => isUnique && columns.some(({ expression }) => expression === column),
    )
  );
}

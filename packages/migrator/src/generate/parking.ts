import { type Parking as ParkedSql, parkColumn, parkSequence, parkTable, parkType } from '../recoverable/index.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import type { Changes } from './changes.js';
import { defaultSql, qualified, uniquesOf } from './ddl.js';
import { type Item, itemsOf, primaryKeyOf } from './items.js';
import type { DropForms } from './operations.js';
import type { Parking } from './parts.js';
import { placeOf } from './renames.js';
import type { Snapshot, Table } from './snapshot.js';
import { enumKeyOf, impliedName, serialBase } from './types.js';
import { wordsOf } from './words.js';

/** Puts dropped columns and tables away, with the types and sequences that they cannot be without, so that a rollback has them back. */
export function parkingIn(place: { readonly migration: string; readonly trash?: string | undefined }): Parking {
  return (before, start, changes) => {
    const original = originals(before, start);
    const up = new Map<string, readonly string[]>();
    const down = new Map<string, readonly string[]>();
    for (const item of parkedItems(changes)) {
      const old = original.get(item.key) ?? item;
      up.set(item.key, parkedSql(item, start, place).up);
      down.set(old.key, underOldNames(parkedSql(withOldDefault(item, old), start, place).down, item, old));
    }
    const forms = (sql: ReadonlyMap<string, readonly string[]>): DropForms => ({ parked: (key) => sql.get(key) });
    return { up: forms(up), down: forms(down), isUsed: up.size > 0 };
  };
}

/** Each item by the key that it has once the renames have run: they change no order. */
function originals(before: Snapshot, start: Snapshot): ReadonlyMap<string, Item> {
  const old = [...itemsOf(before).values()];
  return new Map([...itemsOf(start).keys()].flatMap((key, index) => (old[index] ? [[key, old[index]] as const] : [])));
}

/** The values of its enum have their old names again when it comes back. */
function withOldDefault(item: Item, old: Item): Item {
  if (item.kind !== 'column' || old.kind !== 'column') return item;
  return { ...item, data: { ...item.data, ...(old.data.default !== undefined && { default: old.data.default }) } };
}

/** On the way back the renames are undone first, so that tables and schemas have their old names again. */
function underOldNames(sql: readonly string[], item: Item, old: Item): readonly string[] {
  if (item.table !== old.table && item.kind === 'column') {
    const name = (key: string) => `ALTER TABLE ${qualified(placeOf(key))} `;
    return sql.map((text) =>
      text.startsWith(name(item.table)) ? name(old.table) + text.slice(name(item.table).length) : text,
    );
  }
  const schemaOf = ({ kind, key }: Item) => placeOf(key.slice(kind.length + 1)).schema;
  const [settled, wanted] = [item, old].map((one) => ` SET SCHEMA ${quoteIdent(schemaOf(one))}`) as [string, string];
  return sql.map((text) => (text.endsWith(settled) ? text.slice(0, -settled.length) + wanted : text));
}

function parkedItems({ before, dropped, altered, swapped }: Changes): Item[] {
  const tables = new Set(dropped.flatMap((item) => (item.kind === 'table' ? [item.table] : [])));
  // What is put away keeps its type; it could not come back to one that has lost values meanwhile.
  const isSwapped = (item: Item) => item.kind === 'column' && swapped.has(`enum:${enumKeyOf(item.data)}`);
  // Its expressions were made for the type as it is, and would stand in the way of the way back.
  const changed = new Set(altered.flatMap(({ to }) => (to.kind === 'enum' ? [to.key] : [])));
  const isChanged = (item: Item) => item.kind === 'column' && changed.has(`enum:${enumKeyOf(item.data)}`);
  const columnsOf = (table: string) =>
    [...before.values()].filter((item) => item.kind === 'column' && item.table === table);
  const data = dropped.filter((item) => {
    if (item.kind === 'table')
      return !columnsOf(item.table).some(
        (column) => isSwapped(column) || (isChanged(column) && hasExpressions(before, item.table)),
      );
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

function hasExpressions(items: Changes['before'], table: string): boolean {
  return [...items.values()].some((item) => {
    if (item.table !== table) return false;
    if (item.kind === 'column') return item.data.generated !== undefined;
    return (
      item.kind === 'check' ||
      (item.kind === 'index' &&
        (item.data.where !== undefined || item.data.columns.some(({ isExpression }) => isExpression)))
    );
  });
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

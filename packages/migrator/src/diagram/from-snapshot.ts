import { canonical, type ForeignKey, type Snapshot, type Table } from '../generate/snapshot.js';
import {
  byText,
  type Detail,
  type PictureColumn,
  type PictureTable,
  type Reference,
  type SchemaPicture,
  tableId,
} from './types.js';

/** What a snapshot of drizzle-kit says, as a picture. Pure. */
export function pictureOfSnapshot({ tables }: Snapshot): SchemaPicture {
  const all = Object.values(tables);
  const primaryKeys = new Map(all.map((table) => [tableId(table.schema, table.name), primaryKeyOf(table)]));
  return {
    tables: all.map(tableOf).sort(byText(({ id }) => id)),
    references: all
      .flatMap((table) => Object.values(table.foreignKeys).map((key) => referenceOf(table, key, primaryKeys)))
      .sort(byText(({ from, name }) => `${from} ${name}`)),
  };
}

function tableOf(table: Table): PictureTable {
  const primary = primaryKeyOf(table);
  const foreign = new Set(Object.values(table.foreignKeys).flatMap(({ columnsFrom }) => columnsFrom));
  const columns = Object.values(table.columns).map(
    (column): PictureColumn => ({
      name: column.name,
      type: column.type,
      notNull: column.notNull || primary.includes(column.name),
      isPrimaryKey: primary.includes(column.name),
      isForeignKey: foreign.has(column.name),
      definition: canonical({ ...column, primaryKey: primary.includes(column.name) }),
    }),
  );
  return { id: tableId(table.schema, table.name), columns, details: detailsOf(table) };
}

function detailsOf(table: Table): readonly Detail[] {
  const kinds: readonly (readonly [string, Readonly<Record<string, { readonly name?: string }>>])[] = [
    ['index', table.indexes],
    ['unique', table.uniqueConstraints],
    ['check', table.checkConstraints],
    ['policy', table.policies],
  ];
  return kinds
    .flatMap(([kind, objects]) =>
      Object.entries(objects).map(([key, object]) => ({
        name: `${kind} ${object.name ?? key}`,
        definition: canonical(object),
      })),
    )
    .sort(byText(({ name }) => name));
}

function referenceOf(table: Table, key: ForeignKey, primaryKeys: ReadonlyMap<string, readonly string[]>): Reference {
  const to = tableId(key.schemaTo ?? '', key.tableTo);
  const column = (name: string) => Object.values(table.columns).find((other) => other.name === name);
  return {
    name: key.name,
    from: tableId(table.schema, table.name),
    to,
    fromColumns: key.columnsFrom,
    toColumns: key.columnsTo.length > 0 ? key.columnsTo : (primaryKeys.get(to) ?? []),
    isUnique: uniqueSets(table).some((set) => set.every((name) => key.columnsFrom.includes(name))),
    isOptional: key.columnsFrom.some((name) => column(name)?.notNull === false && !primaryKeyOf(table).includes(name)),
    definition: canonical(key),
  };
}

function primaryKeyOf(table: Table): readonly string[] {
  const composite = Object.values(table.compositePrimaryKeys)[0];
  if (composite) return composite.columns;
  return Object.values(table.columns).flatMap(({ name, primaryKey }) => (primaryKey ? [name] : []));
}

/** Columns that no two rows share, by whatever says so. */
function uniqueSets(table: Table): readonly (readonly string[])[] {
  const indexes = Object.values(table.indexes).filter(
    ({ isUnique, where, columns }) => isUnique && where === undefined && !columns.some((part) => part.isExpression),
  );
  return [
    primaryKeyOf(table),
    ...Object.values(table.uniqueConstraints).map(({ columns }) => columns),
    ...indexes.map(({ columns }) => columns.map(({ expression }) => expression)),
  ].filter((set) => set.length > 0);
}

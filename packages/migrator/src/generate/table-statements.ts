import { quoteIdent } from '../sql/quote.js';
import { alterColumn } from './alter-column.js';
import { columnSql, createTable, defaultSql, relation } from './ddl.js';
import type { Item, ItemOf } from './items.js';
import { backfill, setNotNullOnline } from './online.js';
import type { Operation } from './operations.js';
import { coming, createdTables, isOf, isRestored, type Scene, tableOf } from './scene.js';
import type { Column, Table } from './snapshot.js';
import { standInOf } from './stand-in.js';
import { serialBase } from './types.js';

export function restoreParked({ changes, forms }: Scene): Operation[] {
  const items = changes.created.filter(({ kind }) => kind === 'table' || kind === 'column');
  return items.flatMap(({ key }) => forms.parked?.(key) ?? []).map((sql) => ({ sql }));
}

export function makeTables(scene: Scene): Operation[] {
  const { changes, after, forms } = scene;
  const tables = createdTables(scene);
  const added = coming(scene)
    .filter(isOf('column'))
    .filter(({ table }) => !tables.has(table));
  const plain = added.filter(({ data }) => !data.generated);
  const addColumn = (item: ItemOf<'column'>): Operation[] => {
    if (isRestored(item, forms)) return [];
    const table = tableOf(after, item as Item);
    const add = `ALTER TABLE ${relation(table)} ADD COLUMN`;
    const standIn = forms.standIns && isRequired(item.data) ? standInOf(item.data, after) : undefined;
    if (standIn !== undefined) return addWithStandIn(item.data, table, standIn);
    if (!forms.backfilled.has(item.key))
      return [{ sql: `${add} ${columnSql({ ...item.data, primaryKey: false }, table)}` }];
    const { default: value, ...bare } = item.data;
    return [
      { sql: `${add} ${columnSql({ ...bare, primaryKey: false, notNull: false }, table)}` },
      { sql: `ALTER TABLE ${relation(table)} ALTER COLUMN ${quoteIdent(item.name)} SET DEFAULT ${defaultSql(value)}` },
    ];
  };
  const setNotNull =
    (table: Table) =>
    (column: string): readonly Operation[] =>
      forms.online
        ? setNotNullOnline(column, table)
        : [
            {
              sql: `ALTER TABLE ${relation(table)} ALTER COLUMN ${quoteIdent(column)} SET NOT NULL`,
              mayFail: `a row without \`${table.name}.${column}\` stops it`,
            },
          ];
  const fills = forms.online
    ? [...forms.backfilled].flatMap((key) => {
        const item = changes.after.get(key);
        return item?.kind === 'column' ? [backfill(item.data, tableOf(after, item))] : [];
      })
    : [];
  return [
    ...changes.created
      .filter(isOf('table'))
      .flatMap((item): Operation[] => (isRestored(item, forms) ? [] : [{ sql: createTable(item.data) }])),
    ...plain.flatMap(addColumn),
    ...fills,
    ...changes.altered.flatMap(({ from, to }) =>
      from.kind === 'column' && to.kind === 'column'
        ? alterColumn(from.data, to.data, tableOf(after, to), setNotNull(tableOf(after, to)))
        : [],
    ),
    ...added.filter(({ data }) => data.generated).flatMap(addColumn),
  ];
}

/** Whether rows that are there would stop the column. */
function isRequired({ notNull, default: value, generated, identity, ...column }: Column): boolean {
  return notNull && value === undefined && !generated && !identity && serialBase(column) === undefined;
}

function addWithStandIn(column: Column, table: Table, standIn: string): Operation[] {
  const name = `${relation(table)}.${quoteIdent(column.name)}`.replaceAll('"', '');
  return [
    {
      sql: `ALTER TABLE ${relation(table)} ADD COLUMN ${columnSql({ ...column, primaryKey: false, default: standIn }, table)}`,
      mayFail: `rows that are there get ${standIn} for \`${name}\``,
    },
    { sql: `ALTER TABLE ${relation(table)} ALTER COLUMN ${quoteIdent(column.name)} DROP DEFAULT` },
  ];
}

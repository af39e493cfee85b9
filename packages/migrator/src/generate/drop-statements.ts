import { quoteIdent } from '../sql/quote.js';
import { qualified, relation } from './ddl.js';
import type { Item, Kind } from './items.js';
import type { Operation } from './operations.js';
import { inOrder } from './order.js';
import { going, isOf, LOOSENED, type Scene, tableOf } from './scene.js';
import type { Enum, Sequence } from './snapshot.js';
import { oldEnum } from './type-statements.js';

export function dropDependents(scene: Scene): Operation[] {
  const { before } = scene;
  const gone = going(scene);
  const items = [...gone, ...crossing(scene).filter((item) => !gone.includes(item))];
  const views = inOrder(items.filter(isOf('view'))).reverse();
  const drop = (kind: Kind, sql: (item: Item, table: string) => string) =>
    items
      .filter((item) => item.kind === kind)
      .map((item) => ({ sql: sql(item, item.table ? relation(tableOf(before, item)) : '') }));
  const constraint = (item: Item, table: string) => `ALTER TABLE ${table} DROP CONSTRAINT ${quoteIdent(item.name)}`;
  const policyTable = (item: Item, table: string) => (item.kind === 'policy' && item.data.on) || table;
  return [
    ...views.map(({ data }) => ({ sql: `DROP ${data.materialized ? 'MATERIALIZED ' : ''}VIEW ${qualified(data)}` })),
    ...drop('policy', (item, table) => `DROP POLICY ${quoteIdent(item.name)} ON ${policyTable(item, table)}`),
    ...drop('foreign-key', constraint),
    ...drop('check', constraint),
    ...items.filter(isOf('index')).map(({ name, data: _, ...item }) => ({
      sql: `DROP INDEX ${scene.forms.onlineDrops ? 'CONCURRENTLY ' : ''}${relation({ schema: before.tables[item.table]?.schema ?? '', name })}`,
    })),
    ...drop('unique', constraint),
    ...drop('primary-key', constraint),
  ];
}

/** Foreign keys and policies of dropped tables that hang on something else that goes: that could not go before their table. */
function crossing({ changes: { dropped, replaced } }: Scene): Item[] {
  const gone = [...dropped, ...replaced.map(({ from }) => from)];
  const tables = new Map(gone.map(({ key, table }) => [key, table]));
  const lost = new Set(dropped.filter(isOf('table')).map(({ table }) => table));
  return dropped.filter(
    (item) =>
      LOOSENED.includes(item.kind) &&
      lost.has(item.table) &&
      item.uses.some((key) => tables.has(key) && tables.get(key) !== item.table),
  );
}

export function dropData(scene: Scene): Operation[] {
  const { before, forms } = scene;
  const items = going(scene);
  const columns = items
    .filter(isOf('column'))
    .sort((a, b) => Number(Boolean(b.data.generated)) - Number(Boolean(a.data.generated)));
  return [
    ...columns.flatMap((item): Operation[] => {
      const parked = forms.parked?.(item.key);
      if (parked) return parked.map((sql) => ({ sql }));
      const table = tableOf(before, item);
      const loses = item.data.generated ? {} : { loses: `the values of \`${table.name}.${item.name}\`` };
      return [{ sql: `ALTER TABLE ${relation(table)} DROP COLUMN ${quoteIdent(item.name)}`, ...loses }];
    }),
    ...items.filter(isOf('table')).flatMap((item): Operation[] => {
      const parked = forms.parked?.(item.key);
      if (parked) return parked.map((sql) => ({ sql }));
      return [{ sql: `DROP TABLE ${relation(item.data)}`, loses: `the rows of \`${item.name}\`` }];
    }),
  ];
}

export function dropTypes({ changes, forms }: Scene): Operation[] {
  const drop = (kind: Kind, sql: (item: Item) => string) =>
    changes.dropped
      .filter((item) => item.kind === kind)
      .flatMap((item) => forms.parked?.(item.key) ?? [sql(item)])
      .map((sql) => ({ sql }));
  return [
    ...[...changes.swapped].flatMap((key) => {
      const item = changes.after.get(key);
      return item?.kind === 'enum' ? [{ sql: `DROP TYPE ${qualified(oldEnum(item.data))}` }] : [];
    }),
    ...drop('enum', (item) => `DROP TYPE ${qualified(item.data as Enum)}`),
    ...drop('sequence', (item) => `DROP SEQUENCE ${qualified(item.data as Sequence)}`),
    ...drop('schema', ({ name }) => `DROP SCHEMA ${quoteIdent(name)}`),
    ...drop('role', ({ name }) => `DROP ROLE ${quoteIdent(name)}`),
  ];
}

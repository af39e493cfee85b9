import { quoteIdent } from '../sql/quote.js';
import { alterColumn } from './alter-column.js';
import type { Changes } from './changes.js';
import {
  alterRole,
  checkSql,
  columnSql,
  createEnum,
  createIndex,
  createPolicy,
  createRole,
  createSequence,
  createTable,
  createView,
  defaultSql,
  enumLabel,
  foreignKeySql,
  list,
  qualified,
  relation,
  sequenceOptions,
  turned,
  uniqueSql,
} from './ddl.js';
import type { Item, ItemOf, Kind } from './items.js';
import {
  addCheckOnline,
  addForeignKeyOnline,
  addIndexOnline,
  addPrimaryKeyOnline,
  addUniqueOnline,
  backfill,
  setNotNullOnline,
} from './online.js';
import type { Forms, Operation } from './operations.js';
import { inOrder } from './order.js';
import type { Enum, Sequence, Snapshot, Table } from './snapshot.js';
import { enumKeyOf, isArray } from './types.js';

interface Scene {
  readonly changes: Changes;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly forms: Forms;
}

/**
 * Statements that carry out the changes, in an order that works: what stands in the way goes first and comes back last,
 * types outlive the columns made of them. `before` and `after` are the snapshots that were compared.
 */
export function statementsFor(scene: Scene): Operation[] {
  return [
    ...dropDependents(scene),
    ...dropData(scene),
    ...renameParts(scene),
    ...makeTypes(scene),
    ...restoreParked(scene),
    ...swapEnums(scene),
    ...makeTables(scene),
    ...addConstraints(scene),
    ...addViewsAndPolicies(scene),
    ...dropTypes(scene),
  ];
}

/** New schemas, which come before everything: a table may be moved to one by a rename. */
export function schemasFor({ changes }: Scene): Operation[] {
  return changes.created.filter(isOf('schema')).map(({ name }) => ({ sql: `CREATE SCHEMA ${quoteIdent(name)}` }));
}

function isOf<K extends Kind>(kind: K): (item: Item) => item is Extract<Item, { kind: K }> {
  return (item): item is Extract<Item, { kind: K }> => item.kind === kind;
}

const hasKey = (items: readonly Item[], key: string) => items.some((item) => item.key === key);

/** What goes: dropped for good, or made again at the end. Parts of a dropped table go with it. */
function going({ changes: { dropped, replaced }, forms }: Scene): Item[] {
  const tables = new Set(dropped.filter(isOf('table')).map(({ table }) => table));
  return [...dropped, ...replaced.map(({ from }) => from)].filter((item) => {
    if (item.kind === 'table' || item.table === '' || !tables.has(item.table)) return true;
    // A parked table must not hold back rows or roles of others.
    return LOOSENED.includes(item.kind) && forms.parked?.(`table:${item.table}`) !== undefined;
  });
}

/** Parts of a table that do not go with it when it is parked, and do not come back with it. */
const LOOSENED: readonly Kind[] = ['foreign-key', 'policy'];

/** What comes: new, or made again. What a parked table has kept comes with it. */
function coming({ changes: { created, replaced }, forms }: Scene): Item[] {
  return [...created, ...replaced.map(({ to }) => to)].filter(
    (item) =>
      item.kind === 'table' ||
      item.table === '' ||
      LOOSENED.includes(item.kind) ||
      forms.parked?.(`table:${item.table}`) === undefined ||
      !hasKey(created, `table:${item.table}`),
  );
}

function createdTables({ changes: { created } }: Scene): ReadonlySet<string> {
  return new Set(created.filter(isOf('table')).map(({ table }) => table));
}

function tableOf(snapshot: Snapshot, item: Item): Table {
  const table = snapshot.tables[item.table];
  if (!table) throw new Error(`No table ${item.table} for ${item.key}`);
  return table;
}

function dropDependents(scene: Scene): Operation[] {
  const { before, changes } = scene;
  const items = going(scene);
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
    ...crossing(changes.dropped)
      .filter((item) => !items.includes(item))
      .map((item) => ({ sql: constraint(item, relation(tableOf(before, item))) })),
    ...drop('check', constraint),
    ...items.filter(isOf('index')).map(({ name, data: _, ...item }) => ({
      sql: `DROP INDEX ${relation({ schema: before.tables[item.table]?.schema ?? '', name })}`,
    })),
    ...drop('unique', constraint),
    ...drop('primary-key', constraint),
  ];
}

/** Foreign keys from one dropped table to another: none of the two could be dropped first. */
function crossing(dropped: readonly Item[]): Item[] {
  const tables = new Set(dropped.filter(isOf('table')).map(({ key }) => key));
  return dropped.filter(
    (item) =>
      item.kind === 'foreign-key' &&
      tables.has(`table:${item.table}`) &&
      item.uses.some((key) => key !== `table:${item.table}` && tables.has(key)),
  );
}

function dropData(scene: Scene): Operation[] {
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

function renameParts({ changes, after }: Scene): Operation[] {
  return changes.renamed.map(({ from, to }) => {
    const table = tableOf(after, to);
    const [old, name] = [quoteIdent(from.name), quoteIdent(to.name)];
    if (from.kind === 'index' || (from.kind === 'primary-key' && from.data.implied))
      return { sql: `ALTER INDEX ${relation({ schema: table.schema, name: from.name })} RENAME TO ${name}` };
    if (from.kind === 'policy') return { sql: `ALTER POLICY ${old} ON ${relation(table)} RENAME TO ${name}` };
    return { sql: `ALTER TABLE ${relation(table)} RENAME CONSTRAINT ${old} TO ${name}` };
  });
}

function makeTypes(scene: Scene): Operation[] {
  const { created, altered, swapped } = scene.changes;
  const made = (item: Item): readonly string[] => {
    const back = scene.forms.parked?.(item.key);
    if (back) return back;
    switch (item.kind) {
      case 'role':
        return [createRole(item.data)];
      case 'enum':
        return [createEnum(item.data)];
      case 'sequence':
        return [createSequence(item.data)];
      default:
        return [];
    }
  };
  const changed = altered.flatMap(({ from, to }): string[] => {
    if (to.kind === 'role') return [alterRole(to.data)];
    if (from.kind === 'sequence' && to.kind === 'sequence') return [alterSequence(from.data, to.data)];
    if (from.kind === 'enum' && to.kind === 'enum' && !swapped.has(to.key)) return addValues(from.data, to.data);
    return [];
  });
  const ranks: readonly Kind[] = ['role', 'enum', 'sequence'];
  return [...ranks.flatMap((kind) => created.filter((item) => item.kind === kind).flatMap(made)), ...changed].map(
    (sql) => ({ sql }),
  );
}

function alterSequence(from: Sequence, sequence: Sequence): string {
  const { minValue, maxValue } = sequence;
  const limits = [minValue === undefined && 'NO MINVALUE', maxValue === undefined && 'NO MAXVALUE'].filter(Boolean);
  return [
    'ALTER SEQUENCE',
    qualified(sequence),
    ...limits,
    ...sequenceOptions(sequence),
    ...turned(from, sequence),
  ].join(' ');
}

function addValues(from: Enum, to: Enum): string[] {
  const known = [...from.values];
  return to.values.flatMap((value, index) => {
    if (known.includes(value)) return [];
    const next = to.values.slice(index + 1).find((other) => known.includes(other));
    known.push(value);
    return [
      `ALTER TYPE ${qualified(to)} ADD VALUE ${enumLabel(value)}${next === undefined ? '' : ` BEFORE ${enumLabel(next)}`}`,
    ];
  });
}

const oldEnum = (type: Enum) => ({ schema: type.schema, name: `${type.name.slice(0, 57)}__old` });

/** Postgres cannot take a value out of an enum: the type makes room for a new one, and columns change over. */
function swapEnums({ changes, after, forms }: Scene): Operation[] {
  return [...changes.swapped].flatMap((key): Operation[] => {
    const from = changes.before.get(key);
    const to = changes.after.get(key);
    if (from?.kind !== 'enum' || to?.kind !== 'enum') return [];
    const type = qualified(to.data);
    const removed = from.data.values.filter((value) => !to.data.values.includes(value));
    // What was parked comes back with the old type, whatever it is by now.
    const columns = [...changes.after.values()].filter(isOf('column')).flatMap((item) => {
      if (`enum:${enumKeyOf(item.data)}` !== key) return [];
      if (isRestored(item, forms)) return [{ old: item, item }];
      const old = changes.before.get(item.key);
      const isKept =
        old?.kind === 'column' && old.data.type === item.data.type && old.data.typeSchema === item.data.typeSchema;
      return isKept ? [{ old, item }] : [];
    });
    const alter = (item: ItemOf<'column'>, what: string) =>
      `ALTER TABLE ${relation(tableOf(after, item as Item))} ALTER COLUMN ${quoteIdent(item.name)} ${what}`;
    const mayFail =
      removed.length > 0 ? { mayFail: `a row that still has ${removed.map(enumLabel).join(' or ')} stops it` } : {};
    return [
      ...columns.flatMap(({ old }) => (old.data.default === undefined ? [] : [{ sql: alter(old, 'DROP DEFAULT') }])),
      { sql: `ALTER TYPE ${type} RENAME TO ${quoteIdent(oldEnum(to.data).name)}` },
      { sql: createEnum(to.data) },
      ...columns.map(({ item }): Operation => {
        const array = isArray(item.data) ? '[]' : '';
        return {
          sql: alter(
            item,
            `SET DATA TYPE ${type}${array} USING ${quoteIdent(item.name)}::text${array}::${type}${array}`,
          ),
          ...mayFail,
        };
      }),
      ...columns.flatMap(({ item, old }) =>
        item.data.default === undefined || old.data.default === undefined
          ? []
          : [{ sql: alter(item, `SET DEFAULT ${defaultSql(item.data.default)}`) }],
      ),
    ];
  });
}

/** Whether an item comes back from where it was parked, alone or with its table. */
function isRestored(item: Pick<Item, 'key' | 'table'>, { parked }: Forms): boolean {
  return parked !== undefined && (parked(item.key) ?? parked(`table:${item.table}`)) !== undefined;
}

function restoreParked({ changes, forms }: Scene): Operation[] {
  const items = changes.created.filter(({ kind }) => kind === 'table' || kind === 'column');
  return items.flatMap(({ key }) => forms.parked?.(key) ?? []).map((sql) => ({ sql }));
}

function makeTables(scene: Scene): Operation[] {
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

function addConstraints(scene: Scene): Operation[] {
  const { after, forms } = scene;
  const tables = createdTables(scene);
  const items = coming(scene);
  const ranks: readonly Kind[] = ['primary-key', 'unique', 'check', 'index', 'foreign-key'];
  return ranks.flatMap((kind) =>
    items
      .filter((item) => item.kind === kind)
      .flatMap((item): Operation[] => {
        const isNew = tables.has(item.table);
        if (isNew && (kind === 'primary-key' || kind === 'unique' || kind === 'check')) return [];
        return constraintOperations(item, tableOf(after, item), forms.online && !isNew);
      }),
  );
}

function constraintOperations(item: Item, table: Table, online: boolean): Operation[] {
  const add = (what: string): Operation[] => [{ sql: `ALTER TABLE ${relation(table)} ADD ${what}` }];
  switch (item.kind) {
    case 'primary-key':
      return online
        ? addPrimaryKeyOnline(item.data, table)
        : add(`CONSTRAINT ${quoteIdent(item.name)} PRIMARY KEY (${list(item.data.columns)})`);
    case 'unique':
      return online ? addUniqueOnline(item.data, table) : add(uniqueSql(item.data));
    case 'check':
      return online ? addCheckOnline(item.data, table) : add(checkSql(item.data));
    case 'index':
      return online
        ? addIndexOnline(item.data, table)
        : [{ sql: createIndex(item.data, table, { concurrently: false }) }];
    case 'foreign-key':
      return online ? addForeignKeyOnline(item.data, table) : add(foreignKeySql(item.data));
    default:
      return [];
  }
}

function addViewsAndPolicies(scene: Scene): Operation[] {
  const { before, after, changes } = scene;
  const items = coming(scene);
  const switchRls = (item: Item, snapshot: Snapshot, what: string) => ({
    sql: `ALTER TABLE ${relation(tableOf(snapshot, item))} ${what} ROW LEVEL SECURITY`,
  });
  return [
    ...inOrder(items.filter(isOf('view'))).map(({ data }) => ({ sql: createView(data) })),
    ...items.filter(isOf('rls')).map((item) => switchRls(item, after, 'ENABLE')),
    ...changes.dropped
      .filter((item) => item.kind === 'rls' && !hasKey(changes.dropped, `table:${item.table}`))
      .map((item) => switchRls(item, before, 'DISABLE')),
    ...items
      .filter(isOf('policy'))
      .map((item) => ({ sql: createPolicy(item.data, item.data.on ?? relation(tableOf(after, item))) })),
  ];
}

function dropTypes({ changes, forms }: Scene): Operation[] {
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

import { uniquesOf } from './ddl.js';
import {
  type Check,
  type Column,
  canonical,
  type Enum,
  type ForeignKey,
  type Index,
  type Policy,
  type Role,
  type Sequence,
  type Snapshot,
  type Table,
  tableKey,
  targetKey,
  type Unique,
  type View,
} from './snapshot.js';
import { enumKeyOf, impliedName, serialBase } from './types.js';
import { wordsOf } from './words.js';

export interface PrimaryKey {
  readonly name: string;
  readonly columns: readonly string[];
  /** Made by `.primaryKey()` of a column, and named by Postgres. */
  readonly implied: boolean;
}

/** A column with what follows from the rest of its table. */
export interface PlacedColumn extends Column {
  /** Also true for the columns of a primary key, which Postgres makes so. */
  readonly required: boolean;
}

interface Data {
  role: Role;
  schema: { readonly name: string };
  enum: Enum;
  sequence: Sequence;
  table: Table;
  column: PlacedColumn;
  'primary-key': PrimaryKey;
  unique: Unique & { readonly name: string };
  check: Check;
  index: Index;
  'foreign-key': ForeignKey;
  rls: { readonly enabled: boolean };
  policy: Policy & { readonly on?: string };
  view: View;
}

export type Kind = keyof Data;

/** One object of a schema, with what it cannot be without. */
export type Item = { [K in Kind]: ItemOf<K> }[Kind];

export interface ItemOf<K extends Kind> {
  readonly kind: K;
  readonly key: string;
  readonly name: string;
  /** Key in `tables` of the table it belongs to; empty for what belongs to none. */
  readonly table: string;
  readonly data: Data[K];
  /** Canonical text of what it is, without its name. */
  readonly definition: string;
  /** Keys of other items. Too many do no harm: an object is then dropped and made again for nothing. */
  readonly uses: readonly string[];
}

export type Items = ReadonlyMap<string, Item>;

/** All objects of a snapshot by key. Made once for each snapshot, which is never changed. Needs `loadParser`. */
export function itemsOf(snapshot: Snapshot): Items {
  const known = cache.get(snapshot);
  if (known) return known;
  const items = readItems(snapshot);
  cache.set(snapshot, items);
  return items;
}

const cache = new WeakMap<Snapshot, Items>();

function readItems(snapshot: Snapshot): Items {
  const items = new Map<string, Item>();
  const add = <K extends Kind>(item: Omit<ItemOf<K>, 'definition'> & { readonly definition?: unknown }) => {
    const definition = canonical({ ...((item.definition ?? item.data) as object), name: undefined });
    items.set(item.key, { ...item, definition } as unknown as Item);
  };
  for (const role of Object.values(snapshot.roles))
    add<'role'>({ kind: 'role', key: `role:${role.name}`, name: role.name, table: '', data: role, uses: [] });
  for (const name of Object.values(snapshot.schemas)) {
    if (name === 'public') continue;
    add<'schema'>({ kind: 'schema', key: `schema:${name}`, name, table: '', data: { name }, uses: [] });
  }
  for (const [key, data] of Object.entries(snapshot.enums))
    add<'enum'>({ kind: 'enum', key: `enum:${key}`, name: data.name, table: '', data, uses: [] });
  for (const [key, data] of Object.entries(snapshot.sequences))
    add<'sequence'>({ kind: 'sequence', key: `sequence:${key}`, name: data.name, table: '', data, uses: [] });
  for (const table of Object.values(snapshot.tables)) addTable(table, snapshot, add);
  for (const policy of Object.values(snapshot.policies)) {
    const { on } = policy;
    add<'policy'>({
      kind: 'policy',
      key: `policy:${on}.${policy.name}`,
      name: policy.name,
      table: '',
      data: policy,
      uses: policyUses(policy, undefined, snapshot),
    });
  }
  for (const [key, data] of Object.entries(snapshot.views)) {
    if (data.isExisting) continue;
    const { columns: _, ...definition } = data;
    add<'view'>({
      kind: 'view',
      key: `view:${key}`,
      name: data.name,
      table: '',
      data,
      definition,
      uses: mentions([data.definition ?? ''], snapshot).filter((use) => use !== `view:${key}`),
    });
  }
  return items;
}

type Add = <K extends Kind>(item: Omit<ItemOf<K>, 'definition'> & { readonly definition?: unknown }) => void;

function addTable(table: Table, snapshot: Snapshot, add: Add): void {
  const key = tableKey(table);
  const column = (name: string) => `column:${key}.${name}`;
  const own = (texts: readonly (string | undefined)[]) => mentionedColumns(texts, table).map(column);
  const primary = primaryKeyOf(table);
  add<'table'>({
    kind: 'table',
    key: `table:${key}`,
    name: table.name,
    table: key,
    data: table,
    definition: {},
    uses: [],
  });
  for (const data of Object.values(table.columns)) {
    const required = isRequired(data, primary);
    const enumKey = enumKeyOf(data);
    const uses = [
      ...(data.generated ? own([data.generated.as]).filter((use) => use !== column(data.name)) : []),
      ...(enumKey ? [`enum:${enumKey}`] : []),
    ];
    const { notNull: _, primaryKey: __, ...rest } = data;
    const defaultText =
      rest.default === undefined
        ? {}
        : { default: String(typeof rest.default === 'object' ? canonical(rest.default) : rest.default) };
    add<'column'>({
      kind: 'column',
      key: column(data.name),
      name: data.name,
      table: key,
      data: { ...data, required },
      definition: { ...rest, ...defaultText, required },
      uses,
    });
  }
  if (primary) {
    const { implied: _, ...definition } = primary;
    add<'primary-key'>({
      kind: 'primary-key',
      key: `primary-key:${key}`,
      name: primary.name,
      table: key,
      data: primary,
      definition,
      uses: primary.columns.map(column),
    });
  }
  for (const data of uniquesOf(table)) {
    const definition = { ...data, nullsNotDistinct: data.nullsNotDistinct ?? false };
    add<'unique'>({
      kind: 'unique',
      key: `unique:${key}.${data.name}`,
      name: data.name,
      table: key,
      data,
      definition,
      uses: data.columns.map(column),
    });
  }
  for (const data of Object.values(table.checkConstraints))
    add<'check'>({
      kind: 'check',
      key: `check:${key}.${data.name}`,
      name: data.name,
      table: key,
      data,
      uses: own([data.value]),
    });
  for (const data of Object.values(table.indexes)) {
    const { concurrently: _, ...definition } = { ...data, with: data.with ?? {} };
    const plain = data.columns.filter(({ isExpression }) => !isExpression).map(({ expression }) => column(expression));
    const expressions = data.columns.filter(({ isExpression }) => isExpression).map(({ expression }) => expression);
    add<'index'>({
      kind: 'index',
      key: `index:${key}.${data.name}`,
      name: data.name,
      table: key,
      data,
      definition,
      uses: [...plain, ...own([...expressions, data.where])],
    });
  }
  for (const data of Object.values(table.foreignKeys)) {
    const target = targetKey(data);
    const { tableFrom: _, ...definition } = {
      ...data,
      schemaTo: data.schemaTo || 'public',
      onDelete: data.onDelete ?? 'no action',
      onUpdate: data.onUpdate ?? 'no action',
    };
    const uses = [
      ...data.columnsFrom.map(column),
      `table:${target}`,
      ...data.columnsTo.map((name) => `column:${target}.${name}`),
      ...uniqueBehind(data, snapshot),
    ];
    add<'foreign-key'>({
      kind: 'foreign-key',
      key: `foreign-key:${key}.${data.name}`,
      name: data.name,
      table: key,
      data,
      definition,
      uses,
    });
  }
  const enabled = table.isRLSEnabled || Object.keys(table.policies).length > 0;
  if (enabled)
    add<'rls'>({ kind: 'rls', key: `rls:${key}`, name: table.name, table: key, data: { enabled }, uses: [] });
  for (const data of Object.values(table.policies))
    add<'policy'>({
      kind: 'policy',
      key: `policy:${key}.${data.name}`,
      name: data.name,
      table: key,
      data,
      uses: policyUses(data, table, snapshot),
    });
}

export function primaryKeyOf(table: Table): PrimaryKey | undefined {
  const [composite] = Object.values(table.compositePrimaryKeys);
  if (composite) return { ...composite, implied: false };
  const columns = Object.values(table.columns).filter(({ primaryKey }) => primaryKey);
  if (columns.length === 0) return undefined;
  return { name: impliedName(table.name, undefined, 'pkey'), columns: columns.map(({ name }) => name), implied: true };
}

function isRequired(column: Column, primary: PrimaryKey | undefined): boolean {
  return Boolean(column.notNull || column.identity || serialBase(column) || primary?.columns.includes(column.name));
}

/** Keys of what makes the target columns of a foreign key unique. */
function uniqueBehind(key: ForeignKey, snapshot: Snapshot): string[] {
  const target = snapshot.tables[targetKey(key)];
  if (!target) return [];
  const wanted = [...key.columnsTo].sort().join('\0');
  const fits = (columns: readonly string[]) => [...columns].sort().join('\0') === wanted;
  const place = tableKey(target);
  const primary = primaryKeyOf(target);
  return [
    ...(primary && fits(primary.columns) ? [`primary-key:${place}`] : []),
    ...uniquesOf(target)
      .filter(({ columns }) => fits(columns))
      .map(({ name }) => `unique:${place}.${name}`),
    ...Object.values(target.indexes)
      .filter(({ isUnique, columns }) => isUnique && fits(columns.map(({ expression }) => expression)))
      .map(({ name }) => `index:${place}.${name}`),
  ];
}

function mentionedColumns(texts: readonly (string | undefined)[], table: Table): string[] {
  const names = Object.keys(table.columns);
  return texts.flatMap((text) => {
    if (text === undefined) return [];
    const words = wordsOf(text);
    return words && !words.has('*') ? names.filter((name) => words.has(name) || words.has(name.toLowerCase())) : names;
  });
}

function policyUses(policy: Policy, table: Table | undefined, snapshot: Snapshot): string[] {
  const texts = [policy.using, policy.withCheck].filter((text) => text !== undefined);
  const own = table ? mentionedColumns(texts, table).map((name) => `column:${tableKey(table)}.${name}`) : [];
  return [...own, ...mentions(texts, snapshot), ...(policy.to ?? []).map((role) => `role:${role}`)];
}

/** Tables with their columns, views and enums that a text names. */
function mentions(texts: readonly string[], snapshot: Snapshot): string[] {
  return texts.flatMap((text) => {
    const words = wordsOf(text);
    const has = (name: string) => !words || words.has(name);
    return [
      ...Object.entries(snapshot.tables).flatMap(([key, table]) =>
        has(table.name)
          ? [`table:${key}`, ...mentionedColumns([text], table).map((name) => `column:${key}.${name}`)]
          : [],
      ),
      ...Object.entries(snapshot.views).flatMap(([key, view]) => (has(view.name) ? [`view:${key}`] : [])),
      ...Object.entries(snapshot.enums).flatMap(([key, type]) => (has(type.name) ? [`enum:${key}`] : [])),
    ];
  });
}

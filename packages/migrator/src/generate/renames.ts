import type { Column, ForeignKey, Index, Policy, Snapshot, Table } from './snapshot.js';
import { tableKey } from './snapshot.js';
import { enumKeyOf, impliedName, isArray } from './types.js';
import { replaceWords } from './words.js';

export type RenameKind =
  | 'schema'
  | 'enum'
  | 'table'
  | 'sequence'
  | 'view'
  | 'role'
  | 'column'
  | 'enum-value'
  | 'policy';

/** One object of two names. What lies in a schema is `schema.name`; a column, value or policy also names what it is part of. */
export interface Rename {
  readonly kind: RenameKind;
  /** Key in the snapshot of the table or enum, by its new name, for `column`, `policy` and `enum-value`; else empty. */
  readonly within: string;
  /** Key in the snapshot: `schema.name` for tables, enums, sequences and views, the bare name for others. */
  readonly from: string;
  readonly to: string;
}

/** In this order, so that what is part of something is looked for under its new name. */
export const RENAME_STAGES: readonly (readonly RenameKind[])[] = [
  ['schema', 'role'],
  ['enum', 'table', 'sequence', 'view'],
  ['column', 'enum-value', 'policy'],
];

export function inverted(renames: readonly Rename[]): Rename[] {
  const back = renames.map((rename) => ({ ...rename, from: rename.to, to: rename.from }));
  // `within` names the container as it is called once the containers are renamed, and back it is called as before.
  const containers = new Map(
    back.filter(({ kind }) => kind === 'table' || kind === 'enum').map(({ kind, from, to }) => [`${kind} ${from}`, to]),
  );
  const schemas = new Map(back.filter(({ kind }) => kind === 'schema').map(({ from, to }) => [from, to]));
  return back.map((rename) => {
    if (rename.kind === 'schema' || rename.kind === 'role') return rename;
    if (rename.within === '') return { ...rename, ...inSchemas(rename, schemas) };
    const container =
      containers.get(`${rename.kind === 'enum-value' ? 'enum' : 'table'} ${rename.within}`) ?? rename.within;
    return { ...rename, within: inSchema(container, schemas) };
  });
}

/** Forward, `from` is told under the new name of its schema; back, `from` must be told under the old one. */
function inSchemas({ from, to }: Rename, schemas: ReadonlyMap<string, string>): Pick<Rename, 'from' | 'to'> {
  return { from: inSchema(from, schemas), to: inSchema(to, schemas) };
}

function inSchema(key: string, schemas: ReadonlyMap<string, string>): string {
  const [schema = '', ...rest] = key.split('.');
  return [schemas.get(schema) ?? schema, ...rest].join('.');
}

/** The snapshot as it is once the renames have run. Expressions follow; bodies of views do not, as their columns keep their names. */
export function applyRenames(snapshot: Snapshot, renames: readonly Rename[]): Snapshot {
  return renames.reduce(applyRename, snapshot);
}

function applyRename(snapshot: Snapshot, rename: Rename): Snapshot {
  switch (rename.kind) {
    case 'schema':
      return renameSchema(snapshot, rename);
    case 'role':
      return renameRole(snapshot, rename);
    case 'enum':
      return renameEnum(snapshot, rename);
    case 'enum-value':
      return renameValue(snapshot, rename);
    case 'sequence':
      return {
        ...snapshot,
        sequences: moved(snapshot.sequences, rename, (sequence) => ({ ...sequence, ...placeOf(rename.to) })),
      };
    case 'view':
      return { ...snapshot, views: moved(snapshot.views, rename, (view) => ({ ...view, ...placeOf(rename.to) })) };
    case 'table':
      return renameTable(snapshot, rename);
    case 'column':
      return renameColumn(snapshot, rename);
    case 'policy':
      return mapTable(snapshot, rename.within, (table) => ({
        ...table,
        policies: moved(table.policies, rename, (policy) => ({ ...policy, name: rename.to })),
      }));
  }
}

export function placeOf(key: string): { schema: string; name: string } {
  const [schema = '', ...rest] = key.split('.');
  return { schema, name: rest.join('.') };
}

/** The record with one entry under another key, in its place. */
function moved<T>(
  record: Readonly<Record<string, T>>,
  { from, to }: { readonly from: string; readonly to: string },
  change: (value: T) => T,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => (key === from ? [to, change(value)] : [key, value])),
  );
}

function mapTables(snapshot: Snapshot, change: (table: Table) => Table): Snapshot {
  const tables = Object.values(snapshot.tables).map((table) => {
    const next = change(table);
    return [tableKey(next), next] as const;
  });
  return { ...snapshot, tables: Object.fromEntries(tables) };
}

function mapTable(snapshot: Snapshot, key: string, change: (table: Table) => Table): Snapshot {
  return mapTables(snapshot, (table) => (tableKey(table) === key ? change(table) : table));
}

function mapColumns(table: Table, change: (column: Column) => Column): Table {
  return {
    ...table,
    columns: Object.fromEntries(Object.entries(table.columns).map(([key, column]) => [key, change(column)])),
  };
}

function mapKeys(table: Table, change: (key: ForeignKey) => ForeignKey): Table {
  return {
    ...table,
    foreignKeys: Object.fromEntries(Object.entries(table.foreignKeys).map(([name, key]) => [name, change(key)])),
  };
}

function mapPolicies(table: Table, change: (policy: Policy) => Policy): Table {
  return {
    ...table,
    policies: Object.fromEntries(Object.entries(table.policies).map(([name, policy]) => [name, change(policy)])),
  };
}

function renameSchema(snapshot: Snapshot, { from, to }: Rename): Snapshot {
  const rehomed = <T extends { readonly schema: string }>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(record).map(([key, value]) =>
        value.schema === from ? [key.replace(`${from}.`, `${to}.`), { ...value, schema: to }] : [key, value],
      ),
    );
  const tables = mapTables(snapshot, (table) => {
    const home = table.schema === from ? { ...table, schema: to } : table;
    const keys = mapKeys(home, (key) => (key.schemaTo === from ? { ...key, schemaTo: to } : key));
    return mapColumns(keys, (column) => ({
      ...column,
      ...(column.typeSchema === from && { typeSchema: to }),
      ...(column.identity?.schema === from && { identity: { ...column.identity, schema: to } }),
    }));
  }).tables;
  const { [from]: _, ...schemas } = snapshot.schemas;
  return {
    ...snapshot,
    tables,
    schemas: { ...schemas, [to]: to },
    enums: rehomed(snapshot.enums),
    sequences: rehomed(snapshot.sequences),
    views: rehomed(snapshot.views),
  };
}

function renameRole(snapshot: Snapshot, rename: Rename): Snapshot {
  const grantees = (policy: Policy): Policy => ({
    ...policy,
    to: (policy.to ?? []).map((role) => (role === rename.from ? rename.to : role)).sort(),
  });
  return {
    ...mapTables(snapshot, (table) => mapPolicies(table, grantees)),
    roles: moved(snapshot.roles, rename, (role) => ({ ...role, name: rename.to })),
  };
}

function renameEnum(snapshot: Snapshot, rename: Rename): Snapshot {
  const { schema, name } = placeOf(rename.to);
  const tables = mapTables(snapshot, (table) =>
    mapColumns(table, (column) =>
      enumKeyOf(column) === rename.from
        ? { ...column, type: name + column.type.slice(placeOf(rename.from).name.length), typeSchema: schema }
        : column,
    ),
  ).tables;
  return { ...snapshot, tables, enums: moved(snapshot.enums, rename, (type) => ({ ...type, schema, name })) };
}

function renameValue(snapshot: Snapshot, { within, from, to }: Rename): Snapshot {
  const quoted = (value: string) => `'${value.replaceAll("'", "''")}'`;
  const tables = mapTables(snapshot, (table) =>
    mapColumns(table, (column) =>
      enumKeyOf(column) === within && !isArray(column) && column.default === quoted(from)
        ? { ...column, default: quoted(to) }
        : column,
    ),
  ).tables;
  const type = snapshot.enums[within];
  if (!type) return snapshot;
  return {
    ...snapshot,
    tables,
    enums: {
      ...snapshot.enums,
      [within]: { ...type, values: type.values.map((value) => (value === from ? to : value)) },
    },
  };
}

function renameTable(snapshot: Snapshot, { from, to }: Rename): Snapshot {
  const [old, place] = [placeOf(from), placeOf(to)];
  const schema = place.schema === 'public' ? '' : place.schema;
  const words = new Map([[old.name, place.name]]);
  // The statements rename what is named after the table: see `rename-statements.ts`.
  const sequenceName = (column: string, name: string) =>
    name === impliedName(old.name, column, 'seq') ? impliedName(place.name, column, 'seq') : name;
  return mapTables(snapshot, (table) => {
    const isIt = tableKey(table) === from;
    const renamed = isIt
      ? mapColumns(withWords({ ...table, name: place.name, schema }, words), (column) =>
          column.identity
            ? {
                ...column,
                identity: {
                  ...column.identity,
                  schema: place.schema,
                  name: sequenceName(column.name, column.identity.name),
                },
              }
            : column,
        )
      : table;
    return mapKeys(renamed, (key) => ({
      ...key,
      ...(isIt && { tableFrom: place.name }),
      ...(`${key.schemaTo || 'public'}.${key.tableTo}` === from && { tableTo: place.name, schemaTo: place.schema }),
    }));
  });
}

function renameColumn(snapshot: Snapshot, { within, from, to }: Rename): Snapshot {
  const words = new Map([[from, to]]);
  const names = (columns: readonly string[]) => columns.map((name) => (name === from ? to : name));
  const change = <T extends { readonly columns: readonly string[] }>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(
      Object.entries(record).map(([key, value]) => [key, { ...value, columns: names(value.columns) }]),
    );
  return mapTables(snapshot, (table) => {
    const isIt = tableKey(table) === within;
    const keys = mapKeys(table, (key) => ({
      ...key,
      columnsFrom: isIt ? names(key.columnsFrom) : key.columnsFrom,
      columnsTo: `${key.schemaTo || 'public'}.${key.tableTo}` === within ? names(key.columnsTo) : key.columnsTo,
    }));
    if (!isIt) return keys;
    return withWords(
      {
        ...keys,
        columns: moved(keys.columns, { from, to }, (column) => ({ ...column, name: to })),
        compositePrimaryKeys: change(keys.compositePrimaryKeys),
        uniqueConstraints: change(keys.uniqueConstraints),
        indexes: Object.fromEntries(
          Object.entries(keys.indexes).map(([key, index]) => [key, withIndexColumn(index, from, to)]),
        ),
      },
      words,
    );
  });
}

function withIndexColumn(index: Index, from: string, to: string): Index {
  return {
    ...index,
    columns: index.columns.map((column) =>
      !column.isExpression && column.expression === from ? { ...column, expression: to } : column,
    ),
  };
}

/** With names replaced in the expressions of a table, as Postgres has it, which knows columns by number. */
function withWords(table: Table, words: ReadonlyMap<string, string>): Table {
  const text = (sql: string) => replaceWords(sql, words);
  const optional = (sql: string | undefined) => (sql === undefined ? undefined : text(sql));
  const indexes = Object.entries(table.indexes).map(([key, index]) => [
    key,
    {
      ...index,
      columns: index.columns.map((column) =>
        column.isExpression ? { ...column, expression: text(column.expression) } : column,
      ),
      ...(index.where !== undefined && { where: text(index.where) }),
    },
  ]);
  const checks = Object.entries(table.checkConstraints).map(([key, check]) => [
    key,
    { ...check, value: text(check.value) },
  ]);
  const rewritten = mapColumns(
    { ...table, indexes: Object.fromEntries(indexes), checkConstraints: Object.fromEntries(checks) },
    (column) =>
      column.generated ? { ...column, generated: { ...column.generated, as: text(column.generated.as) } } : column,
  );
  return mapPolicies(
    rewritten,
    ({ using, withCheck, ...policy }) =>
      ({
        ...policy,
        ...(using !== undefined && { using: optional(using) }),
        ...(withCheck !== undefined && { withCheck: optional(withCheck) }),
      }) as Policy,
  );
}

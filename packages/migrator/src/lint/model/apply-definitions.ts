import {
  baseType,
  type ColumnDef,
  type Constraint,
  collationOf,
  columnsIn,
  constraintsOf,
  type IndexElement,
  type Node,
  nameOf,
  qualified,
  strings,
  tableElements,
  typeText,
} from '../syntax.js';
import type { Column, Place, Schema, Table, TableConstraint } from './schema.js';

export function createTable(schema: Schema, node: Node, place: Place): void {
  const name = nameOf(node.relation);
  if (node.if_not_exists && schema.tables.has(name.key)) return;
  const parent = ((node.inhRelations ?? []) as readonly { RangeVar?: unknown }[]).at(0)?.RangeVar;
  const table: Table = {
    schema: name.schema,
    name: name.name,
    columns: new Map(),
    constraints: new Map(),
    indexes: new Map(),
    isPartitioned: node.partspec !== undefined,
    ...(node.partbound !== undefined && parent !== undefined && { partitionOf: nameOf(parent).key }),
    isDefaultPartition: (node.partbound as { is_default?: boolean } | undefined)?.is_default === true,
    rowSecurity: false,
    policies: new Set(),
    place,
  };
  schema.tables.set(name.key, table);
  const { columns, constraints } = tableElements(node);
  for (const column of columns) addColumn(schema, table, column, place);
  for (const constraint of constraints) addConstraint(schema, table, constraint, place);
}

const SERIAL = /^(?:big|small)?serial[248]?$/;

export function addColumn(schema: Schema, table: Table, definition: ColumnDef, place: Place): void {
  const type = typeText(definition.typeName);
  const own = constraintsOf(definition);
  const has = (...contypes: string[]) => own.some(({ contype }) => contypes.includes(contype));
  const column: Column = {
    name: definition.colname ?? '',
    type: storedType(type),
    notNull: has('CONSTR_NOTNULL', 'CONSTR_PRIMARY', 'CONSTR_IDENTITY') || SERIAL.test(type),
    hasDefault: has('CONSTR_DEFAULT', 'CONSTR_IDENTITY', 'CONSTR_GENERATED') || SERIAL.test(type),
  };
  const collation = collationOf(definition);
  if (collation !== undefined) column.collation = collation;
  table.columns.set(column.name, column);
  for (const constraint of own) addConstraint(schema, table, constraint, place, column.name);
}

/** A serial is an integer once it is there. */
function storedType(type: string): string {
  if (!SERIAL.test(baseType(type))) return type;
  return /^big|8/.test(type) ? 'int8' : /^small|2/.test(type) ? 'int2' : 'int4';
}

const KINDS: Readonly<Record<string, TableConstraint['kind']>> = {
  CONSTR_CHECK: 'check',
  CONSTR_FOREIGN: 'foreign-key',
  CONSTR_UNIQUE: 'unique',
  CONSTR_PRIMARY: 'primary-key',
  CONSTR_EXCLUSION: 'exclusion',
};

/** `column`: the one that it was written at. */
export function addConstraint(
  schema: Schema,
  table: Table,
  definition: Constraint,
  place: Place,
  column?: string,
): void {
  if (definition.contype === 'CONSTR_NOTNULL') {
    const required = table.columns.get(strings(definition.keys)[0] ?? '');
    if (required && !definition.skip_validation) required.notNull = true;
  }
  const kind = KINDS[definition.contype];
  if (!kind) return;
  const index = definition.indexname ? table.indexes.get(definition.indexname) : undefined;
  const written = strings(kind === 'foreign-key' ? definition.fk_attrs : definition.keys);
  const columns = index
    ? index.columns
    : column !== undefined
      ? [column]
      : kind === 'check'
        ? [...columnsIn(definition.raw_expr)]
        : written;
  const name = definition.conname ?? definition.indexname ?? defaultName(table.name, kind, columns);
  table.constraints.set(name, {
    name,
    kind,
    columns,
    ...(definition.raw_expr && { expression: definition.raw_expr }),
    ...(definition.pktable && { references: nameOf(definition.pktable).key }),
    validated: definition.skip_validation !== true,
    place,
  });
  if (kind === 'unique' || kind === 'primary-key') {
    if (index && index.name !== name) table.indexes.delete(index.name);
    table.indexes.set(name, {
      name,
      columns,
      mentioned: [],
      unique: true,
      partial: false,
      hasExpression: false,
      place,
    });
    schema.indexes.set(`${table.schema}.${name}`, qualified(table.schema, table.name).key);
  }
  if (kind !== 'primary-key') return;
  for (const part of columns) {
    const known = table.columns.get(part);
    if (known) known.notNull = true;
  }
}

/** As Postgres names what was given no name. */
function defaultName(table: string, kind: TableConstraint['kind'], columns: readonly string[]): string {
  if (kind === 'primary-key') return `${table}_pkey`;
  const end = { check: 'check', 'foreign-key': 'fkey', unique: 'key', exclusion: 'excl', 'not-null': 'not_null' }[kind];
  return [table, ...columns, end].join('_');
}

export function addIndex(schema: Schema, node: Node, place: Place): void {
  const { key } = nameOf(node.relation);
  const table = schema.tables.get(key);
  if (!table) return;
  const elements = ((node.indexParams ?? []) as readonly { IndexElem?: IndexElement }[]).map(
    (entry) => entry.IndexElem,
  );
  const firstExpression = elements.findIndex((element) => element?.name === undefined);
  const plain = firstExpression === -1 ? elements : elements.slice(0, firstExpression);
  const columns = plain.flatMap((element) => (element?.name === undefined ? [] : [element.name]));
  const name = typeof node.idxname === 'string' ? node.idxname : [table.name, ...columns, 'idx'].join('_');
  table.indexes.set(name, {
    name,
    columns,
    mentioned: [
      ...elements.slice(columns.length).flatMap((element) => element?.name ?? []),
      ...columnsIn([node.indexParams, node.whereClause]),
    ],
    unique: node.unique === true,
    partial: node.whereClause !== undefined,
    hasExpression: firstExpression !== -1,
    place,
  });
  schema.indexes.set(`${table.schema}.${name}`, key);
}

import { type Node, nameOf, nameOfParts, qualified } from '../syntax.js';
import { repoint } from './repoint.js';
import type { Schema, Table } from './schema.js';

/** What ALTER … RENAME does to the model. */
export function renameObject(schema: Schema, node: Node): void {
  const { renameType, relation, subname } = node;
  const to = String(node.newname);
  const from = nameOf(relation);
  const table = schema.tables.get(from.key);
  switch (renameType) {
    case 'OBJECT_TABLE': {
      if (!table) return;
      schema.tables.delete(from.key);
      table.name = to;
      const { key } = qualified(table.schema, to);
      schema.tables.set(key, table);
      repoint(schema, from.key, key);
      return;
    }
    case 'OBJECT_COLUMN':
      if (table) renameColumn(table, String(subname), to);
      return;
    case 'OBJECT_TABCONSTRAINT': {
      const constraint = table?.constraints.get(String(subname));
      if (!table || !constraint) return;
      table.constraints.delete(constraint.name);
      constraint.name = to;
      table.constraints.set(to, constraint);
      return;
    }
    case 'OBJECT_INDEX':
      renameIndex(schema, from, to);
      return;
    case 'OBJECT_TYPE': {
      const {
        key,
        schema: home,
        name,
      } = nameOfParts((node.object as { List?: { items?: unknown } } | undefined)?.List?.items);
      const type = schema.types.get(key);
      if (!type) return;
      schema.types.delete(key);
      schema.types.set(`${home}.${to}`, type);
      renameTypeOfColumns(schema, { home, name, to });
      return;
    }
    default:
  }
}

function renameColumn(table: Table, from: string, to: string): void {
  const column = table.columns.get(from);
  if (column) {
    table.columns.delete(from);
    column.name = to;
    table.columns.set(to, column);
  }
  const renamed = (columns: readonly string[]) => columns.map((name) => (name === from ? to : name));
  for (const constraint of table.constraints.values()) constraint.columns = renamed(constraint.columns);
  for (const index of table.indexes.values()) {
    index.columns = renamed(index.columns);
    index.mentioned = renamed(index.mentioned);
  }
}

function renameIndex(
  schema: Schema,
  from: { readonly key: string; readonly schema: string; readonly name: string },
  to: string,
): void {
  const key = schema.indexes.get(from.key);
  const table = schema.tables.get(key ?? '');
  const index = table?.indexes.get(from.name);
  if (key === undefined || !table || !index) return;
  table.indexes.delete(from.name);
  index.name = to;
  table.indexes.set(to, index);
  schema.indexes.delete(from.key);
  schema.indexes.set(`${from.schema}.${to}`, key);
}

function renameTypeOfColumns(
  schema: Schema,
  { home, name, to }: { readonly home: string; readonly name: string; readonly to: string },
): void {
  const prefix = home === 'public' ? '' : `${home}.`;
  for (const { columns } of schema.tables.values()) {
    for (const column of columns.values()) {
      if (column.type.replace(/\[\]$/, '') === `${prefix}${name}`)
        column.type = column.type.replace(`${prefix}${name}`, `${prefix}${to}`);
    }
  }
}

import type { SyntaxStatement } from '../../sql/split.js';
import { type AlterCommand, alterCommands, type ColumnDef, collationOf, nameOf, typeText } from '../syntax.js';
import { addColumn, addConstraint } from './apply-definitions.js';
import type { Column, Place, Schema, Table } from './schema.js';

/** What the commands of an ALTER TABLE do to the model. */
export function alterTable(schema: Schema, statement: SyntaxStatement, place: Place): void {
  const { key } = nameOf(statement.node.relation);
  const table = schema.tables.get(key);
  if (!table) return;
  for (const command of alterCommands(statement)) alter(schema, { key, table }, command, place);
}

function alter(
  schema: Schema,
  { key, table }: { readonly key: string; readonly table: Table },
  { subtype, name = '', def }: AlterCommand,
  place: Place,
): void {
  const column = table.columns.get(name);
  switch (subtype) {
    case 'AT_AddColumn':
      if (def?.ColumnDef) addColumn(schema, table, def.ColumnDef, place);
      return;
    case 'AT_DropColumn':
      dropColumn(schema, table, name);
      return;
    case 'AT_AlterColumnType':
      if (column && def?.ColumnDef) changeType(column, def.ColumnDef);
      return;
    case 'AT_SetNotNull':
      if (column) column.notNull = true;
      return;
    case 'AT_DropNotNull':
      if (column) column.notNull = false;
      return;
    case 'AT_ColumnDefault':
      if (column) column.hasDefault = def !== undefined;
      return;
    case 'AT_AddConstraint':
      if (def?.Constraint) addConstraint(schema, table, def.Constraint, place);
      return;
    case 'AT_ValidateConstraint': {
      const constraint = table.constraints.get(name);
      if (constraint) constraint.validated = true;
      return;
    }
    case 'AT_DropConstraint':
      table.constraints.delete(name);
      if (table.indexes.delete(name)) schema.indexes.delete(`${table.schema}.${name}`);
      return;
    case 'AT_EnableRowSecurity':
    case 'AT_DisableRowSecurity':
      table.rowSecurity = subtype === 'AT_EnableRowSecurity';
      return;
    case 'AT_AttachPartition':
    case 'AT_DetachPartition': {
      const child = schema.tables.get(nameOf(def?.PartitionCmd?.name).key);
      if (child) child.isDefaultPartition = def?.PartitionCmd?.bound?.is_default === true;
      if (child && subtype === 'AT_AttachPartition') child.partitionOf = key;
      else if (child) delete child.partitionOf;
      return;
    }
    default:
  }
}

/** Without COLLATE, the column gets the collation of its new type. */
function changeType(column: Column, definition: ColumnDef): void {
  column.type = typeText(definition.typeName);
  const collation = collationOf(definition);
  if (collation === undefined) delete column.collation;
  else column.collation = collation;
}

/** Constraints and indexes go with a column of theirs. */
function dropColumn(schema: Schema, table: Table, name: string): void {
  table.columns.delete(name);
  for (const [key, { columns }] of table.constraints) if (columns.includes(name)) table.constraints.delete(key);
  for (const [key, { columns, mentioned }] of table.indexes) {
    if (!columns.includes(name) && !mentioned.includes(name)) continue;
    table.indexes.delete(key);
    schema.indexes.delete(`${table.schema}.${key}`);
  }
}

import type { SyntaxStatement } from '../../sql/split.js';
import {
  type Constraint,
  columnsIn,
  droppedNames,
  type Node,
  nameOf,
  nameOfParts,
  qualified,
  relationsIn,
  strings,
  type Text,
  type TypeName,
  typeText,
} from '../syntax.js';
import { alterTable } from './apply-alter.js';
import { addIndex, createTable } from './apply-definitions.js';
import { renameObject } from './apply-rename.js';
import { repoint } from './repoint.js';
import type { Place, Schema } from './schema.js';

/** Brings the model up to date with a statement. What it does not know it leaves alone. */
export function applyStatement(schema: Schema, statement: SyntaxStatement, place: Place): void {
  const { kind, node } = statement;
  switch (kind) {
    case 'CreateStmt':
      createTable(schema, node, place);
      return;
    case 'CreateTableAsStmt':
      createTableAs(schema, node, place);
      return;
    case 'AlterTableStmt':
      alterTable(schema, statement, place);
      return;
    case 'RenameStmt':
      renameObject(schema, node);
      return;
    case 'AlterObjectSchemaStmt':
      moveTable(schema, node);
      return;
    case 'IndexStmt':
      addIndex(schema, node, place);
      return;
    case 'DropStmt':
      drop(schema, node);
      return;
    case 'ViewStmt': {
      const { view, query } = node;
      schema.views.set(nameOf(view).key, viewOf(query, false));
      return;
    }
    case 'CreateEnumStmt':
      schema.types.set(nameOfParts(node.typeName).key, { kind: 'enum', values: strings(node.vals), place });
      return;
    case 'AlterEnumStmt':
      alterEnum(schema, node);
      return;
    case 'CreateDomainStmt':
      createDomain(schema, node, place);
      return;
    case 'AlterDomainStmt': {
      const type = schema.types.get(nameOfParts(node.typeName).key);
      if (type?.kind === 'domain' && node.subtype === 'C') type.isChecked = true;
      return;
    }
    case 'CreateFunctionStmt':
    case 'AlterFunctionStmt':
      defineFunction(schema, statement);
      return;
    case 'SelectStmt':
      selectInto(schema, node, place);
      return;
    case 'CreatePolicyStmt':
      schema.tables.get(nameOf(node.table).key)?.policies.add(String(node.policy_name));
      return;
    default:
  }
}

function viewOf(query: unknown, isMaterialized: boolean) {
  return { isMaterialized, reads: new Set(relationsIn(query).map(({ key }) => key)), columns: columnsIn(query) };
}

function createTableAs(schema: Schema, node: Node, place: Place): void {
  const name = nameOf((node.into as { rel?: unknown } | undefined)?.rel);
  // A materialized view has indexes, as a table has.
  if (node.objtype === 'OBJECT_MATVIEW') schema.views.set(name.key, viewOf(node.query, true));
  createTable(schema, { relation: { schemaname: name.schema, relname: name.name } }, place);
}

function selectInto(schema: Schema, node: Node, place: Place): void {
  const { rel } = (node.intoClause ?? {}) as { rel?: unknown };
  if (rel !== undefined) createTable(schema, { relation: rel }, place);
}

/** Several functions may share a name: once one of them is volatile, a call may be of that one. */
function defineFunction(schema: Schema, { kind, node }: SyntaxStatement): void {
  const isNew = kind === 'CreateFunctionStmt';
  const { objname } = (node.func ?? {}) as { objname?: unknown };
  const { key } = nameOfParts(isNew ? node.funcname : objname);
  const options = (isNew ? node.options : node.actions) as readonly { DefElem?: { defname?: string; arg?: Text } }[];
  const given = options?.find(({ DefElem }) => DefElem?.defname === 'volatility')?.DefElem?.arg?.String?.sval;
  if (!isNew && given === undefined) return;
  const volatility = given === 'immutable' || given === 'stable' ? 'stable' : 'volatile';
  const others = isNew && !node.replace ? schema.functions.get(key) : undefined;
  schema.functions.set(key, others === 'volatile' ? others : volatility);
}

function moveTable(schema: Schema, { objectType, relation, newschema }: Node): void {
  const from = nameOf(relation);
  const table = schema.tables.get(from.key);
  if (objectType !== 'OBJECT_TABLE' || !table) return;
  schema.tables.delete(from.key);
  table.schema = String(newschema);
  const key = qualified(table.schema, table.name).key;
  schema.tables.set(key, table);
  repoint(schema, from.key, key);
}

function drop(schema: Schema, node: Node): void {
  for (const name of droppedNames(node)) {
    switch (node.removeType) {
      case 'OBJECT_TABLE':
        dropTable(schema, name.key);
        break;
      case 'OBJECT_MATVIEW':
        dropTable(schema, name.key);
        schema.views.delete(name.key);
        break;
      case 'OBJECT_VIEW':
        schema.views.delete(name.key);
        break;
      case 'OBJECT_INDEX': {
        const table = schema.tables.get(schema.indexes.get(name.key) ?? '');
        table?.indexes.delete(name.name);
        schema.indexes.delete(name.key);
        break;
      }
      case 'OBJECT_TYPE':
      case 'OBJECT_DOMAIN':
        schema.types.delete(name.key);
        break;
      case 'OBJECT_SCHEMA':
        for (const key of [...schema.tables.keys()]) if (key.startsWith(`${name.name}.`)) dropTable(schema, key);
        break;
      case 'OBJECT_POLICY':
        // Its name is `[schema.]table.policy`.
        schema.tables.get(qualified(undefined, name.schema).key)?.policies.delete(name.name);
        break;
      default:
    }
  }
}

function dropTable(schema: Schema, key: string): void {
  schema.tables.delete(key);
  for (const [index, table] of schema.indexes) if (table === key) schema.indexes.delete(index);
  for (const table of schema.tables.values()) {
    for (const [name, { references }] of table.constraints) if (references === key) table.constraints.delete(name);
  }
  for (const [name, view] of schema.views) if (view.reads.has(key)) schema.views.delete(name);
}

function alterEnum(schema: Schema, { typeName, newVal, oldVal }: Node): void {
  const { key } = nameOfParts(typeName);
  const type = schema.types.get(key);
  if (type?.kind !== 'enum') return;
  const values = oldVal
    ? type.values.map((value) => (value === oldVal ? String(newVal) : value))
    : [...type.values, String(newVal)];
  schema.types.set(key, { ...type, values });
}

function createDomain(schema: Schema, { domainname, typeName, constraints }: Node, place: Place): void {
  const list = ((constraints ?? []) as readonly { Constraint?: Constraint }[]).map(
    (entry) => entry.Constraint?.contype,
  );
  schema.types.set(nameOfParts(domainname).key, {
    kind: 'domain',
    base: typeText(typeName as TypeName),
    isChecked: list.includes('CONSTR_CHECK') || list.includes('CONSTR_NOTNULL'),
    place,
  });
}

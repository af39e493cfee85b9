/** The parts of Postgres' syntax trees that rules look at, as libpg-query writes them, and ways to read them. */
import type { SyntaxStatement } from '../sql/split.js';

export type Node = Readonly<Record<string, unknown>>;

export interface Text {
  readonly String?: { readonly sval?: string };
}

export interface RangeVar {
  readonly schemaname?: string;
  readonly relname?: string;
  /** Without it the statement says ONLY. */
  readonly inh?: boolean;
  readonly relpersistence?: string;
  /** Bytes from the start of the chunk. */
  readonly location?: number;
}

export interface TypeName {
  readonly names?: readonly Text[];
  readonly typmods?: readonly Node[];
  readonly arrayBounds?: readonly Node[];
  readonly location?: number;
}

export interface Constraint {
  readonly contype: string;
  readonly conname?: string;
  readonly raw_expr?: Node;
  readonly keys?: readonly Text[];
  readonly fk_attrs?: readonly Text[];
  readonly pk_attrs?: readonly Text[];
  readonly pktable?: RangeVar;
  readonly indexname?: string;
  readonly skip_validation?: boolean;
  readonly generated_kind?: string;
  readonly location?: number;
}

export interface ColumnDef {
  readonly colname?: string;
  readonly typeName?: TypeName;
  readonly constraints?: readonly { readonly Constraint: Constraint }[];
  /** The USING expression of a change of type. */
  readonly raw_default?: Node;
  readonly collClause?: { readonly collname?: readonly Text[] };
  readonly location?: number;
}

export interface PartitionCmd {
  readonly name?: RangeVar;
  readonly bound?: { readonly is_default?: boolean };
  readonly concurrent?: boolean;
}

export interface AlterCommand {
  readonly subtype: string;
  readonly name?: string;
  readonly def?: {
    readonly ColumnDef?: ColumnDef;
    readonly Constraint?: Constraint;
    readonly PartitionCmd?: PartitionCmd;
  } & Node;
  readonly behavior?: string;
  readonly missing_ok?: boolean;
}

export interface IndexElement {
  readonly name?: string;
  readonly expr?: Node;
}

/** The name of a relation or type. Without a schema, `public` is meant: what drizzle means by it. */
export interface QualifiedName {
  readonly schema: string;
  readonly name: string;
  /** `schema.name`: what the model of the schema knows it by. */
  readonly key: string;
  /** As people write it: without `public`. */
  readonly shown: string;
}

export function qualified(schema: string | undefined, name: string): QualifiedName {
  const home = schema || 'public';
  return { schema: home, name, key: `${home}.${name}`, shown: home === 'public' ? name : `${home}.${name}` };
}

export function nameOf(relation: unknown): QualifiedName {
  const { schemaname, relname } = (relation ?? {}) as RangeVar;
  return qualified(schemaname, relname ?? '');
}

export function strings(list: unknown): string[] {
  return ((list ?? []) as readonly Text[]).flatMap(({ String: text }) => (text ? [text.sval ?? ''] : []));
}

/** A name given as a list of its parts, such as the objects of a DROP or the name of a type. */
export function nameOfParts(list: unknown): QualifiedName {
  const parts = strings(list);
  return qualified(parts.at(-2), parts.at(-1) ?? '');
}

/** The objects of DROP TABLE, VIEW, INDEX, TYPE and their kin. */
export function droppedNames({ objects }: Node): QualifiedName[] {
  return ((objects ?? []) as readonly Node[]).map((object) => {
    const {
      List,
      TypeName: type,
      String: single,
    } = object as {
      List?: { items?: unknown };
      TypeName?: TypeName;
      String?: Text['String'];
    };
    if (single) return qualified(undefined, single.sval ?? '');
    return nameOfParts(List?.items ?? type?.names);
  });
}

/** A score of rules ask for the same. */
const knownCommands = new WeakMap<Node, readonly AlterCommand[]>();

/** The commands of an ALTER TABLE; none for ALTER INDEX, VIEW and so on, which share its node. */
export function alterCommands({ kind, node }: SyntaxStatement): readonly AlterCommand[] {
  if (kind !== 'AlterTableStmt' || node.objtype !== 'OBJECT_TABLE') return [];
  const known = knownCommands.get(node);
  if (known) return known;
  const commands = ((node.cmds ?? []) as readonly { AlterTableCmd?: AlterCommand }[]).flatMap(({ AlterTableCmd }) =>
    AlterTableCmd ? [AlterTableCmd] : [],
  );
  knownCommands.set(node, commands);
  return commands;
}

/** The columns that an ALTER TABLE adds. */
export function addedColumns(statement: SyntaxStatement): readonly ColumnDef[] {
  return alterCommands(statement).flatMap(({ subtype, def }) =>
    subtype === 'AT_AddColumn' && def?.ColumnDef ? [def.ColumnDef] : [],
  );
}

/** The table constraints that an ALTER TABLE adds. */
export function addedConstraints(statement: SyntaxStatement): readonly Constraint[] {
  return alterCommands(statement).flatMap(({ subtype, def }) =>
    subtype === 'AT_AddConstraint' && def?.Constraint ? [def.Constraint] : [],
  );
}

export function constraintsOf(column: ColumnDef): readonly Constraint[] {
  return (column.constraints ?? []).map(({ Constraint: constraint }) => constraint);
}

export function constraintOf(column: ColumnDef, contype: string): Constraint | undefined {
  return constraintsOf(column).find((constraint) => constraint.contype === contype);
}

/** The columns and table constraints of a CREATE TABLE. */
export function tableElements({ tableElts }: Node): {
  readonly columns: readonly ColumnDef[];
  readonly constraints: readonly Constraint[];
} {
  const elements = (tableElts ?? []) as readonly { ColumnDef?: ColumnDef; Constraint?: Constraint }[];
  return {
    columns: elements.flatMap(({ ColumnDef: column }) => (column ? [column] : [])),
    constraints: elements.flatMap(({ Constraint: constraint }) => (constraint ? [constraint] : [])),
  };
}

/** Every column that a statement defines, in a CREATE TABLE or an ALTER TABLE … ADD COLUMN. */
export function definedColumns(statement: SyntaxStatement): readonly ColumnDef[] {
  return statement.kind === 'CreateStmt' ? tableElements(statement.node).columns : addedColumns(statement);
}

/** `int4`, `varchar(50)`, `numeric(10,2)`, `text[]`, `mood`, `shop.mood`: one text for each type, however it was spelt. */
export function typeText({ names, typmods, arrayBounds }: TypeName = {}): string {
  const parts = strings(names);
  const schema = parts.at(-2);
  const name = `${schema && schema !== 'pg_catalog' && schema !== 'public' ? `${schema}.` : ''}${parts.at(-1) ?? ''}`;
  const modifiers = (typmods ?? []).map(constantText);
  return `${name}${modifiers.length > 0 ? `(${modifiers.join(',')})` : ''}${arrayBounds ? '[]' : ''}`;
}

function constantText(node: Node): string {
  const { ival, sval } = (node.A_Const ?? {}) as { ival?: { ival?: number }; sval?: { sval?: string } };
  return sval?.sval ?? String(ival?.ival ?? 0);
}

/** The name of the collation that a column is given. */
export function collationOf({ collClause }: ColumnDef): string | undefined {
  return strings(collClause?.collname).at(-1);
}

/** The type without its modifiers and `[]`. */
export function baseType(type: string): string {
  return type.replace(/\(.*\)|\[\]/g, '');
}

/** Every node inside of a tree, with its name. */
export function walk(tree: unknown, visit: (name: string, node: Node) => void): void {
  if (Array.isArray(tree)) for (const part of tree) walk(part, visit);
  else if (typeof tree === 'object' && tree !== null) {
    for (const [name, part] of Object.entries(tree)) {
      if (typeof part !== 'object' || part === null) continue;
      if (!Array.isArray(part) && /^[A-Z]/.test(name)) visit(name, part as Node);
      walk(part, visit);
    }
  }
}

/** The relations that a tree mentions. */
export function relationsIn(tree: unknown): QualifiedName[] {
  const found: QualifiedName[] = [];
  walk(tree, (name, node) => {
    if (name === 'RangeVar') found.push(nameOf(node));
  });
  return found;
}

/** The columns that a tree mentions, by their last name; `*` stands for all. */
export function columnsIn(tree: unknown): Set<string> {
  const found = new Set<string>();
  walk(tree, (name, node) => {
    if (name !== 'ColumnRef') return;
    const last = ((node.fields ?? []) as readonly Node[]).at(-1);
    found.add(last && 'A_Star' in last ? '*' : (strings([last]).at(0) ?? ''));
  });
  return found;
}

/** The functions that a tree calls. */
export function functionsIn(tree: unknown): QualifiedName[] {
  const found: QualifiedName[] = [];
  walk(tree, (name, node) => {
    if (name === 'FuncCall') found.push(nameOfParts(node.funcname));
  });
  return found;
}

/** Whether an expression is `column IS NOT NULL`, and nothing else. */
export function isNotNullTest(expression: Node | undefined, column: string): boolean {
  const test = expression?.NullTest as { arg?: Node; nulltesttype?: string } | undefined;
  return test?.nulltesttype === 'IS_NOT_NULL' && columnsIn(test.arg).has(column) && 'ColumnRef' in (test.arg ?? {});
}

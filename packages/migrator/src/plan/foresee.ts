import { nodesOf, type RangeVar, type SyntaxNode, stringsOf } from '../sql/syntax.js';
import { isSetval } from './name-trail.js';
import { besideKey, type NamesThere } from './names-there.js';

/** Why the server will refuse a statement: a name is taken, or nothing has it. */
export interface Foreseen {
  readonly kind: 'already-there' | 'not-there';
  /** `table songs`, `column songs.title`. */
  readonly what: string;
}

type Effect = Foreseen | 'unsure' | undefined;

/**
 * What becomes of a statement, by the names that it makes and needs; `names` are then as they are behind it. `unsure`: what it does
 * cannot be told, and so nothing about what follows.
 */
export function foresee(kind: string, node: SyntaxNode, names: NamesThere): Effect {
  const effect = EFFECTS[kind];
  if (effect) return effect(node, names);
  return HARMLESS.has(kind) ? undefined : 'unsure';
}

/** They neither make nor remove what is looked at here. */
const HARMLESS = new Set([
  'AlterEnumStmt',
  'AlterOwnerStmt',
  'AlterPolicyStmt',
  'AlterSeqStmt',
  'CommentStmt',
  'CreateFunctionStmt',
  'CreatePolicyStmt',
  'CreateTrigStmt',
  'GrantStmt',
  'TruncateStmt',
]);

const EFFECTS: Readonly<Record<string, (node: SyntaxNode, names: NamesThere) => Effect>> = {
  CreateStmt: (node, names) => {
    const relation = relationOf(node);
    if (relation.relpersistence === 't') return 'unsure';
    const isSelf = ({ schemaname, relname }: RangeVar) =>
      relname === relation.relname && (schemaname ?? relation.schemaname) === relation.schemaname;
    const lacking = referencesIn(node).find((table) => !isSelf(table) && names.find(table) === undefined);
    const isPlain =
      node.inhRelations === undefined &&
      node.ofTypename === undefined &&
      !JSON.stringify(node).includes('"TableLikeClause"');
    const columns = isPlain
      ? new Set(nodesOf(node.tableElts, 'ColumnDef').map(({ colname }) => String(colname)))
      : undefined;
    return make('table', relation, node, names, { columns }) ?? (lacking && notThere('table', lacking));
  },
  CreateSeqStmt: (node, names) => make('sequence', node.sequence as Named, node, names, {}),
  ViewStmt: (node, names) => make('view', node.view as Named, { if_not_exists: node.replace }, names, {}),
  CreateTableAsStmt: (node, names) =>
    make('table', ((node.into as SyntaxNode | undefined)?.rel ?? {}) as Named, node, names, {}),
  IndexStmt: (node, names) => {
    const table = names.find(relationOf(node));
    if (table === undefined) return notThere('table', relationOf(node));
    if (node.idxname === undefined) return undefined;
    const name = String(node.idxname);
    const key = besideKey(table, name);
    if (names.relations.has(key))
      return node.if_not_exists === true ? undefined : { kind: 'already-there', what: `index ${name}` };
    names.relations.set(key, { of: table });
    return undefined;
  },
  CreateEnumStmt: (node, names) => {
    const parts = stringsOf(node.typeName);
    const key = names.placeOf(parts.at(-2), parts.at(-1) ?? '');
    if (key === undefined) return 'unsure';
    if (names.types.has(key)) return { kind: 'already-there', what: `type ${parts.join('.')}` };
    names.types.add(key);
    return undefined;
  },
  AlterTableStmt: (node, names) => {
    if (node.objtype !== 'OBJECT_TABLE') return undefined;
    const key = names.find(relationOf(node));
    if (key === undefined) return node.missing_ok === true ? undefined : notThere('table', relationOf(node));
    for (const command of nodesOf(node.cmds, 'AlterTableCmd')) {
      const effect = alter(command, key, relationOf(node), names);
      if (effect) return effect;
    }
    return undefined;
  },
  DropStmt: drop,
  RenameStmt: rename,
  InsertStmt: write,
  UpdateStmt: write,
  DeleteStmt: write,
  SelectStmt: (node) => (isSetval(node) ? undefined : 'unsure'),
  TransactionStmt: ({ kind }) => (String(kind).includes('ROLLBACK') ? 'unsure' : undefined),
  CreateSchemaStmt: (node) => (node.schemaElts === undefined ? undefined : 'unsure'),
};

type Named = RangeVar & { readonly relpersistence?: string };

const relationOf = (node: SyntaxNode) => (node.relation ?? {}) as Named;

const shown = ({ schemaname, relname = '' }: RangeVar) =>
  schemaname === undefined ? relname : `${schemaname}.${relname}`;

const notThere = (kind: string, relation: RangeVar): Foreseen => ({
  kind: 'not-there',
  what: `${kind} ${shown(relation)}`,
});

function make(
  kind: string,
  relation: Named,
  { if_not_exists }: SyntaxNode,
  names: NamesThere,
  made: { readonly columns?: Set<string> | undefined },
): Effect {
  const key = names.placeOf(relation.schemaname, relation.relname ?? '');
  if (key === undefined || relation.relpersistence === 't') return 'unsure';
  if (names.relations.has(key))
    return if_not_exists === true ? undefined : { kind: 'already-there', what: `${kind} ${shown(relation)}` };
  names.relations.set(key, made);
  return undefined;
}

function alter(
  { subtype, name, def, missing_ok }: SyntaxNode,
  key: string,
  relation: RangeVar,
  names: NamesThere,
): Effect {
  const columns = names.relations.get(key)?.columns;
  const lacking = referencesIn(def).find((table) => names.find(table) === undefined);
  if (lacking) return notThere('table', lacking);
  if (subtype === 'AT_AddColumn') {
    const column = String((def as { readonly ColumnDef?: SyntaxNode } | undefined)?.ColumnDef?.colname);
    if (columns?.has(column))
      return missing_ok === true ? undefined : { kind: 'already-there', what: `column ${shown(relation)}.${column}` };
    columns?.add(column);
  }
  if (subtype === 'AT_DropColumn') {
    const column = String(name);
    if (columns && !columns.delete(column) && missing_ok !== true)
      return { kind: 'not-there', what: `column ${shown(relation)}.${column}` };
    // Its indexes go with it, and nothing tells which.
    for (const [other, { of }] of names.relations) if (of === key) names.relations.delete(other);
  }
  // The index of a constraint has its name.
  if (subtype === 'AT_DropConstraint') names.relations.delete(besideKey(key, String(name)));
  // What partitions bring along cannot be told by names.
  return subtype === 'AT_AttachPartition' || subtype === 'AT_DetachPartition' ? 'unsure' : undefined;
}

function drop(node: SyntaxNode, names: NamesThere): Effect {
  const { removeType, behavior, missing_ok, objects } = node;
  const isType = removeType === 'OBJECT_TYPE';
  if (!isType && !RELATIONS.has(String(removeType)))
    return HARMLESS_DROPS.has(String(removeType)) ? undefined : 'unsure';
  // What goes with it, only the server knows.
  if (behavior === 'DROP_CASCADE') return 'unsure';
  for (const parts of namesOf(objects, isType)) {
    const relation = { ...(parts.length > 1 && { schemaname: parts.at(-2) ?? '' }), relname: parts.at(-1) ?? '' };
    const key = isType ? names.findType(parts) : names.find(relation);
    if (key === undefined) {
      if (removeType === 'OBJECT_TABLE' && missing_ok !== true) return notThere('table', relation);
    } else if (isType) names.types.delete(key);
    else names.remove(key);
  }
  return undefined;
}

const RELATIONS = new Set(['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_INDEX', 'OBJECT_SEQUENCE']);
const HARMLESS_DROPS = new Set(['OBJECT_POLICY', 'OBJECT_TRIGGER', 'OBJECT_FUNCTION']);

function namesOf(objects: unknown, areTypes: boolean): string[][] {
  if (areTypes) return nodesOf(objects, 'TypeName').map(({ names }) => stringsOf(names));
  return nodesOf(objects, 'List').map(({ items }) => stringsOf(items));
}

function rename(node: SyntaxNode, names: NamesThere): Effect {
  const to = String(node.newname);
  const key = names.find(relationOf(node));
  switch (node.renameType) {
    case 'OBJECT_TABLE':
    case 'OBJECT_INDEX':
      if (key !== undefined) names.rename(key, besideKey(key, to));
      else if (node.missing_ok !== true && node.renameType === 'OBJECT_TABLE')
        return notThere('table', relationOf(node));
      return undefined;
    case 'OBJECT_COLUMN': {
      const columns = key === undefined ? undefined : names.relations.get(key)?.columns;
      if (columns?.delete(String(node.subname))) columns.add(to);
      return undefined;
    }
    case 'OBJECT_TABCONSTRAINT':
      if (key !== undefined) names.rename(besideKey(key, String(node.subname)), besideKey(key, to));
      return undefined;
    case 'OBJECT_POLICY':
    case 'OBJECT_TRIGGER':
      return undefined;
    default:
      return 'unsure';
  }
}

function write(node: SyntaxNode, names: NamesThere): Effect {
  return names.find(relationOf(node)) === undefined ? notThere('table', relationOf(node)) : undefined;
}

/** Tables that foreign keys point at. */
function referencesIn(value: unknown): RangeVar[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === 'pktable' ? [child as RangeVar] : referencesIn(child),
  );
}

const NAME_FIELDS = new Set(['relname', 'idxname', 'sval', 'newname']);

/** Whether it can be foreseen at all what becomes of a kind of statement. */
export function isForeseeable(kind: string): boolean {
  return kind in EFFECTS || HARMLESS.has(kind);
}

/** The names of relations and types that statements mention, to be looked up. */
export function mentionedNames(nodes: readonly SyntaxNode[]): string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null)
      for (const [key, child] of Object.entries(value)) {
        // Constants are no names: they may be long.
        if (key === 'A_Const') continue;
        if (NAME_FIELDS.has(key) && typeof child === 'string') found.add(child);
        else visit(child);
      }
  };
  nodes.forEach(visit);
  return [...found];
}

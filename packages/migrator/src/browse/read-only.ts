import { type ParsedStatement, parseStatements } from '../sql/parse.js';

/** What a statement that may be run uses: the server is asked whether any of it could change something. */
export interface UsedNames {
  /** Functions and aggregates, as they are called, without their schemas. */
  readonly functions: readonly string[];
  /** Last parts of column references: `row.name` calls a function of the row's type, if there is no such column. */
  readonly fields: readonly string[];
  readonly operators: readonly string[];
}

export type Judgement =
  | { readonly refused: string }
  | {
      readonly uses: UsedNames;
      /** It has a LIMIT of its own, or asks the catalogs alone: to cut it off would be to hide something. */
      readonly isBounded: boolean;
    };

/** Of these kinds a statement may be: they answer, and do nothing else. */
const READING = ['SelectStmt', 'ExplainStmt', 'VariableShowStmt'];

/**
 * Whether a text is one statement that only reads, as far as the grammar tells. What it cannot read is refused. Needs `loadParser`. Pure.
 */
export function judgeStatement(sql: string): Judgement {
  const statements = parseStatements(sql);
  if (!statements) return { refused: 'The statement cannot be read: its grammar is not that of Postgres.' };
  const [statement, another] = statements;
  if (!statement) return { refused: 'There is no statement.' };
  if (another) return { refused: 'One statement at a time.' };
  if (!READING.includes(statement.kind) || !READING.includes(explained(statement)))
    return { refused: `This view only reads: ${wordsOf(statement.kind)} is refused.` };
  const found = { functions: new Set<string>(), fields: new Set<string>(), operators: new Set<string>() };
  const writes = walk(statement.node, found);
  if (writes !== undefined) return { refused: `This view only reads: ${writes} is refused.` };
  return {
    uses: { functions: [...found.functions], fields: [...found.fields], operators: [...found.operators] },
    isBounded: statement.node.limitCount !== undefined || readsCatalogsAlone(statement.node),
  };
}

/** Whether everything that stands behind FROM is of pg_catalog, and something does. */
function readsCatalogsAlone(node: unknown): boolean {
  const schemas = new Set<unknown>();
  const gather = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, part] of Object.entries(value)) {
      if (name === 'RangeVar') schemas.add((part as { readonly schemaname?: string }).schemaname);
      if (name === 'RangeFunction') schemas.add('a function');
      gather(part);
    }
  };
  gather(node);
  return schemas.size === 1 && schemas.has('pg_catalog');
}

/** Kind of what EXPLAIN is asked about: with ANALYZE it is run. */
function explained({ kind, node }: ParsedStatement): string {
  return kind === 'ExplainStmt' ? (Object.keys((node.query ?? {}) as object)[0] ?? '') : kind;
}

/** `DELETE`, `ALTER TABLE`, from the name of a node. */
function wordsOf(kind: string): string {
  return kind
    .replace(/Stmt$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase();
}

interface Found {
  readonly functions: Set<string>;
  readonly fields: Set<string>;
  readonly operators: Set<string>;
}

/** Gathers names; gives what writes, if anything does: a CTE may hold DELETE, and SELECT may be INTO a table or FOR UPDATE. */
function walk(value: unknown, found: Found): string | undefined {
  if (Array.isArray(value)) return firstOf(value, (part) => walk(part, found));
  if (typeof value !== 'object' || value === null) return undefined;
  return firstOf(Object.entries(value), ([name, part]) => {
    if (name === 'intoClause') return 'SELECT INTO';
    if (name === 'lockingClause' && Array.isArray(part) && part.length > 0) return 'a lock on rows (FOR UPDATE)';
    if (name.endsWith('Stmt') && !READING.includes(name)) return wordsOf(name);
    if (name === 'FuncCall' && !setsTimeout(part)) add(found.functions, lastName(part, 'funcname'));
    if (name === 'ColumnRef') add(found.fields, lastName(part, 'fields'));
    if (name === 'A_Indirection') for (const field of namesIn(part, 'indirection')) found.fields.add(field);
    if (name === 'A_Expr') add(found.operators, lastName(part, 'name'));
    if (name === 'SubLink') add(found.operators, lastName(part, 'operName'));
    if (name === 'SortBy') add(found.operators, lastName(part, 'useOp'));
    return walk(part, found);
  });
}

/**
 * The studio's search sets a shorter time limit for itself: `set_config('statement_timeout', '5000ms', true)`. It ends with the
 * transaction, and the limit of the statement that it stands in is running already.
 */
function setsTimeout(call: unknown): boolean {
  const { args } = call as { readonly args?: readonly { readonly A_Const?: Constant }[] };
  const [setting, value, isLocal] = args ?? [];
  return (
    lastName(call, 'funcname') === 'set_config' &&
    ['statement_timeout', 'lock_timeout'].includes(setting?.A_Const?.sval?.sval ?? '') &&
    /^[1-9]\d*ms$/.test(value?.A_Const?.sval?.sval ?? '') &&
    isLocal?.A_Const?.boolval?.boolval === true
  );
}

interface Constant {
  readonly sval?: { readonly sval?: string };
  readonly boolval?: { readonly boolval?: boolean };
}

function firstOf<T>(items: readonly T[], test: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const answer = test(item);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function add(set: Set<string>, name: string | undefined): void {
  if (name !== undefined) set.add(name);
}

function lastName(node: unknown, field: string): string | undefined {
  return namesIn(node, field).at(-1);
}

function namesIn(node: unknown, field: string): string[] {
  const list = (node as Readonly<Record<string, unknown>>)[field];
  return (Array.isArray(list) ? list : []).flatMap((part: { String?: { sval?: string } }) => part.String?.sval ?? []);
}

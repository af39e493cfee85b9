import { sha256 } from '../core/hash.js';
import type { Backfill } from '../core/types.js';
import { cutForCondition } from './add-condition.js';
import type { BackfillDirective } from './directives.js';
import type { SyntaxStatement } from './split.js';
import { columnsIn, nodesOf, type RangeVar, type SyntaxNode, stringsOf, tableOf } from './syntax.js';

/** Why a file cannot run as a backfill, as the end of a sentence, and what to do. */
export interface BackfillFault {
  readonly fault: string;
  readonly fix: string;
  readonly line?: number;
}

const DEFAULT_BATCH = 1000;

/**
 * Reads a file's statements as a backfill: one UPDATE, DELETE or INSERT … SELECT, with the place where the condition of a batch
 * goes. The result is read again by the parser: apart from that condition it must be what the file says. Pure; needs `loadParser`.
 */
export function readBackfill(
  statements: readonly SyntaxStatement[],
  directive: BackfillDirective,
): Backfill | BackfillFault {
  if (directive.unknown !== undefined)
    return {
      fault: `its directive says \`${directive.unknown}\``,
      fix: 'Write `-- migrator: backfill key=id batch=1000`; `key` (columns, by commas) and `batch` (rows) may be left out.',
    };
  const [statement, second] = statements;
  if (!statement) return { fault: 'it has no statement', fix: 'Write the UPDATE, DELETE or INSERT … SELECT into it.' };
  if (second)
    return {
      fault: `it has ${statements.length} statements`,
      fix: 'Put each of them into a migration of its own, with `migrator generate --custom`.',
      line: second.line,
    };
  const read = readStatement(statement);
  if ('fault' in read) return { line: statement.line, ...read };
  const { key, batch = DEFAULT_BATCH } = directive;
  const keyIsSet = read.sets.find((column) => key?.includes(column));
  if (keyIsSet !== undefined) return { line: statement.line, ...changesKey(keyIsSet) };
  return { ...read, batch, ...(key && { key }) };
}

/**
 * Whether a file's SQL is only there to fail under a tool that does not know its TypeScript backfill: a DO block that raises an error.
 */
export function isGuardOnly(statements: readonly SyntaxStatement[], directive: BackfillDirective | undefined): boolean {
  const [statement, second] = statements;
  return (
    directive !== undefined && statement?.kind === 'DoStmt' && !second && /\braise\s+exception\b/i.test(statement.text)
  );
}

/** A backfill in TypeScript, as far as it is known before it is loaded. */
export function moduleBackfill(
  { path, text }: { readonly path: string; readonly text: string },
  { key, batch = DEFAULT_BATCH }: BackfillDirective,
): Backfill {
  return {
    ...{ command: 'update', table: { table: '' }, only: false, alias: '', before: text, after: '' },
    ...{ sets: [], functions: [], feedsItself: false, batch, module: path, ...(key && { key }) },
  };
}

/** What a resumed backfill must still be: its statement, whatever the comments around it say. */
export function statementHashOf({ before, after }: Pick<Backfill, 'before' | 'after'>): string {
  return sha256(`${before}\n${after}`.replace(/\r\n?/g, '\n'));
}

function changesKey(column: string): BackfillFault {
  return {
    fault: `it changes \`${column}\`, a column of the key that its batches go along`,
    fix: 'Take another unique key with `-- migrator: backfill key=…`, or remove the directive: the statement then runs in one go.',
  };
}

type Read = Omit<Backfill, 'key' | 'batch'> | BackfillFault;

function readStatement(statement: SyntaxStatement): Read {
  const { kind, node } = statement;
  if (kind === 'UpdateStmt' || kind === 'DeleteStmt') return readChange(statement, kind === 'UpdateStmt');
  if (kind === 'InsertStmt') return readInsert(statement);
  return {
    fault: node.withClause ? 'its statement is no UPDATE, DELETE or INSERT' : `its statement is ${kindInWords(kind)}`,
    fix: 'Backfill with one UPDATE, DELETE or INSERT … SELECT, and put everything else into another migration; what SQL cannot say, a TypeScript backfill can.',
  };
}

function kindInWords(kind: string): string {
  return kind === 'Unparsed' ? 'one that the parser cannot read' : `a ${kind.replace(/Stmt$/, '')} statement`;
}

function readChange(statement: SyntaxStatement, isUpdate: boolean): Read {
  const { node, text } = statement;
  const relation = node.relation as RangeVar & Aliased;
  const sets = nodesOf(node.targetList, 'ResTarget').map(({ name }) => String(name));
  const own = isUpdate ? sets : undefined;
  const fault =
    ('CurrentOfExpr' in ((node.whereClause as SyntaxNode | undefined) ?? {}) ? CURRENT_OF : undefined) ??
    writingCte(node) ??
    readsItself(node, relation, own);
  if (fault) return fault;
  const pieces = cutForCondition(text, statement.kind);
  if (!pieces) return UNCUT;
  return {
    command: isUpdate ? 'update' : 'delete',
    table: tableOf(relation),
    only: relation.inh !== true,
    alias: aliasOf(relation),
    ...pieces,
    sets: isUpdate ? sets : [],
    functions: [],
    feedsItself: false,
  };
}

function readInsert(statement: SyntaxStatement): Read {
  const { node, text } = statement;
  const target = node.relation as RangeVar;
  const select = (node.selectStmt as { readonly SelectStmt?: SyntaxNode } | undefined)?.SelectStmt;
  const first = (select?.fromClause as SyntaxNode[] | undefined)?.[0];
  const across = select && acrossRows(select);
  if (across !== undefined)
    return {
      fault: `its SELECT has ${across}, which would be worked out for each batch by itself`,
      fix: 'Remove the directive, or select row by row.',
    };
  if (!select || select.valuesLists || !first)
    return {
      fault: 'its INSERT selects from no table',
      fix: 'Remove the directive: there is nothing to go along in batches.',
    };
  const driving = drivingTable(first);
  if (!driving)
    return {
      fault: 'the first in its FROM is no table of which each row comes once',
      fix: 'Write the table that the batches are to go along first in FROM, and join the others with JOIN or LEFT JOIN.',
    };
  const fault = writingCte(node) ?? writingCte(select) ?? readsTarget(select, target, driving);
  if (fault) return fault;
  const pieces = cutForCondition(text, statement.kind);
  if (!pieces) return UNCUT;
  return {
    command: 'insert',
    table: tableOf(driving),
    only: driving.inh !== true,
    alias: aliasOf(driving),
    ...pieces,
    sets: [],
    functions: functionsIn(select.targetList),
    feedsItself: isSame(target, driving),
  };
}

interface Aliased {
  readonly inh?: boolean;
  readonly alias?: { readonly aliasname?: string };
}

function aliasOf({ alias, relname = '' }: RangeVar & Aliased): string {
  return alias?.aliasname ?? relname;
}

const CURRENT_OF: BackfillFault = {
  fault: 'it goes by a cursor (WHERE CURRENT OF)',
  fix: 'Write a condition on columns.',
};

const UNCUT: BackfillFault = {
  fault: 'no place for the condition of a batch could be found in its statement',
  fix: 'Write the statement without parentheses around its SELECT; or remove the directive: it then runs in one go.',
};

/** A CTE that writes would write again with each batch. */
function writingCte(node: SyntaxNode): BackfillFault | undefined {
  const ctes = nodesOf((node.withClause as SyntaxNode | undefined)?.ctes, 'CommonTableExpr');
  if (ctes.every(({ ctequery }) => 'SelectStmt' in (ctequery as SyntaxNode))) return undefined;
  return {
    fault: 'a part of its WITH writes, which would happen with each batch',
    fix: 'Put that part into a migration of its own.',
  };
}

/** A batch sees what the batches before it have done; one statement sees the table as it was. */
function readsItself(
  node: SyntaxNode,
  target: RangeVar,
  sets: readonly string[] | undefined,
): BackfillFault | undefined {
  const rest = { ...node, relation: undefined };
  if (!mentions(rest, target)) return undefined;
  const subqueries = selectsIn(rest).filter((select) => mentions(select, target));
  const isNested = [node.fromClause, node.usingClause].every((list) =>
    nodesOf(list, 'RangeVar').every((relation) => !isSame(relation as RangeVar, target)),
  );
  const isUntouched = (part: unknown) => {
    const names = columnsIn(part);
    return sets !== undefined && names !== undefined && !sets.some((name) => names.has(name));
  };
  if (isNested && subqueries.length > 0 && subqueries.every(isUntouched)) return undefined;
  if (isUntouched(rest)) return undefined;
  return {
    fault: `it reads \`${target.relname}\` while it changes it: a later batch would see what an earlier one has done`,
    fix: 'Put what it reads into a table of its own by an earlier migration; or remove the directive: the statement then runs in one go.',
  };
}

function readsTarget(select: SyntaxNode, target: RangeVar, driving: RangeVar): BackfillFault | undefined {
  if (!isSame(target, driving) || countMentions(select, target) <= 1) return undefined;
  return {
    fault: `it reads \`${target.relname}\` more than once while it inserts into it`,
    fix: 'Put what it reads into a table of its own by an earlier migration; or remove the directive.',
  };
}

function isSame(one: RangeVar, other: RangeVar): boolean {
  return (
    one.relname === other.relname &&
    (one.schemaname === undefined || other.schemaname === undefined || one.schemaname === other.schemaname)
  );
}

function mentions(tree: unknown, table: RangeVar): boolean {
  return countMentions(tree, table) > 0;
}

function countMentions(tree: unknown, table: RangeVar): number {
  let count = 0;
  walk(tree, (kind, node) => {
    if (kind === 'RangeVar' && isSame(node as RangeVar, table)) count += 1;
  });
  return count;
}

/** The outermost queries in a tree. */
function selectsIn(tree: unknown): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  walk(tree, (kind, node) => {
    if (kind !== 'SelectStmt') return undefined;
    found.push(node);
    return false;
  });
  return found;
}

function functionsIn(tree: unknown): string[] {
  const found = new Set<string>();
  walk(tree, (kind, node) => {
    // What a subquery aggregates is its own.
    if (kind === 'SelectStmt') return false;
    if (kind === 'FuncCall') found.add(stringsOf(node.funcname).at(-1) ?? '');
    return undefined;
  });
  return [...found];
}

/** Calls `visit` with each node by its kind; false keeps it from going further down. */
function walk(tree: unknown, visit: (kind: string, node: SyntaxNode) => false | undefined): void {
  if (Array.isArray(tree)) {
    for (const part of tree) walk(part, visit);
    return;
  }
  if (typeof tree !== 'object' || tree === null) return;
  for (const [kind, node] of Object.entries(tree)) {
    if (typeof node !== 'object' || node === null) continue;
    if (Array.isArray(node) || visit(kind, node as SyntaxNode) !== false) walk(node, visit);
  }
}

/** What of a SELECT does not come row by row. */
function acrossRows(select: SyntaxNode): string | undefined {
  if (select.op !== 'SETOP_NONE') return 'a UNION, INTERSECT or EXCEPT';
  if (select.distinctClause) return 'DISTINCT';
  if (select.groupClause || select.havingClause) return 'GROUP BY or HAVING';
  if (select.limitCount || select.limitOffset) return 'LIMIT or OFFSET';
  let window = false;
  walk(select.targetList, (kind, node) => {
    if (kind === 'SelectStmt') return false;
    if (kind === 'FuncCall' && node.over !== undefined) window = true;
    return undefined;
  });
  return window ? 'a window function' : undefined;
}

/** The table at the left of the joins, of which no join makes rows up. */
function drivingTable(from: SyntaxNode): (RangeVar & Aliased) | undefined {
  if ('RangeVar' in from) return from.RangeVar as RangeVar & Aliased;
  const join = from.JoinExpr as SyntaxNode | undefined;
  if (!join || join.alias !== undefined) return undefined;
  if (join.jointype !== 'JOIN_INNER' && join.jointype !== 'JOIN_LEFT') return undefined;
  return drivingTable(join.larg as SyntaxNode);
}

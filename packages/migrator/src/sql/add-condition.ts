import { isDeepStrictEqual } from 'node:util';
import { parseStatements, scanTokens } from './parse.js';
import type { SyntaxNode } from './syntax.js';

/** Keywords that end the condition of an UPDATE or DELETE. */
const CHANGE_ENDS: ReadonlySet<string> = new Set(['returning']);
/** The same of an INSERT … SELECT; `conflict` stands for ON CONFLICT. */
const SELECT_ENDS = new Set([
  ...['group', 'having', 'window', 'order', 'limit', 'offset', 'fetch', 'for'],
  ...['union', 'intersect', 'except', 'returning', 'conflict'],
]);

/** What of a statement stands before a condition that is added to it, and behind it. */
export interface Pieces {
  readonly before: string;
  readonly after: string;
}

/**
 * Where an UPDATE, DELETE or INSERT … SELECT takes one more condition: `before`, a condition, and `after` make the statement with it.
 * The parser reads the result again: undefined where it is not the same statement with that condition. Needs `loadParser`.
 */
export function cutForCondition(text: string, kind: string): Pieces | undefined {
  const ends = kind === 'InsertStmt' ? SELECT_ENDS : CHANGE_ENDS;
  const tokens = clauseTokens(text);
  const end = tokens.find(({ word }) => ends.has(word));
  const stop = end === undefined ? tokens.length : tokens.indexOf(end) - (end.word === 'conflict' ? 1 : 0);
  const last = tokens[stop - 1];
  if (!last) return undefined;
  const where = tokens.slice(0, stop).find(({ word }) => word === 'where');
  const pieces = where
    ? {
        before: `${text.slice(0, where.end)} (${text.slice(where.end, last.end).trim()}) and (`,
        after: `)${text.slice(last.end)}`,
      }
    : { before: `${text.slice(0, last.end)} where (`, after: `)${text.slice(last.end)}` };
  return isFaithful(text, pieces, kind) ? pieces : undefined;
}

interface ClauseToken {
  readonly start: number;
  readonly end: number;
  /** A keyword in small letters; empty for what cannot begin a clause. */
  readonly word: string;
}

/** The tokens outside of parentheses, comments left out; a group in parentheses counts as its last token. */
function clauseTokens(text: string): ClauseToken[] {
  const found: ClauseToken[] = [];
  let depth = 0;
  let before = '';
  for (const { start, end, name } of scanTokens(text) ?? []) {
    if (name === 'SQL_COMMENT' || name === 'C_COMMENT') continue;
    const own = text.slice(start, end);
    if (own === ')' || own === ']') depth -= 1;
    // Behind a dot or AS, any word is a name.
    const isName = before === '.' || before === 'as' || !/^[a-z]+$/i.test(own);
    if (depth === 0) found.push({ start, end, word: isName ? '' : own.toLowerCase() });
    if (own === '(' || own === '[') depth += 1;
    before = own.toLowerCase();
  }
  return found;
}

/** Whether the statement with a condition is the one without, but for that condition. */
function isFaithful(text: string, { before, after }: Pieces, kind: string): boolean {
  const [original, ...none] = parseStatements(text) ?? [];
  const [changed, ...more] = parseStatements(`${before}true${after}`) ?? [];
  if (!original || !changed || none.length > 0 || more.length > 0) return false;
  if (original.kind !== kind || changed.kind !== kind) return false;
  return isDeepStrictEqual(withCondition(withoutPlaces(original.node), kind), withoutPlaces(changed.node));
}

function withCondition(node: SyntaxNode, kind: string): SyntaxNode {
  if (kind === 'InsertStmt') {
    const select = (node.selectStmt as { readonly SelectStmt: SyntaxNode }).SelectStmt;
    return { ...node, selectStmt: { SelectStmt: withCondition(select, 'SelectStmt') } };
  }
  const where = node.whereClause as SyntaxNode | undefined;
  if (!where) return { ...node, whereClause: TRUE };
  const and = where.BoolExpr as SyntaxNode | undefined;
  const args = and?.boolop === 'AND_EXPR' ? (and.args as unknown[]) : [where];
  return { ...node, whereClause: { BoolExpr: { boolop: 'AND_EXPR', args: [...args, TRUE] } } };
}

const TRUE = { A_Const: { boolval: { boolval: true } } };

function withoutPlaces<T>(tree: T): T {
  if (Array.isArray(tree)) return tree.map(withoutPlaces) as T;
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree).flatMap(([key, part]) => (key === 'location' ? [] : [[key, withoutPlaces(part)]])),
  ) as T;
}

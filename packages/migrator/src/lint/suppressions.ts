import { scanTokens } from '../sql/parse.js';
import type { SyntaxStatement } from '../sql/split.js';

/** `-- migrator: allow <rule> <reason>`. */
export interface Suppression {
  readonly rule: string;
  readonly reason: string;
  /** Line of the comment, counting from 1, and its offset in the file. */
  readonly line: number;
  readonly offset: number;
  /** Index of the statement that it is about; undefined for the whole file. */
  readonly statement: number | undefined;
}

const ALLOW = /--[ \t]*migrator:[ \t]*allow\b[ \t]*([^\s:]*):?[ \t]*([^\r\n]*)/g;

/**
 * Reads the suppressions of a file. Above the first statement they hold for the file, directly above another one, behind it on its last line, or
 * inside of it, for that statement.
 */
export function readSuppressions(sql: string, statements: readonly SyntaxStatement[]): Suppression[] {
  const found = [...sql.matchAll(ALLOW)];
  if (found.length === 0) return [];
  const strings = scanTokens(sql)?.filter(({ name }) => name !== 'SQL_COMMENT') ?? [];
  return found.flatMap((match) => {
    const offset = match.index;
    if (strings.some(({ start, end }) => start < offset && offset < end)) return [];
    const [, rule = '', reason = ''] = match;
    const line = sql.slice(0, offset).split('\n').length;
    return [{ rule, reason: reason.trim(), line, offset, statement: statementAt(sql, offset, statements) }];
  });
}

function statementAt(sql: string, offset: number, statements: readonly SyntaxStatement[]): number | undefined {
  const [first] = statements;
  if (!first || offset < first.offset) return undefined;
  const inside = statements.find((entry) => entry.offset <= offset && offset < entry.offset + entry.text.length);
  if (inside) return inside.index;
  const before = statements.findLast((entry) => entry.offset + entry.text.length <= offset);
  if (before && !sql.slice(before.offset + before.text.length, offset).includes('\n')) return before.index;
  return statements.find((entry) => entry.offset > offset)?.index ?? statements.length;
}

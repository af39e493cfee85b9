import { chunkStart, type SyntaxStatement } from '../sql/split.js';

/**
 * Line and column, counting from 1. `location` is the parser's: bytes from the start of the chunk that the statement stands in; where it does
 * not lie in the statement, the statement's own start counts. `offset` is for what is no statement.
 */
export function placeOf(
  sql: string,
  statement: SyntaxStatement | undefined,
  location: number | undefined,
  offset = 0,
): { readonly line: number; readonly column: number } {
  const at = statement ? charactersOf(sql, statement, location) : offset;
  const line = statement ? statement.line + count(sql, statement.offset, at) : count(sql, 0, at) + 1;
  return { line, column: at - sql.lastIndexOf('\n', at - 1) };
}

function charactersOf(sql: string, { offset, text }: SyntaxStatement, location: number | undefined): number {
  if (location === undefined) return offset;
  const start = chunkStart(sql, offset);
  const chunk = Buffer.from(sql.slice(start, offset + text.length), 'utf8');
  const at = start + chunk.toString('utf8', 0, location).length;
  return at >= offset && at < offset + text.length ? at : offset;
}

function count(sql: string, from: number, to: number): number {
  let lines = 0;
  for (let next = sql.indexOf('\n', from); next !== -1 && next < to; next = sql.indexOf('\n', next + 1)) lines += 1;
  return lines;
}

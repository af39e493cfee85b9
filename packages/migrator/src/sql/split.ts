import type { Statement } from '../core/types.js';
import { type ParsedStatement, parseStatements, scanTokens, skipBlank, syntaxFault } from './parse.js';

const BREAKPOINT = '--> statement-breakpoint';

/** A statement with its syntax tree; the tree stays out of plans, which are saved as JSON. */
export interface SyntaxStatement extends Statement {
  readonly node: Readonly<Record<string, unknown>>;
}

/**
 * Splits a migration file into statements: first at drizzle's `--> statement-breakpoint`, then inside each chunk by the
 * grammar, never by `;`. A chunk that the grammar cannot read stays whole. Empty chunks give nothing. Needs `loadParser`.
 */
export function splitStatements(sql: string): SyntaxStatement[] {
  const statements: SyntaxStatement[] = [];
  const lineAt = lineCounter(sql);
  for (const chunk of chunks(sql)) {
    for (const parsed of chunk.statements ?? unread(chunk.text)) {
      const offset = chunk.start + parsed.start;
      statements.push({
        index: statements.length,
        text: chunk.text.slice(parsed.start, parsed.end),
        line: lineAt(offset),
        offset,
        kind: parsed.kind,
        node: parsed.node,
      });
    }
  }
  return statements;
}

/** A syntax tree takes a hundred times the memory of its text; a chunk larger than this, in characters, is data and goes out whole. */
const PARSED_SIZE = 4_000_000;

interface Chunk {
  readonly start: number;
  readonly text: string;
  /** Undefined where the grammar cannot read it. */
  readonly statements: readonly ParsedStatement[] | undefined;
}

/** What the grammar cannot read, as the one statement that it is taken for, with why in place of a tree; nothing if it is blank. */
function unread(text: string): ParsedStatement[] {
  const start = skipBlank(text, 0, text.length);
  if (start === text.length) return [];
  const end = text.trimEnd().length;
  if (text.length > PARSED_SIZE) return [{ kind: 'TooLarge', node: {}, start, end }];
  return [{ kind: 'Unparsed', node: { ...syntaxFault(text) }, start, end }];
}

/**
 * Cuts at every breakpoint mark, as drizzle-orm does. If one of the pieces then ends inside a string or a comment, a
 * mark stands inside one, where drizzle-orm's cut is a syntax error: then only the marks outside count.
 */
function chunks(sql: string): Chunk[] {
  const marks = [...sql.matchAll(new RegExp(BREAKPOINT, 'g'))].map((match) => match.index);
  const pieces = cut(sql, marks);
  if (marks.length === 0 || sql.length > PARSED_SIZE) return pieces;
  // What parses is whole; the scanner, which costs more than the parser, is asked only about the rest.
  if (pieces.every(({ statements, text }) => statements ?? scanTokens(text))) return pieces;
  const tokens = scanTokens(sql);
  if (!tokens) return pieces;
  const outside = marks.filter((mark) => !tokens.some(({ start, end }) => start < mark && mark < end));
  return cut(sql, outside);
}

/** Where the chunk begins that an offset lies in: the parser counts its locations from there. */
export function chunkStart(sql: string, offset: number): number {
  const mark = offset === 0 ? -1 : sql.lastIndexOf(BREAKPOINT, offset - 1);
  return mark === -1 ? textStart(sql) : mark + BREAKPOINT.length;
}

/** The grammar knows no byte order mark, and the server would refuse it. */
function textStart(sql: string): number {
  return sql.startsWith('\uFEFF') ? 1 : 0;
}

function cut(sql: string, marks: readonly number[]): Chunk[] {
  const starts = [textStart(sql), ...marks.map((mark) => mark + BREAKPOINT.length)];
  return starts.map((start, at) => {
    const text = sql.slice(start, marks[at] ?? sql.length);
    return { start, text, statements: text.length > PARSED_SIZE ? undefined : parseStatements(text) };
  });
}

/** Line numbers for rising offsets, without counting from the top each time. */
function lineCounter(sql: string): (offset: number) => number {
  let at = 0;
  let line = 1;
  return (offset) => {
    for (let next = sql.indexOf('\n', at); next !== -1 && next < offset; next = sql.indexOf('\n', at)) {
      at = next + 1;
      line += 1;
    }
    return line;
  };
}

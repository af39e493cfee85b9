/** The only file that imports the real Postgres parser. Loading it costs about 50 ms, so nothing loads it in vain. */
type Parser = typeof import('libpg-query');

let parser: Parser | undefined;
let loading: Promise<void> | undefined;

/** Loads the parser once per process. The other functions of this file throw before this has resolved. */
export function loadParser(): Promise<void> {
  loading ??= import('libpg-query').then(async (module) => {
    await module.loadModule();
    parser = module;
  });
  return loading;
}

function loaded(): Parser {
  if (!parser) throw new Error('The parser was used before loadParser() had resolved.');
  return parser;
}

/** Character ranges of the comments and strings of a text; undefined where it cannot be read (an unterminated string). */
export function scanTokens(
  sql: string,
): { readonly start: number; readonly end: number; readonly name: string }[] | undefined {
  const { scanSync } = loaded();
  try {
    const toIndex = byteOffsets(sql);
    return scanSync(sql).tokens.map(({ start, end, tokenName }) => ({
      start: toIndex(start),
      end: toIndex(end),
      name: tokenName,
    }));
  } catch {
    return undefined;
  }
}

/** A parsed statement: its node name, the node, and where its text lies (character offsets, comments around it left out). */
export interface ParsedStatement {
  readonly kind: string;
  readonly node: Readonly<Record<string, unknown>>;
  readonly start: number;
  readonly end: number;
}

/**
 * Splits a piece of SQL into statements with Postgres' own grammar. Returns undefined where the grammar cannot read it
 * (newer server syntax, a psql command): then the piece is to be sent as it is, and the server decides.
 */
export function parseStatements(sql: string): ParsedStatement[] | undefined {
  const { parseSync } = loaded();
  let result: ReturnType<Parser['parseSync']>;
  try {
    result = parseSync(sql);
  } catch {
    return undefined;
  }
  const toIndex = byteOffsets(sql);
  return (result.stmts ?? []).flatMap(({ stmt, stmt_location = 0, stmt_len }) => {
    const entry = Object.entries(stmt ?? {})[0];
    if (!entry) return [];
    const start = toIndex(stmt_location);
    const end = stmt_len === undefined ? sql.length : toIndex(stmt_location + stmt_len);
    const from = skipBlank(sql, start, end);
    const node = entry[1] as Readonly<Record<string, unknown>>;
    return [{ kind: entry[0], node, start: from, end: from + withoutTail(sql.slice(from, end)).length }];
  });
}

/** Why the grammar cannot read a text, and where: bytes from its start. Undefined where it can, or where the parser itself gave up. */
export function syntaxFault(sql: string): { readonly message: string; readonly location: number } | undefined {
  try {
    loaded().parseSync(sql);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || !loaded().hasSqlDetails(error)) return undefined;
    // It counts characters, from 0.
    const { cursorPosition = 0 } = error.sqlDetails ?? {};
    const before = [...sql.slice(0, 2 * cursorPosition)].slice(0, cursorPosition).join('');
    return { message: error.message, location: Buffer.byteLength(before) };
  }
}

/** Without the white space and comments at its end: a `;` behind a line comment would be part of it. */
function withoutTail(statement: string): string {
  const text = statement.trimEnd();
  if (!/--|\*\/$/.test(text)) return text;
  const last = scanTokens(text)?.findLast(({ name }) => !COMMENTS.has(name));
  return last ? text.slice(0, last.end) : text;
}

const COMMENTS = new Set(['SQL_COMMENT', 'C_COMMENT']);

/**
 * The parser counts UTF-8 bytes, JavaScript counts UTF-16 units. ASCII text, the usual case, needs no conversion;
 * elsewhere a cursor moves forward with the statements, so that a large file is decoded once.
 */
function byteOffsets(sql: string): (byte: number) => number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole ASCII range is meant
  if (/^[\x00-\x7f]*$/.test(sql)) return (byte) => byte;
  const bytes = Buffer.from(sql, 'utf8');
  let doneBytes = 0;
  let doneUnits = 0;
  return (byte) => {
    if (byte < doneBytes) return bytes.toString('utf8', 0, byte).length;
    doneUnits += bytes.toString('utf8', doneBytes, byte).length;
    doneBytes = byte;
    return doneUnits;
  };
}

/** Moves past white space and comments, so that a statement's line is where its first word stands. */
export function skipBlank(sql: string, from: number, end: number): number {
  const blank = /\s+|--[^\n]*\n?/y;
  let at = from;
  while (at < end) {
    blank.lastIndex = at;
    if (blank.test(sql)) at = blank.lastIndex;
    else if (sql.startsWith('/*', at)) at = endOfBlockComment(sql, at);
    else return at;
  }
  return end;
}

/** Block comments nest in Postgres. */
function endOfBlockComment(sql: string, from: number): number {
  let depth = 0;
  const marks = /\/\*|\*\//g;
  marks.lastIndex = from;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}

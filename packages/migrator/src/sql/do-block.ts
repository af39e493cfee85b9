import { parseStatements, scanTokens } from './parse.js';
import { chunkStart, type SyntaxStatement } from './split.js';

/** What a DO block was read to do. */
export interface DoBlock {
  /** Its definitions of schema, under the index of the block; lines, offsets and locations are those of the file. */
  readonly statements: readonly SyntaxStatement[];
  /** Whether that is all it does. */
  readonly isWhole: boolean;
}

/**
 * The definitions that stand in a DO block as they are: drizzle-kit once wrote types and foreign keys as
 * `DO $$ BEGIN … EXCEPTION WHEN duplicate_object THEN null; END $$`, and people write `IF NOT EXISTS (…) THEN … END IF`. What is put
 * together and run by EXECUTE cannot be read, what changes rows depends on variables, and handlers are for what goes wrong.
 */
export function readDoBlock(sql: string, statement: SyntaxStatement): DoBlock {
  const body = bodyOf(statement);
  const at = body === undefined ? -1 : statement.text.indexOf(body);
  const pieces = body === undefined || at === -1 ? undefined : piecesOf(body);
  if (!pieces) return { statements: [], isWhole: false };
  const start = chunkStart(sql, statement.offset);
  let isWhole = true;
  const statements = pieces.flatMap(({ from, to }) => {
    const offset = statement.offset + at + from;
    // The parser counts from the start of the chunk.
    const before = Buffer.byteLength(sql.slice(start, offset));
    const [parsed, more] = parseStatements(' '.repeat(before) + sql.slice(offset, offset + to - from)) ?? [];
    const known = parsed && !more && !NO_DEFINITIONS.has(parsed.kind) ? parsed : undefined;
    if (!known) isWhole = false;
    const text = sql.slice(offset, offset + to - from);
    const line = statement.line + lines(sql.slice(statement.offset, offset));
    return known ? [{ index: statement.index, text, line, offset, kind: known.kind, node: known.node }] : [];
  });
  return { statements, isWhole };
}

const NO_DEFINITIONS: ReadonlySet<string> = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'CallStmt',
  'DoStmt',
  'ExecuteStmt',
  'TransactionStmt',
  'VariableSetStmt',
]);

function bodyOf({ node }: SyntaxStatement): string | undefined {
  const args = node.args as readonly { readonly DefElem?: { readonly defname?: string; readonly arg?: unknown } }[];
  const options = (args ?? []).flatMap(({ DefElem }) => DefElem ?? []);
  const text = (option: string) =>
    (options.find(({ defname }) => defname === option)?.arg as { String?: { sval?: string } } | undefined)?.String
      ?.sval;
  return (text('language') ?? 'plpgsql') === 'plpgsql' ? text('as') : undefined;
}

interface Piece {
  readonly from: number;
  readonly to: number;
}

interface Word extends Piece {
  /** In capitals. */
  readonly word: string;
}

const COMMENTS: ReadonlySet<string> = new Set(['SQL_COMMENT', 'C_COMMENT']);

/** The statements between the words that control them; undefined where the text cannot be read. */
function piecesOf(body: string): Piece[] | undefined {
  const words = scanTokens(body)?.flatMap(({ start, end, name }) =>
    COMMENTS.has(name) ? [] : [{ from: start, to: end, word: body.slice(start, end).toUpperCase() }],
  );
  if (!words) return undefined;
  const pieces: Piece[] = [];
  let isHandler = false;
  for (let at = 0; at < words.length; ) {
    const next = behindControl(words, at);
    if (next !== undefined) {
      if (words[at]?.word === 'EXCEPTION') isHandler = true;
      if (words[at]?.word === 'END' && next === behindEnd(words, at, 1)) isHandler = false;
      at = next;
      continue;
    }
    const end = words.findIndex(({ word }, index) => index >= at && word === ';');
    const last = words[(end === -1 ? words.length : end) - 1];
    const first = words[at];
    if (first && last && !isHandler && !HARMLESS.has(first.word)) pieces.push({ from: first.from, to: last.to });
    at = end === -1 ? words.length : end + 1;
  }
  return pieces;
}

const HARMLESS: ReadonlySet<string> = new Set(['NULL', 'RAISE', 'RETURN']);

/** What stands behind a word that controls, if one stands here. */
function behindControl(words: readonly Word[], at: number): number | undefined {
  const behind = (word: string) => {
    const found = words.findIndex((other, index) => index > at && other.word === word);
    return found === -1 ? words.length : found + 1;
  };
  switch (words[at]?.word) {
    case ';':
    case 'BEGIN':
    case 'ELSE':
    case 'LOOP':
      return at + 1;
    case 'DECLARE':
      return behind('BEGIN');
    case 'IF':
    case 'ELSIF':
    case 'ELSEIF':
    case 'WHEN':
      return behind('THEN');
    case 'EXCEPTION':
      return at + 1;
    case 'FOR':
    case 'FOREACH':
    case 'WHILE':
      return behind('LOOP');
    case 'END':
      return behindEnd(words, at, ['IF', 'LOOP', 'CASE'].includes(words[at + 1]?.word ?? '') ? 2 : 1);
    default:
      return undefined;
  }
}

function behindEnd(words: readonly Word[], at: number, length: number): number {
  return words[at + length]?.word === ';' ? at + length + 1 : at + length;
}

function lines(text: string): number {
  return text.split('\n').length - 1;
}

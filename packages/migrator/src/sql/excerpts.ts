import { scanTokens } from './parse.js';

/**
 * Expressions as they are written: the parser gives trees, and has no way to write one down again. All of these take the text
 * of one statement and need `loadParser`; they give undefined where the text cannot be read.
 */
interface Token {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Parentheses that are open before it. */
  readonly depth: number;
}

function tokensOf(sql: string): Token[] | undefined {
  let depth = 0;
  return scanTokens(sql)?.map(({ start, end }) => {
    const text = sql.slice(start, end);
    if (text === ')') depth -= 1;
    const token = { start, end, text, depth };
    if (text === '(') depth += 1;
    return token;
  });
}

/** The commands of an ALTER TABLE, by the commas between them. The first one has the name of the table before it. */
export function commandTexts(sql: string): readonly string[] | undefined {
  const tokens = tokensOf(sql);
  return tokens && partsOf(sql, tokens, 0, sql.length, 0);
}

/** The text within the first parentheses behind a keyword: `check` of `CHECK ("plays" > 0)`. */
export function behindKeyword(sql: string, keyword: string): string | undefined {
  const tokens = tokensOf(sql) ?? [];
  const from = tokens.findIndex(({ text, depth }) => depth === 0 && text.toLowerCase() === keyword);
  return from === -1 ? undefined : groupAt(sql, tokens, from)?.inner;
}

/** The elements of an index or an exclusion constraint: `lower("title") DESC` is the element `lower("title")`. */
export function elementTexts(sql: string): readonly string[] | undefined {
  const tokens = tokensOf(sql) ?? [];
  const group = groupAt(sql, tokens, 0);
  if (!group) return undefined;
  return partsOf(sql, tokens, group.start, group.end, 1)?.map((text) => {
    const own = tokensOf(text) ?? [];
    const first = own.findIndex(({ text: part }) => part === '(');
    const isCall = first >= 0 && own.slice(0, first).every(({ text: part }, at) => (at % 2 === 0) === (part !== '.'));
    if (!isCall) return own[0]?.text ?? text;
    const call = groupAt(text, own, first);
    return text.slice(0, call === undefined ? text.length : call.end + 1);
  });
}

/** The predicate of a partial index. */
export function whereText(sql: string): string | undefined {
  const where = tokensOf(sql)?.findLast(({ text, depth }) => depth === 0 && text.toLowerCase() === 'where');
  return where && sql.slice(where.end).trim();
}

function groupAt(
  sql: string,
  tokens: readonly Token[],
  from: number,
): { readonly inner: string; readonly start: number; readonly end: number } | undefined {
  const open = tokens.slice(from).find(({ text }) => text === '(');
  const close =
    open && tokens.find(({ text, start, depth }) => text === ')' && start > open.start && depth === open.depth);
  return open && close && { inner: sql.slice(open.end, close.start).trim(), start: open.end, end: close.start };
}

function partsOf(sql: string, tokens: readonly Token[], start: number, end: number, depth: number): string[] {
  const commas = tokens
    .filter((token) => token.text === ',' && token.depth === depth && token.start >= start && token.end <= end)
    .map((token) => token.start);
  return [...commas, end].map((to, at) => sql.slice(at === 0 ? start : (commas[at - 1] ?? 0) + 1, to).trim());
}

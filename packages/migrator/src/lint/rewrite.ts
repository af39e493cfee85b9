import { quoteIdent } from '../sql/quote.js';
import type { SyntaxStatement } from '../sql/split.js';
import type { Rewrite } from './rule.js';
import type { RangeVar } from './syntax.js';

/** Puts words behind a keyword at the start of the statement; undefined where the statement does not begin so. */
export function insertBehind({ text }: SyntaxStatement, start: RegExp, words: string): Rewrite | undefined {
  const match = start.exec(text);
  return match?.index === 0 ? { edits: [{ at: match[0].length, length: 0, text: words }] } : undefined;
}

/** Puts words at the end of the statement. */
export function append({ text }: SyntaxStatement, words: string, after: readonly string[] = []): Rewrite {
  return { edits: [{ at: text.length, length: 0, text: words }], after };
}

/** Other statements in its place. */
export function replaceBy({ text }: SyntaxStatement, statements: readonly string[]): Rewrite {
  const [first = '', ...after] = statements;
  return { edits: [{ at: 0, length: text.length, text: first }], after };
}

/** A relation as the statement names it, quoted. */
export function relationSql(relation: unknown): string {
  const { schemaname, relname = '' } = (relation ?? {}) as RangeVar;
  return schemaname ? `${quoteIdent(schemaname)}.${quoteIdent(relname)}` : quoteIdent(relname);
}

/** A name made of others, in the 63 bytes that Postgres keeps. */
export function joinedName(...parts: readonly string[]): string {
  return Buffer.from(parts.join('_'), 'utf8')
    .subarray(0, 63)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
}

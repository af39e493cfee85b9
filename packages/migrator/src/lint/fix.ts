import { readDirectives } from '../sql/directives.js';
import { splitStatements } from '../sql/split.js';
import { segmentStatements } from '../sql/transactions.js';
import type { LintFinding } from './lint.js';

/** A file with its safe forms written, or why it was left as it is. */
export type FixedText = { readonly sql: string; readonly fixed: readonly LintFinding[] } | { readonly refused: string };

/**
 * Writes the safe forms of findings into a file. Everything else stays byte for byte. Forms of several statements need each of them in a
 * transaction of its own: the file gets the directive for it, unless it needs its one transaction. Needs `loadParser`.
 */
export function fixText(sql: string, findings: readonly LintFinding[]): FixedText {
  const statements = splitStatements(sql);
  const chosen = firstOfEach(findings);
  const { ownTransactions } = segmentStatements(statements);
  if (ownTransactions) return { refused: 'it writes BEGIN or COMMIT itself' };
  const bound = statements.find(({ text, kind }) => NEEDS_ONE_TRANSACTION.test(text) || kind === 'LockStmt');
  if (bound) return { refused: `line ${bound.line} needs the transaction that the safe form would take apart` };
  const separator = (sql.includes('--> statement-breakpoint') ? ';--> statement-breakpoint' : ';') + lineEnd(sql);
  const edits = chosen.flatMap(({ rewrite, statement: index }) => {
    const statement = statements[index ?? -1];
    if (!rewrite || !statement) return [];
    const end = statement.offset + statement.text.length;
    const around = [
      { at: statement.offset, length: 0, text: (rewrite.before ?? []).map((text) => text + separator).join('') },
      ...rewrite.edits.map((edit) => ({ ...edit, at: statement.offset + edit.at })),
      { at: end, length: 0, text: (rewrite.after ?? []).map((text) => separator + text).join('') },
    ];
    return around.filter(({ length, text }) => length > 0 || text !== '');
  });
  if (edits.length === 0) return { refused: 'there is nothing to write' };
  const text = applied(sql, edits);
  return { sql: isApart(text) ? text : withDirective(text), fixed: chosen };
}

/** One form for each statement. */
function firstOfEach(findings: readonly LintFinding[]): LintFinding[] {
  const seen = new Set<number>();
  return findings.filter(({ rewrite, statement }) => {
    if (!rewrite || statement === undefined || seen.has(statement)) return false;
    seen.add(statement);
    return true;
  });
}

const NEEDS_ONE_TRANSACTION =
  /^\s*set\s+local\b|\bon\s+commit\b|^\s*(?:savepoint|set\s+transaction|set\s+constraints)\b/i;

/** From the end, so that the places of those before stay true; of two at one place the one that was named first stands first. */
function applied(
  sql: string,
  edits: readonly { readonly at: number; readonly length: number; readonly text: string }[],
): string {
  return [...edits.entries()]
    .sort(([n, a], [m, b]) => b.at - a.at || m - n)
    .reduce((text, [, { at, length, text: words }]) => text.slice(0, at) + words + text.slice(at + length), sql);
}

/** Whether each statement of a file has a transaction of its own. */
function isApart(sql: string): boolean {
  const { noTransaction } = readDirectives(sql);
  const statements = splitStatements(sql);
  const { segments } = segmentStatements(statements, { noTransaction });
  return statements.length < 2 || segments.length === statements.length;
}

function withDirective(sql: string): string {
  const mark = sql.startsWith('\uFEFF') ? '\uFEFF' : '';
  return `${mark}-- migrator: no-transaction${lineEnd(sql)}${sql.slice(mark.length)}`;
}

function lineEnd(sql: string): string {
  return sql.includes('\r\n') ? '\r\n' : '\n';
}

import type { EditKind } from '../core/types.js';
import { splitStatements } from '../sql/split.js';

/**
 * Tells an edit of white space, comments or spelling from one that changes what the file does, by comparing syntax trees
 * of the text that was applied and the text that is there now. Needs `loadParser`.
 */
export function editKind(appliedSql: string, currentSql: string): EditKind {
  if (appliedSql.replaceAll('\r\n', '\n') === currentSql.replaceAll('\r\n', '\n')) return 'line-endings';
  return meaningOf(appliedSql) === meaningOf(currentSql) ? 'formatting' : 'meaning';
}

/** The trees without positions. What the parser cannot read counts by its letters. */
function meaningOf(sql: string): string {
  const statements = splitStatements(sql).map(({ kind, node, text }) => (kind === 'Unparsed' ? text : node));
  return JSON.stringify(statements, (key, value) =>
    key === 'location' || key === 'stmt_location' || key === 'stmt_len' ? undefined : value,
  );
}

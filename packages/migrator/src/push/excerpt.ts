/** A statement on one line, as a place in a message. Pure. */
export function excerptOf(sql: string): string {
  const line = sql.replace(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

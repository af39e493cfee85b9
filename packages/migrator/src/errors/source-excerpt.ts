/** The lines around a place of a text, numbered, with a caret below the column. Long lines are cut around it. */
export function sourceExcerpt(
  text: string,
  at: { readonly line: number; readonly column: number },
  context = 2,
): string {
  const lines = text.split(/\r?\n/);
  const first = Math.max(1, at.line - context);
  const last = Math.min(lines.length, at.line + context);
  const width = String(last).length;
  const from = Math.max(0, at.column - 80);
  const shown: string[] = [];
  for (let number = first; number <= last; number += 1) {
    const mark = number === at.line ? '>' : ' ';
    shown.push(
      `${mark} ${String(number).padStart(width)} | ${(lines[number - 1] ?? '').slice(from, from + 160)}`.trimEnd(),
    );
    if (number === at.line)
      shown.push(`  ${' '.repeat(width)} | ${blankOf(lines[number - 1] ?? '', from, at.column - 1)}^`);
  }
  return shown.join('\n');
}

/** As wide as the text above the caret: tabs stay tabs. */
function blankOf(line: string, from: number, to: number): string {
  return line
    .slice(from, to)
    .replace(/[^\t]/g, ' ')
    .padEnd(to - from);
}

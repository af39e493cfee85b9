const ANYTHING = '…';

/**
 * Whether output is what a page expects. `…` stands for any text within a line, and alone on a line for any number of
 * lines; all else must be equal.
 */
export function isExpected(output: readonly string[], expected: readonly string[]): boolean {
  const pattern = expected.map((line) => (line === ANYTHING ? '(?:.*\n)*?' : `${patternOf(line)}\n`)).join('');
  return new RegExp(`^${pattern}$`, 'u').test(output.map((line) => `${line}\n`).join(''));
}

function patternOf(line: string): string {
  return line
    .split(ANYTHING)
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    .join('.*');
}

/** What a command has printed, as lines: without white space behind them, and without empty ones behind the last. */
export function linesOf(text: string): readonly string[] {
  const trimmed = text.trimEnd();
  return trimmed ? trimmed.split('\n').map((line) => line.trimEnd()) : [];
}

/** A line of output for a page: what is another one in each run is left out, and `names` of this run are too. */
export function veil(line: string, names: readonly string[]): string {
  return names
    .reduce((text, name) => text.replaceAll(name, ANYTHING), line)
    .replace(/\b\w+@[\w.]+:\d+\/\S+/g, ANYTHING)
    .replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+Z)?)?(?: {2}\S+$)?/g, ANYTHING)
    .replace(/\b(?:127\.0\.0\.1|localhost):\d+/g, ANYTHING)
    .replace(/\b\d+(?:\.\d+)? (?:m?s|k?B)\b/g, ANYTHING)
    .replace(/\bpid \d+/g, `pid ${ANYTHING}`)
    .replace(/…_(before_restore|restored)_\d+/g, '…_$1_…');
}

import type { FixReport } from '../api/fix.js';
import type { Colors } from './terminal.js';
import { plural } from './text.js';

/** What was written, as a difference, and what was left. */
export function renderFix({ files, applied }: FixReport, color: Colors): string {
  const lines = files.flatMap(({ path, before, after, fixed, refused }) =>
    after === undefined
      ? [`  ${color.yellow('!')} ${color.cyan(path)} is left as it is: ${refused?.replace(/\.$/, '')}.`, '']
      : [
          `  ${color.green('✓')} ${color.cyan(path)}: ${fixed.map(({ code, at }) => `${code} (line ${at.line})`).join(', ')}`,
          ...difference(before, after).map((line) => `    ${paint(line, color)}`),
          '',
        ],
  );
  const written = files.filter(({ after }) => after !== undefined).length;
  if (applied.length > 0)
    lines.push(
      `  ${plural(applied.length, 'migration')} with more to mend may be applied already, and ${applied.length === 1 ? 'stays as it is' : 'stay as they are'}: ${applied.slice(0, 3).join(', ')}${applied.length > 3 ? ', …' : ''}`,
      '',
    );
  lines.push(
    written === 0
      ? 'Nothing was written.'
      : `${plural(written, 'file')} written. Each leads to the same catalog as before, and so does its way back. drizzle-kit cannot apply CREATE INDEX CONCURRENTLY; \`migrator migrate\` does.`,
  );
  return `${lines.join('\n')}\n`;
}

function paint(line: string, color: Colors): string {
  if (line.startsWith('+')) return color.green(line);
  return line.startsWith('-') ? color.red(line) : color.dim(line);
}

/** The lines that differ, marked with `-` and `+`; `@@ 12` says where. */
export function difference(before: string, after: string): string[] {
  const [old, next] = [before.split('\n'), after.split('\n')];
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < next.length) {
    if (i < old.length && old[i] === next[j]) {
      i += 1;
      j += 1;
      continue;
    }
    const [k, l] = nextCommon(old, next, i, j);
    lines.push(
      `@@ ${i + 1}`,
      ...old.slice(i, k).map((line) => `-${line}`),
      ...next.slice(j, l).map((line) => `+${line}`),
    );
    [i, j] = [k, l];
  }
  return lines;
}

/** The nearest lines that are equal again. */
function nextCommon(old: readonly string[], next: readonly string[], i: number, j: number): [number, number] {
  for (let distance = 1; distance < old.length - i + (next.length - j); distance += 1) {
    for (let step = 0; step <= distance; step += 1) {
      const [k, l] = [i + step, j + distance - step];
      if (k < old.length && l < next.length && old[k] === next[l]) return [k, l];
    }
  }
  return [old.length, next.length];
}

/** A fenced block of a page that means something to the player. Lines count from 1. */
export type Block =
  | { readonly kind: 'file'; readonly line: number; readonly path: string; readonly text: string }
  | { readonly kind: 'sql'; readonly line: number; readonly text: string }
  | { readonly kind: 'console'; readonly line: number; readonly steps: readonly Step[] }
  | { readonly kind: 'plain'; readonly line: number; readonly language: string };

/** A command, and the lines that are expected below it. */
export interface Step {
  /** Of the `$`. */
  readonly line: number;
  readonly command: string;
  /** How many lines the command itself takes. */
  readonly height: number;
  readonly expected: readonly string[];
}

const FENCE = /^```(\w*)(?: title=(\S+))?$/;

/** The fenced blocks of a page, in order. Throws an Error that names the line of a fence that is not closed. */
export function blocksOf(page: string): readonly Block[] {
  const lines = page.split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const fence = FENCE.exec(lines[at] ?? '');
    if (!fence) continue;
    const end = lines.indexOf('```', at + 1);
    if (end < 0) throw new Error(`The block of line ${at + 1} has no end.`);
    blocks.push(toBlock(fence[1] ?? '', fence[2], at + 1, lines.slice(at + 1, end)));
    at = end;
  }
  return blocks;
}

function toBlock(language: string, path: string | undefined, line: number, lines: readonly string[]): Block {
  const text = lines.map((each) => `${each}\n`).join('');
  if (path) return { kind: 'file', line, path, text };
  if (language === 'sql') return { kind: 'sql', line, text };
  if (language === 'console') return { kind: 'console', line, steps: stepsOf(lines, line + 1) };
  return { kind: 'plain', line, language };
}

function stepsOf(lines: readonly string[], first: number): readonly Step[] {
  const starts = lines.flatMap((line, at) => (line.startsWith('$ ') ? [at] : []));
  return starts.map((start, nth) => {
    let end = start;
    while (lines[end]?.endsWith('\\')) end++;
    const command = lines.slice(start, end + 1).join('\n');
    return {
      line: first + start,
      command: command.slice(2),
      height: end - start + 1,
      expected: lines.slice(end + 1, starts[nth + 1] ?? lines.length),
    };
  });
}

/** The page with other output below some of its commands: lines by the line of the command. */
export function withOutputs(page: string, outputs: ReadonlyMap<number, readonly string[]>): string {
  const lines = page.split('\n');
  const steps = blocksOf(page).flatMap((block) => (block.kind === 'console' ? block.steps : []));
  for (const { line, height, expected } of [...steps].reverse()) {
    const output = outputs.get(line);
    if (output) lines.splice(line - 1 + height, expected.length, ...output);
  }
  return lines.join('\n');
}

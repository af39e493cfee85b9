import type { Finding, GateClient } from '../core/types.js';
import { describeClients } from '../gate/words.js';
import type { Colors } from './terminal.js';

const INDENT = '  ';

/** So many of one kind are told one by one; of more, the first stands for all. */
const TOLD_APART = 3;

const WIDTH = 110;

/**
 * Findings as people read them: those that only warn first, the worst last, where the eye is. Where a fault comes many times, as it
 * does in old histories, the first is told whole, and the others are named below it.
 */
export function renderFindings<F extends Finding<string>>(
  findings: readonly F[],
  color: Colors,
  excerptOf: ExcerptOf<F> = () => undefined,
): string[] {
  return (['info', 'warning', 'error'] as const).flatMap((severity) => {
    const groups = new Map<string, F[]>();
    for (const finding of findings.filter((each) => each.severity === severity))
      groups.set(finding.code, [...(groups.get(finding.code) ?? []), finding]);
    return [...groups.values()].flatMap((group) => renderGroup(group, color, excerptOf));
  });
}

/** The lines around its place, where a report shows them. */
type ExcerptOf<F> = (finding: F) => string | undefined;

function renderGroup<F extends Finding<string>>(group: readonly F[], color: Colors, excerptOf: ExcerptOf<F>): string[] {
  const render = (finding: F) => renderFinding(finding, color, excerptOf(finding));
  const [first, ...others] = group;
  if (!first || group.length <= TOLD_APART) return group.flatMap(render);
  const names = [...new Set(others.map(nameOf))];
  const lead = `${others.length} more like it: `;
  return [
    ...render(first),
    ...wrap(names, WIDTH - lead.length).map((line, at) => INDENT.repeat(2) + (at === 0 ? color.bold(lead) : '') + line),
  ];
}

/** What tells it from its kind: the migration, else the place, else its sentence. */
function nameOf({ tag, at, message }: Finding<string>): string {
  return tag ?? (at ? `${at.file}${at.line ? `:${at.line}` : ''}` : message);
}

function wrap(names: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + name.length + 2 <= width) lines[lines.length - 1] = `${last}, ${name}`;
    else {
      if (last !== undefined) lines[lines.length - 1] = `${last},`;
      lines.push(name);
    }
  }
  return lines;
}

/** `excerpt`: the lines around the place, where a report shows them. */
export function renderFinding(finding: Finding<string>, color: Colors, excerpt?: string): string[] {
  const mark = { error: color.red('✗'), warning: color.yellow('!'), info: color.dim('i') }[finding.severity];
  const place = finding.at ? color.cyan(`${finding.at.file}${finding.at.line ? `:${finding.at.line}` : ''}`) : '';
  return [
    `${INDENT}${mark} ${finding.message} ${color.dim(`[${finding.code}]`)}`,
    ...(place ? [`${INDENT}${INDENT}at ${place}`] : []),
    ...(excerpt === undefined ? [] : ['', ...excerpt.split('\n').map((line) => INDENT + INDENT + color.dim(line)), '']),
    ...('clients' in finding
      ? describeClients(finding.clients as readonly GateClient[]).map((text) => INDENT.repeat(3) + text)
      : []),
    ...(finding.consequence ? [`${INDENT}${INDENT}${finding.consequence}`] : []),
    `${INDENT}${INDENT}${color.bold('Fix:')} ${finding.fix}`,
    ...('docs' in finding ? [`${INDENT}${INDENT}${color.dim(`More: ${String(finding.docs)}`)}`] : []),
  ];
}

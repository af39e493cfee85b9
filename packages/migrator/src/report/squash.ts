import type { SquashPlan } from '../api/squash.js';
import { renderFindings } from './findings.js';
import type { Colors } from './terminal.js';
import { plural } from './text.js';

/** What `migrator baseline --squash` would do, before anybody is asked. */
export function renderSquash({ path, squashed, rows, findings, edits }: SquashPlan, color: Colors): string {
  const removed = edits.filter(({ text }) => text === null).length;
  const lines = [
    `${color.bold(path)} takes the place of ${plural(squashed.length, 'migration')}, ${squashed[0]} to ${squashed.at(-1)}.`,
    'Proven on scratch: it makes the same catalog, what follows runs upon it, and its way back leads to an empty database.',
    ...(rows > 0 ? [`A new database has ${plural(rows, 'row')} of them.`] : []),
    `${plural(edits.length - removed, 'file')} to write, ${removed} to remove.`,
  ];
  if (findings.length > 0) lines.push('', ...renderFindings(findings, color));
  return `${lines.join('\n')}\n`;
}

export function renderSquashOutcome({ tag }: SquashPlan, done: boolean): string {
  return done
    ? `Squashed. Commit the folder. A database that has all of it has \`${tag}\`; one that is half way through is refused.\n`
    : 'Nothing was changed.\n';
}

export function squashJson(plan: SquashPlan, about: { readonly done: boolean; readonly dryRun: boolean }): unknown {
  const { edits, ...rest } = plan;
  return { command: 'baseline --squash', ok: true, ...about, ...rest, files: edits };
}

import type { BaselinePlan } from '../api/baseline.js';
import { describeDifferences } from '../baseline/describe.js';
import type { Colors } from './terminal.js';
import { renderFinding } from './terminal.js';
import { plural } from './text.js';

/** What `migrator baseline` would mark, before anybody is asked. */
export function renderBaseline(plan: BaselinePlan, color: Colors): string {
  const { tag, proof, differences, extensions, edits, findings } = plan;
  const lines: string[] = [];
  if (proof === 'equal')
    lines.push(
      tag === undefined
        ? 'The database has nothing of what the migrations make.'
        : `The database equals what the migrations up to ${color.bold(tag)} make: proven by catalog.`,
    );
  if (proof === 'accepted') {
    lines.push(
      differences.length > 0
        ? `The database differs from what the migrations up to ${tag} make, which is accepted:`
        : `The migrations up to ${tag} do not run on a new database: nothing is proven, which is accepted.`,
    );
    if (differences.length > 0) lines.push(describeDifferences(differences));
  }
  if (extensions.length > 0)
    lines.push(color.dim(`Left out: extensions that no migration makes (${extensions.join(', ')}).`));
  if (edits.length > 0) {
    lines.push('', color.bold('Marked as applied'));
    lines.push(
      ...edits.map(({ tag: marked, when }) => `  ${color.green('+')} ${marked} ${color.dim(`stamped ${when}`)}`),
    );
  }
  const shown = findings.filter(({ severity }) => severity !== 'info');
  if (shown.length > 0) lines.push('', ...shown.flatMap((finding) => renderFinding(finding, color)));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** The last line: what was done, or would be. */
export function renderBaselineOutcome({ edits, pending }: BaselinePlan, done: boolean): string {
  const rest =
    pending.length === 0
      ? 'No migration is pending.'
      : `${plural(pending.length, 'migration')} to apply: \`migrator migrate\`.`;
  if (edits.length === 0) return `Nothing to mark. ${rest}\n`;
  const count = plural(edits.length, 'migration');
  return done ? `${count} marked as applied. ${rest}\n` : `${count} to mark; nothing was changed.\n`;
}

export function baselineJson(plan: BaselinePlan, about: { readonly done: boolean; readonly dryRun: boolean }): unknown {
  const { edits, ...rest } = plan;
  return { command: 'baseline', ok: true, ...about, ...rest, rows: edits };
}

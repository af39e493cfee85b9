import type { BaselinePlan } from '../api/baseline.js';
import { describeDifferences } from '../baseline/describe.js';
import { describeTrackingEdit } from '../database/tracking-edits.js';
import { renderFindings } from './findings.js';
import type { Colors } from './terminal.js';
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
  const marked = edits.filter(({ action }) => action === 'insert');
  const replaced = edits.filter(({ action }) => action !== 'insert');
  if (marked.length > 0) {
    lines.push('', color.bold('Marked as applied'));
    lines.push(...marked.map((edit) => `  ${color.green('+')} ${edit.tag} ${color.dim(`stamped ${edit.when}`)}`));
  }
  if (replaced.length > 0)
    lines.push(
      '',
      color.bold('One row for all that a squash stands for'),
      ...replaced.map((edit) => `  ${describeTrackingEdit(edit)}`),
    );
  const shown = findings.filter(({ severity }) => severity !== 'info');
  if (shown.length > 0) lines.push('', ...renderFindings(shown, color));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** The last line: what was done, or would be. */
export function renderBaselineOutcome({ edits, pending }: BaselinePlan, done: boolean): string {
  const rest =
    pending.length === 0
      ? 'No migration is pending.'
      : `${plural(pending.length, 'migration')} to apply: \`migrator migrate\`.`;
  if (edits.length === 0) return `Nothing to mark. ${rest}\n`;
  const marked = edits.filter(({ action }) => action === 'insert').length;
  const what = marked > 0 ? `${plural(marked, 'migration')} marked as applied` : 'The rows were put together';
  if (done) return `${what}. ${rest}\n`;
  return `${marked > 0 ? `${plural(marked, 'migration')} to mark` : 'Rows to put together'}; nothing was changed.\n`;
}

export function baselineJson(plan: BaselinePlan, about: { readonly done: boolean; readonly dryRun: boolean }): unknown {
  const { edits, ...rest } = plan;
  return { command: 'baseline', ok: true, ...about, ...rest, rows: edits };
}

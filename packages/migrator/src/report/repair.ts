import type { PlannedRepair } from '../api/repair.js';
import { renderFindings } from './findings.js';
import type { Colors } from './terminal.js';
import { plural } from './text.js';

/** What a repair will do, part by part, and what it leaves to be decided. */
export function renderRepair({ steps, findings }: PlannedRepair, color: Colors): string {
  const lines = (['folder', 'database'] as const).flatMap((part) => {
    const mine = steps.filter((step) => step.part === part);
    if (mine.length === 0) return [];
    const head = part === 'folder' ? 'In the folder' : 'In the tracking table';
    return [
      '',
      color.bold(head),
      ...mine.map(({ what, code }) => `  ${color.green('+')} ${what} ${color.dim(`[${code}]`)}`),
    ];
  });
  const open = (['warning', 'error'] as const).flatMap((wanted) =>
    findings.filter(({ severity }) => severity === wanted),
  );
  if (open.length > 0)
    lines.push('', color.bold(steps.length > 0 ? 'Left as it is' : 'Nothing to repair by itself; there is'));
  lines.push(...renderFindings(open, color));
  return lines.length === 0 ? '' : `${lines.slice(1).join('\n')}\n`;
}

/** The last line: what was done, or would be. */
export function renderOutcome({ steps, findings }: PlannedRepair, done: boolean, color: Colors): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const rest = errors > 0 ? ` ${color.red(plural(errors, 'fault'))} must be decided by a flag.` : '';
  if (steps.length === 0) return errors > 0 ? `Nothing was changed.${rest}\n` : 'Nothing to repair.\n';
  const count = plural(steps.length, 'repair');
  return `${done ? `${count} done` : `${count} planned; nothing was changed`}.${rest}\n`;
}

export function repairJson(
  { steps, fileEdits, trackingEdits, findings }: PlannedRepair,
  about: { readonly database: string | undefined; readonly done: boolean; readonly dryRun: boolean },
): unknown {
  const { database = null, done, dryRun } = about;
  return {
    command: 'repair',
    ok: findings.every(({ severity }) => severity !== 'error'),
    dryRun,
    done,
    database,
    steps,
    files: fileEdits,
    rows: trackingEdits,
    findings,
  };
}

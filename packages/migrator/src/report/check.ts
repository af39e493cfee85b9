import type { CheckReport } from '../api/check.js';
import { renderFindings } from './findings.js';
import type { Colors } from './terminal.js';
import { duration, plural } from './text.js';

type Trip = CheckReport['trips'][number];

/** One line as it happens: a rehearsal of a long history takes a while. */
export function renderTrip({ tag, outcome, withRows, durationMs }: Trip, color: Colors): string {
  const mark = { proven: color.green('✓'), 'one-way': color.blue('·'), failed: color.red('✗') }[outcome];
  const what = { proven: 'up, down, up', 'one-way': 'up; no way back', failed: 'failed' }[outcome];
  const rows = withRows ? '' : ', without rows';
  return `  ${mark} ${tag}  ${color.dim(`${what}${rows}, ${duration(durationMs)}`)}\n`;
}

/** What was found, the worst last, where the eye is. */
export function renderCheck({ findings, trips, migrations, checked, ok }: CheckReport, color: Colors): string {
  const lines: string[] = [];
  const shown = (['warning', 'error'] as const).flatMap((wanted) =>
    findings.filter(({ severity }) => severity === wanted),
  );
  if (shown.length > 0) lines.push(...(trips.length > 0 ? [''] : []), ...renderFindings(shown, color));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = shown.length - errors;
  const counts = [
    plural(migrations, 'migration'),
    ...(checked.length < migrations ? [`${checked.length} of them new`] : []),
  ].join(', ');
  const verdict = ok ? color.green('Good.') : color.red(`${plural(errors, 'fault')}.`);
  const proven = trips.filter(({ outcome }) => outcome === 'proven').length;
  lines.push(
    '',
    `${verdict} ${counts}; ${proven} proven up, down and up again${warnings > 0 ? `; ${plural(warnings, 'warning')}` : ''}.`,
  );
  return `${lines.join('\n')}\n`;
}

import type { CheckResult, DoctorReport } from '../api/doctor.js';
import type { Colors } from './terminal.js';
import { plural } from './text.js';

/** Names that one check lists; `--json` has all. */
const SHOWN = 5;

/** One check: a line, with its names and its remedy below where there is something to do. */
export function renderDoctorCheck({ status, title, message, fix, details = [] }: CheckResult, color: Colors): string {
  const marks = { ok: color.green('✓'), warn: color.yellow('!'), fail: color.red('✗'), unknown: color.dim('?') };
  const lines = [`${marks[status]} ${color.bold(title)}: ${message}`];
  lines.push(...details.slice(0, SHOWN).map((detail) => color.dim(`    ${detail}`)));
  if (details.length > SHOWN)
    lines.push(color.dim(`    … and ${details.length - SHOWN} more, all of them with \`--json\`.`));
  if (fix !== undefined && status !== 'ok') lines.push(`    ${color.bold('Remedy:')} ${fix}`);
  return `${lines.join('\n')}\n`;
}

export function renderDoctorVerdict({ counts }: DoctorReport, color: Colors): string {
  const { fail, warn, unknown } = counts;
  const also = [
    ...(warn > 0 ? [plural(warn, 'warning')] : []),
    ...(unknown > 0 ? [`${plural(unknown, 'check')} could not be made`] : []),
  ];
  const rest = also.length > 0 ? ` ${also.join('; ')}.` : '';
  const verdict = fail > 0 ? color.red(`${plural(fail, 'check')} failed.`) : color.green('Nothing failed.');
  return `\n${verdict}${rest} Nothing was changed.\n`;
}

/** docs/doctor-json.md describes it. */
export function doctorJson(report: DoctorReport): unknown {
  return { command: 'doctor', ...report };
}

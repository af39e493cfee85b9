import type { CheckReport } from '../api/check.js';
import { sourceExcerpt } from '../errors/source-excerpt.js';
import { type Blocking, blockingOf, type Rehearsal, sqlMode } from '../rehearsal/index.js';
import { renderChangeset } from './changeset.js';
import { renderFinding, renderFindings } from './findings.js';
import type { Colors } from './terminal.js';
import { duration, plural, table } from './text.js';

type Trip = CheckReport['trips'][number];
type CheckFinding = CheckReport['findings'][number];

/** One line as it happens: a rehearsal of a long history takes a while. */
export function renderTrip({ tag, outcome, rows: from, durationMs }: Trip, color: Colors): string {
  const mark = { proven: color.green('✓'), 'one-way': color.blue('·'), failed: color.red('✗') }[outcome];
  const what = { proven: 'up, down, up', 'one-way': 'up; no way back', failed: 'failed' }[outcome];
  const rows = { 'made-up': '', none: ', without rows', sample: ', with rows of the sample' }[from];
  return `  ${mark} ${tag}  ${color.dim(`${what}${rows}, ${duration(durationMs)}`)}\n`;
}

/** `The rows are those of sample.sql: 1,200 in 12 tables, as they lie behind `0041_x`.` */
export function describeSample({ file, after, rows, tables }: NonNullable<CheckReport['sample']>): string {
  const state = after === null ? 'in the empty database' : `behind \`${after}\``;
  return `Rehearsed on the rows of ${file}: ${rows.toLocaleString('en')} in ${plural(tables, 'table')}, loaded ${state}.`;
}

/** What others wait for: `public.songs: ACCESS EXCLUSIVE, rewritten, 1,000 rows read, held 12 ms until the commit`. */
export function renderLocks(rehearsal: Rehearsal, color: Colors): string {
  return blockingOf(rehearsal)
    .map((blocking) => `      ${color.dim(describeLock(blocking, rehearsal))}\n`)
    .join('');
}

export function describeLock(
  { table, partitions, mode, work, heldMs, statement }: Blocking,
  rehearsal: Rehearsal,
): string {
  const own = work.filter((part) => part.table === table);
  const rows = own.reduce((sum, part) => sum + part.rows, 0);
  const by = rehearsal.statements.find(({ index }) => index === statement);
  return [
    `${table}${partitions > 0 ? ` and ${plural(partitions, 'partition')}` : ''}: ${sqlMode(mode)}`,
    ...(own.some(({ action }) => action === 'rewritten') ? ['rewritten'] : []),
    ...(rows > 0 ? [`${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'} read`] : []),
    `held ${duration(heldMs)}${by?.mode === 'transaction' ? ' until the commit' : ''}`,
  ].join(', ');
}

/** More of the lint than this nobody reads; the rest is counted by rule. */
const SHOWN_OF_LINT = 25;

/** What was found, the worst last, where the eye is. */
export function renderCheck(report: CheckReport, color: Colors): string {
  const { findings, trips, ok } = report;
  const told = findings.filter(({ severity }) => severity !== 'info');
  const lint = told.filter(isOfLint);
  const rest = new Set(lint.slice(SHOWN_OF_LINT));
  const lines = (['warning', 'error'] as const).flatMap((wanted) => {
    const chosen = told.filter((finding) => finding.severity === wanted && !rest.has(finding));
    // The worst of the lint comes first there.
    const ofLint = chosen.filter(isOfLint).reverse();
    const others = chosen.filter((finding) => !isOfLint(finding));
    return [
      ...ofLint.flatMap((finding) => [...renderFinding(finding, color, excerptOf(finding, report)), '']),
      ...renderFindings(others, color, (finding) => excerptOf(finding, report)),
      ...(others.length > 0 ? [''] : []),
    ];
  });
  if (lines.length > 0 && trips.length > 0) lines.unshift('');
  if (rest.size > 0) lines.push(...renderRest([...rest], color), '');
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const notes = findings.length - told.length;
  const counts = [
    plural(report.migrations, 'migration'),
    ...(report.checked.length < report.migrations ? [`${report.checked.length} of them new`] : []),
  ].join(', ');
  const verdict = ok ? color.green('Good.') : color.red(`${plural(errors, 'fault')}.`);
  const proven = trips.filter(({ outcome }) => outcome === 'proven').length;
  const also = [
    ...(told.length > errors ? [plural(told.length - errors, 'warning')] : []),
    ...(notes > 0 ? [`${plural(notes, 'note')} with \`--json\``] : []),
  ];
  return `${[
    ...(lines.length > 0 ? lines : ['']),
    ...(report.sample ? [describeSample(report.sample)] : []),
    ...(report.changeset ? renderChangeset(report.changeset) : []),
    `${verdict} ${[counts, `${proven} proven up, down and up again`, ...also].join('; ')}.`,
  ].join('\n')}\n`;
}

function isOfLint(finding: CheckFinding): boolean {
  return 'statement' in finding || 'docs' in finding;
}

/** The lines around the place of a finding of the lint. */
export function excerptOf({ at }: CheckFinding, { sources }: Pick<CheckReport, 'sources'>): string | undefined {
  const source = at && sources.get(at.file);
  if (source === undefined || at?.line === undefined || at.column === undefined) return undefined;
  return sourceExcerpt(source, { line: at.line, column: at.column }, 1);
}

function renderRest(findings: readonly CheckFinding[], color: Colors): string[] {
  const counts = new Map<string, number>();
  for (const { code } of findings) counts.set(code, (counts.get(code) ?? 0) + 1);
  const rows = [...counts].sort(([, a], [, b]) => b - a).map(([code, count]) => [`  ${code}`, String(count)]);
  return [
    `  ${findings.length} more, all of them with \`--json\`:`,
    ...table(rows),
    `  ${color.bold('Fix:')} What is history need not be told: name its last migration in drizzle.config.ts, \`migrator: { lint: { since: '<tag>' } }\`, or use \`--since origin/main\`.`,
  ];
}

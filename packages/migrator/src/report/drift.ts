import type { AdoptReport } from '../api/adopt-drift.js';
import type { AcceptReport, DriftReport } from '../api/drift.js';
import { describeDifference } from '../baseline/describe.js';
import { renderFindings } from './findings.js';
import type { Colors } from './terminal.js';
import { plural } from './text.js';

type Difference = DriftReport['differences'][number];

/** As many as a terminal shows; `--json` and `--html` have all. */
const SHOWN = 40;
const RISKS: Readonly<Record<NonNullable<Difference['risk']>, string>> = {
  destroys: 'Mending it destroys what is stored there.',
  converts: 'Mending it converts what is stored there: what does not fit is refused, or loses digits.',
};
/** Lines of one text that a terminal shows. */
const LINES = 12;

/** What has drifted, object by object, with the SQL both ways; the verdict last, where the eye is. */
export function renderDrift(report: DriftReport, color: Colors): string {
  const { differences, accepted, leftOut, findings } = report;
  const lines = [`Database ${color.bold(report.database)}`];
  const told = renderFindings(findings, color);
  if (told.length > 0) lines.push('', ...told);
  for (const difference of differences.slice(0, SHOWN)) lines.push('', ...renderDifference(difference, color));
  if (differences.length > SHOWN)
    lines.push('', `  … and ${differences.length - SHOWN} more, all of them with \`--json\` or \`--html <file>\`.`);
  if (accepted.length > 0) {
    lines.push('', color.bold('Accepted'));
    lines.push(...accepted.map((each) => `  ${color.dim('·')} ${describeDifference(each)}: ${each.reason}`));
  }
  if (leftOut.length > 0) lines.push('', color.dim(`Left out as others' own: ${describeLeftOut(report)}.`));
  lines.push('', verdict(report, color));
  if (differences.length > 0) lines.push(...nextSteps(report, color));
  return `${lines.join('\n')}\n`;
}

/** `2 of Supabase, 1 of a job queue`. */
export function describeLeftOut({ leftOut }: Pick<DriftReport, 'leftOut'>): string {
  const owners = new Map<string, string[]>();
  for (const { owner, name } of leftOut) owners.set(owner, [...(owners.get(owner) ?? []), name]);
  return [...owners]
    .map(([owner, names]) => `${names.length > 3 ? plural(names.length, 'object') : names.join(', ')} of ${owner}`)
    .join('; ');
}

function renderDifference(difference: Difference, color: Colors): string[] {
  const { key, parts, expected, actual, mend, adopt, risk, impossible, change } = difference;
  const inside = parts.length > 0 ? color.dim(`, with ${plural(parts.length, 'object')} in it`) : '';
  const label = (word: string, text: string) => indented(`    ${`${word}:`.padEnd(10)}`, text);
  const script = (statements: readonly string[]) => statements.map((sql) => `${sql};`).join('\n');
  return [
    `  ${color.red('✗')} ${describeDifference(difference)}${inside} ${color.dim(`[${key}]`)}`,
    ...(expected !== undefined ? label('expected', expected) : []),
    ...(actual !== undefined && change !== 'missing' ? label('actual', actual) : []),
    ...(impossible === undefined ? [] : label('mend', `no statement does it. ${impossible}`)),
    ...(mend.length > 0 ? label('mend', script(mend)) : []),
    ...(risk ? [`    ${color.yellow('!')} ${RISKS[risk]}`] : []),
    ...(adopt.length > 0 ? label('adopt', script(adopt)) : []),
  ];
}

function indented(head: string, text: string): string[] {
  const lines = text.trim().split('\n');
  const shown =
    lines.length > LINES ? [...lines.slice(0, LINES - 1), `… ${lines.length - LINES + 1} more lines`] : lines;
  return shown.map((line, index) => (index === 0 ? head : ' '.repeat(head.length)) + line);
}

function verdict({ applied, pending, differences, accepted }: DriftReport, color: Colors): string {
  const also = [
    ...(accepted.length > 0 ? [`${plural(accepted.length, 'known difference')} accepted`] : []),
    ...(pending.length > 0 ? [`${plural(pending.length, 'migration')} pending, which is no drift`] : []),
  ];
  const rest = also.length > 0 ? ` (${also.join('; ')})` : '';
  const history =
    applied.length === 1 ? 'its applied migration makes' : `its ${applied.length} applied migrations make`;
  if (differences.length === 0) return `${color.green('No drift.')} The database is what ${history}${rest}.`;
  const many = differences.length === 1 ? 'one object is' : `${differences.length} objects are`;
  return `${color.red('Drift:')} ${many} not what ${history}${rest}. Nothing was changed.`;
}

function nextSteps({ differences }: DriftReport, color: Colors): string[] {
  const [first] = differences;
  return [
    `  ${color.bold('Mend the database:')}  \`migrator drift --sql mend\` prints the statements, in an order that works`,
    `  ${color.bold('Keep what it has:')}   \`migrator drift --adopt <name>\` writes it as a migration`,
    `  ${color.bold('Leave it so:')}        \`migrator drift --accept '${first?.key ?? ''}' --reason <why>\``,
  ];
}

/** A whole script, to be read before anybody runs it. */
export function renderScript(report: DriftReport, direction: 'mend' | 'adopt'): string {
  const { statements, impossible } = report[direction];
  if (!report.drifted) return `-- No drift: ${report.database} is what its applied migrations make.\n`;
  const isConcurrent = statements.some((sql) => / CONCURRENTLY /.test(sql));
  const about =
    direction === 'mend'
      ? `makes ${report.database} what its applied migrations make`
      : `makes what ${report.database} has, of what its applied migrations make`;
  return `${[
    `-- migrator drift: ${about}. Read it first: nothing has run it.`,
    ...(isConcurrent ? ['-- Statement by statement, not in one transaction: indexes are built CONCURRENTLY.'] : []),
    ...(direction === 'mend' ? lossesOf(report).map((name) => `-- Destroys what is stored in ${name}.`) : []),
    ...impossible.map(({ key, why }) => `-- Not in it: ${key}. ${why}`),
    ...statements.map((sql) => `${sql};`),
  ].join('\n')}\n`;
}

function lossesOf({ differences }: DriftReport): string[] {
  return differences.filter(({ risk }) => risk === 'destroys').map(({ kind, name }) => `${kind} ${name}`);
}

export function renderAccepted({ file, added, left }: AcceptReport, color: Colors): string {
  const lines = added.map(({ object, reason }) => `  ${color.green('+')} ${object}: ${reason}`);
  const rest = left > 0 ? ` ${plural(left, 'difference')} not accepted.` : '';
  return `${lines.join('\n')}\nWritten to ${file}; commit it.${rest}\n`;
}

export function renderAdopted({ migration, impossible, destroys, written }: AdoptReport, color: Colors): string {
  if (!migration) return `${color.green('No drift:')} there is nothing to adopt.\n`;
  const { tag, path, downPath, up, down } = migration;
  const left = [
    ...impossible.map(({ key, why }) => `${color.yellow('!')} Not in it: ${key}. ${why}\n`),
    ...destroys.map((name) => `${color.yellow('!')} Wherever ${name} is still, it destroys what is stored there.\n`),
  ].join('');
  if (!written) return `-- ${path}\n${up}\n-- ${downPath}\n${down}${left}Nothing was written.\n`;
  return `${color.green('Wrote')} ${path} and ${downPath}: proven on scratch, both ways.
${left}This database has it already: \`migrator repair --mark-applied ${tag}\`.
What schema.ts can say, say there too; then \`migrator repair --rebuild-snapshot ${tag}\` tells drizzle-kit.
`;
}

/** docs/drift-json.md describes it. */
export function driftJson(report: DriftReport): unknown {
  return { command: 'drift', ok: true, ...report };
}

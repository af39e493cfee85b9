import type { CheckReport } from '../api/check.js';
import { changesetSection } from './changeset.js';
import { describeSample, excerptOf } from './check.js';
import { plural } from './text.js';

/** A limit of GitHub's comments, with room to spare; a step summary may have sixteen times as much. */
const MOST = 50;

/** The report for a pull request's comment or a step summary. */
export function renderMarkdown(report: CheckReport): string {
  const { findings, trips, ok, migrations, checked } = report;
  const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
  const proven = trips.filter(({ outcome }) => outcome === 'proven').length;
  const told = findings.filter(({ severity }) => severity !== 'info');
  const ranked = [...told].sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
  const scope =
    checked.length < migrations
      ? `${checked.length} of ${plural(migrations, 'migration')}`
      : plural(migrations, 'migration');
  return [
    `## ${ok ? '✅' : '❌'} migrator check`,
    '',
    `${scope}; ${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}, ${plural(count('info'), 'note')}; ${proven} proven up, down and up again.`,
    '',
    ...(report.sample ? [describeSample(report.sample), ''] : []),
    ...(report.changeset ? changesetSection(report.changeset) : []),
    ...ranked.slice(0, MOST).flatMap((finding) => section(finding, report)),
    ...(ranked.length > MOST ? [`${ranked.length - MOST} more are in the log.`, ''] : []),
  ].join('\n');
}

function section(finding: CheckReport['findings'][number], report: CheckReport): string[] {
  const { severity, code, at, message, consequence, fix } = finding;
  const excerpt = excerptOf(finding, report);
  const place = at ? ` · \`${at.file}${at.line === undefined ? '' : `:${at.line}`}\`` : '';
  return [
    `### ${severity === 'error' ? '❌' : '⚠️'} ${code}${place}`,
    '',
    message,
    '',
    // Four backticks: SQL may hold three.
    ...(excerpt === undefined ? [] : ['````sql', excerpt, '````', '']),
    ...(consequence ? [consequence, ''] : []),
    `**Fix:** ${fix}`,
    '',
  ];
}

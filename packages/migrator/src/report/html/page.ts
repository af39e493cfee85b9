import type { CheckReport } from '../../api/check.js';
import { describeSample, excerptOf } from '../check.js';
import { plural } from '../text.js';
import { renderDocument } from './document.js';
import { html, type Markup, prose } from './markup.js';
import { migrationSection } from './migration.js';

/** The report of a check as one page. */
export function renderHtml(report: CheckReport): string {
  const { findings, trips, ok, migrations, checked } = report;
  const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
  return renderDocument({
    title: 'migrator check',
    header: html`<h1>migrator check: ${ok ? html`<span class="good">good</span>` : html`<span class="error">${plural(count('error'), 'fault')}</span>`}</h1>
<p class="soft">${plural(migrations, 'migration')}, ${checked.length} looked at; ${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}, ${plural(count('info'), 'note')}.</p>${report.sample && html`<p class="soft">${describeSample(report.sample)}</p>`}`,
    main: html`<h2>Findings</h2>
${findings.length === 0 ? html`<p>None.</p>` : rank(findings).map((finding) => findingSection(finding, report))}
<h2>Migrations</h2>
${trips.length === 0 ? html`<p>None was run.</p>` : html`${KEY}${trips.map((trip) => migrationSection(trip, report))}`}`,
  });
}

type CheckFinding = CheckReport['findings'][number];

function rank(findings: readonly CheckFinding[]): readonly CheckFinding[] {
  const order = ['error', 'warning', 'info'];
  return [...findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

function findingSection(finding: CheckFinding, report: CheckReport): Markup {
  const { code, severity, at, tag, message, consequence, fix } = finding;
  const excerpt = excerptOf(finding, report);
  const isRun = tag !== undefined && report.trips.some((trip) => trip.tag === tag);
  return html`<article class="finding ${severity}">
<h3>${severity}: ${code}</h3>
${at && html`<p class="soft"><code>${at.file}${at.line !== undefined && `:${at.line}`}</code>${isRun && html` · <a href="${`#migration-${tag}`}">what it did</a>`}</p>`}
<p>${prose(message)}</p>
${excerpt !== undefined && html`<pre>${excerpt}</pre>`}
${consequence !== undefined && html`<p>${prose(consequence)}</p>`}
<p><strong>Fix:</strong> ${prose(fix)}</p>
</article>`;
}

const swatch = (name: string, text: string) =>
  html`<span><svg viewBox="0 0 14 14" aria-hidden="true"><rect width="14" height="14" rx="2" class="${name}"/></svg>${text}</span>`;

const KEY = html`<p class="key soft">${swatch('light', 'statement')}${swatch('scan', 'reads a table')}${swatch('rewrite', 'writes a table anew')}${swatch('writes', 'lock: writes wait')}${swatch('all', 'lock: reads and writes wait')}<span>dashed line: a new transaction</span></p>`;

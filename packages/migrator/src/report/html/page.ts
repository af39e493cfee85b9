import { createHash } from 'node:crypto';
import type { CheckReport } from '../../api/check.js';
import { VERSION } from '../../version.js';
import { describeSample, excerptOf } from '../check.js';
import { plural } from '../text.js';
import { html, Markup } from './markup.js';
import { migrationSection } from './migration.js';
import { STYLE } from './style.js';

/**
 * The report of a check as one page: opens from a file, asks nobody for anything, runs no script. All that comes from files
 * and servers is text in it; the page's policy would refuse it as anything else.
 */
export function renderHtml(report: CheckReport): string {
  const { findings, trips, ok, migrations, checked } = report;
  const digest = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`;
  const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${`@melodia/migrator ${VERSION}`}">
<title>migrator check</title>
${new Markup(`<style>${STYLE}</style>`)}
</head>
<body>
<header>
<h1>migrator check: ${ok ? html`<span class="good">good</span>` : html`<span class="error">${plural(count('error'), 'fault')}</span>`}</h1>
<p class="soft">${plural(migrations, 'migration')}, ${checked.length} looked at; ${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}, ${plural(count('info'), 'note')}.</p>
${report.sample && html`<p class="soft">${describeSample(report.sample)}</p>`}
</header>
<main>
<h2>Findings</h2>
${findings.length === 0 ? html`<p>None.</p>` : rank(findings).map((finding) => findingSection(finding, report))}
<h2>Migrations</h2>
${trips.length === 0 ? html`<p>None was run.</p>` : html`${KEY}${trips.map((trip) => migrationSection(trip, report))}`}
</main>
</body>
</html>
`;
  return page.text;
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
<p>${message}</p>
${excerpt !== undefined && html`<pre>${excerpt}</pre>`}
${consequence !== undefined && html`<p>${consequence}</p>`}
<p><strong>Fix:</strong> ${fix}</p>
</article>`;
}

const swatch = (name: string, text: string) =>
  html`<span><svg viewBox="0 0 14 14" aria-hidden="true"><rect width="14" height="14" rx="2" class="${name}"/></svg>${text}</span>`;

const KEY = html`<p class="key soft">${swatch('light', 'statement')}${swatch('scan', 'reads a table')}${swatch('rewrite', 'writes a table anew')}${swatch('writes', 'lock: writes wait')}${swatch('all', 'lock: reads and writes wait')}<span>dashed line: a new transaction</span></p>`;

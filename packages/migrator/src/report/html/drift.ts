import type { DriftReport } from '../../api/drift.js';
import { describeDifference } from '../../baseline/describe.js';
import { describeLeftOut } from '../drift.js';
import { plural } from '../text.js';
import { renderDocument } from './document.js';
import { html, type Markup, prose } from './markup.js';

type Difference = DriftReport['differences'][number];

/** Drift as one page, made as that of a check is. */
export function renderDriftHtml(report: DriftReport): string {
  const { differences, accepted, leftOut, findings, mend, adopt, applied, pending, servers } = report;
  return renderDocument({
    title: 'migrator drift',
    header: html`<h1>migrator drift: ${differences.length === 0 ? html`<span class="good">none</span>` : html`<span class="error">${plural(differences.length, 'object')}</span>`}</h1>
<p class="soft">${report.database}, Postgres ${servers.live}; compared with what ${plural(applied.length, 'applied migration')} made on Postgres ${servers.scratch}. ${plural(pending.length, 'migration')} pending, which is no drift.</p>`,
    main: html`${findings.map(
      ({ severity, code, message, consequence, fix }) => html`<article class="finding ${severity}">
<h3>${severity}: ${code}</h3><p>${prose(message)}</p>${consequence !== undefined && html`<p>${prose(consequence)}</p>`}<p><strong>Fix:</strong> ${prose(fix)}</p>
</article>`,
    )}
<h2>Differences</h2>
${differences.length === 0 ? html`<p>None.</p>` : differences.map(section)}
${script('All that mends the database, in an order that works', mend)}
${script('All that a migration would make, to adopt what the database has', adopt)}
<h2>Accepted</h2>
${accepted.length === 0 ? html`<p>None.</p>` : html`<ul>${accepted.map((each) => html`<li>${describeDifference(each)}: ${each.reason}</li>`)}</ul>`}
${leftOut.length > 0 && html`<h2>Left out</h2><p>${describeLeftOut(report)}.</p>`}`,
  });
}

function section(difference: Difference): Markup {
  const { key, parts, expected, actual, mend, adopt, risk, impossible } = difference;
  return html`<article class="finding error">
<h3>${describeDifference(difference)}${risk !== undefined && html`<span class="badge warning">mending ${risk} data</span>`}</h3>
<p class="soft"><code>${key}</code>${parts.length > 0 && html` with ${parts.join(', ')}`}</p>
${expected !== undefined && html`<p>By the migrations:</p><pre>${expected}</pre>`}
${actual !== undefined && html`<p>In the database:</p><pre>${actual}</pre>`}
${impossible !== undefined && html`<p>No statement mends it. ${impossible}</p>`}
${statements('Mend the database', mend)}
${statements('Adopt it', adopt)}
</article>`;
}

function statements(title: string, list: readonly string[]): Markup {
  return html`${list.length > 0 && html`<details><summary>${title}</summary><pre>${list.map((sql) => `${sql};`).join('\n')}</pre></details>`}`;
}

function script(title: string, { statements: list }: DriftReport['mend']): Markup {
  return html`${list.length > 0 && html`<h2>${title}</h2><p class="soft">Nothing has run it.</p><pre>${list.map((sql) => `${sql};`).join('\n')}</pre>`}`;
}

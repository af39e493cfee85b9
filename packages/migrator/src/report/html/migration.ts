import type { CheckReport } from '../../api/check.js';
import { describeBlocking, sqlMode } from '../../rehearsal/index.js';
import { describeLock } from '../check.js';
import { duration, plural } from '../text.js';
import { html, type Markup, prose } from './markup.js';
import { timeline } from './timeline.js';

type Rehearsal = CheckReport['rehearsals'][number];
type RehearsedStatement = Rehearsal['statements'][number];
type Trip = CheckReport['trips'][number];

const OUTCOMES: Readonly<Record<Trip['outcome'], readonly [name: string, text: string]>> = {
  proven: ['good', 'up, down and up again'],
  'one-way': ['soft', 'up; no way back'],
  failed: ['error', 'failed'],
};

const ROWS: Readonly<Record<Trip['rows'], string>> = {
  sample: 'with rows of the sample',
  'made-up': 'with made-up rows',
  none: 'without rows',
};

/** What one migration did on scratch. */
export function migrationSection(trip: Trip, { rehearsals, classifications }: CheckReport): Markup {
  const rehearsal = rehearsals.find(({ tag }) => tag === trip.tag);
  const classification = classifications.find(({ tag }) => tag === trip.tag);
  const [name, outcome] = OUTCOMES[trip.outcome];
  return html`<article id="${`migration-${trip.tag}`}">
<h3>${trip.tag} <span class="badge ${name}">${outcome}</span>${classification && html`<span class="badge">${classification.phase}</span>`}</h3>
${rehearsal && details(rehearsal, trip)}
${
  classification &&
  classification.changes.length > 0 &&
  html`<details><summary>${plural(classification.changes.length, 'change')} for the release before it</summary><ul>${classification.changes.map(
    ({ effect, message }) =>
      html`<li><span class="${effect === 'breaks' ? 'warning' : 'soft'}">${effect === 'breaks' ? 'breaks' : 'may refuse'}</span> ${prose(message)}</li>`,
  )}</ul></details>`
}
</article>`;
}

function details(rehearsal: Rehearsal, { rows }: Trip): Markup {
  const { statements, blocking, durationMs, serverVersion } = rehearsal;
  return html`<p class="soft">${plural(statements.length, 'statement')} in ${duration(durationMs)} on Postgres ${serverVersion}, ${ROWS[rows]}</p>
${timeline(rehearsal)}
${blocking.length > 0 && html`<ul>${blocking.map((lock) => html`<li>${describeLock(lock, rehearsal)}${lock.seconds !== undefined && html`<br><strong>${describeBlocking(lock, statements)}</strong>`}</li>`)}</ul>`}
<details><summary>Statements</summary><div class="scroll"><table><thead><tr><th scope="col">Line</th><th scope="col">SQL</th><th scope="col">New locks on tables that were there</th><th scope="col">Rewritten</th><th scope="col">Rows read</th><th scope="col">Took</th><th scope="col">Locks held</th></tr></thead><tbody>${statements.map(row)}</tbody></table></div></details>`;
}

/** More of a statement than this is data. */
const SHOWN = 600;

function row({ line, text, locks, rewrites, reads, durationMs, heldMs, measured }: RehearsedStatement): Markup {
  const there = locks.filter(({ existed, kind }) => existed && kind !== 'index');
  const tables = rewrites.filter(({ existed, kind }) => existed && kind !== 'index');
  const read = reads.filter(({ existed }) => existed);
  return html`<tr><td class="number">${line}</td><td><pre>${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}</pre></td>
<td>${there.map(({ relation, mode }) => html`${relation}: ${sqlMode(mode)}<br>`)}${measured === 'sampled' && html`<span class="soft">seen while it ran</span>`}</td>
<td>${tables.map(({ relation }) => html`${relation}<br>`)}</td><td>${read.map(({ relation, rows }) => html`${relation}: ${rows.toLocaleString('en')}<br>`)}</td>
<td class="number">${duration(durationMs)}</td><td class="number">${there.length > 0 && duration(heldMs)}</td></tr>`;
}

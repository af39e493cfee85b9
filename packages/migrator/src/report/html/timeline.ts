import type { CheckReport } from '../../api/check.js';
import { sqlMode } from '../../rehearsal/index.js';
import { duration } from '../text.js';
import { html, type Markup } from './markup.js';

type Rehearsal = CheckReport['rehearsals'][number];
type RehearsedStatement = Rehearsal['statements'][number];

/** Pixels of the drawing, which is scaled to the page. */
const WIDTH = 960;
const LABELS = 240;
/** Characters that fit in front of the bars. */
const LABEL = 25;
const ROW = 26;
const LEAST = 3;

interface Span {
  readonly x: number;
  readonly width: number;
}

/** Statements side by side, as long as they took, and below them every table that others wait for, as long as it is locked. */
export function timeline(rehearsal: Rehearsal): Markup {
  const { statements, blocking, tag } = rehearsal;
  const spans = layOut(statements);
  const height = (blocking.length + 1) * ROW + 8;
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${`Timeline of ${tag}: ${statements.length} statements, ${blocking.length} locked tables. The table below says the same.`}">
${transactions(statements, spans, height)}
<text x="0" y="${18}" class="label">statements</text>
${statements.map((statement, index) => bar(spans[index], 0, `statement ${weight(statement)}`, title(statement)))}
${blocking.map((lock, row) => {
  const first = statements.findIndex(({ index }) => index === lock.statement);
  const transaction = statements[first]?.transaction;
  const last = statements.findLastIndex((statement) => statement.transaction === transaction);
  const from = spans[first];
  const to = spans[last];
  const span = from && to && { x: from.x, width: to.x + to.width - from.x };
  const strength = lock.blocks === 'writes' ? 'writes' : 'all';
  const what = `${lock.table}: ${sqlMode(lock.mode)}, ${lock.blocks} wait for ${duration(lock.heldMs)}`;
  return html`<text x="0" y="${(row + 1) * ROW + 18}" class="label">${shorten(lock.table)}</text>${bar(span, row + 1, `lock ${strength}`, what)}${modeText(span, row + 1, sqlMode(lock.mode))}`;
})}
</svg>`;
}

/** As wide as they are long, yet none too thin to be seen. */
function layOut(statements: readonly RehearsedStatement[]): Span[] {
  const total = statements.reduce((sum, { durationMs }) => sum + durationMs, 0) || 1;
  const least = Math.min(LEAST, (WIDTH - LABELS) / Math.max(1, statements.length));
  const free = WIDTH - LABELS - least * statements.length;
  let x = LABELS;
  return statements.map(({ durationMs }) => {
    const span = { x, width: least + (free * durationMs) / total };
    x += span.width;
    return span;
  });
}

function transactions(statements: readonly RehearsedStatement[], spans: readonly Span[], height: number): Markup[] {
  return statements.flatMap(({ transaction }, index) => {
    const isFirst = statements[index - 1]?.transaction !== transaction;
    const span = spans[index];
    // A line where a transaction begins.
    return isFirst && index > 0 && span
      ? [html`<line x1="${round(span.x)}" x2="${round(span.x)}" y1="0" y2="${height}" class="commit"/>`]
      : [];
  });
}

function bar(span: Span | undefined, row: number, name: string, text: string): Markup {
  if (!span) return html``;
  return html`<rect x="${round(span.x)}" y="${row * ROW + 4}" width="${round(Math.max(1, span.width - 1))}" height="${ROW - 8}" rx="2" class="${name}"><title>${text}</title></rect>`;
}

/** Not by its colour alone. */
function modeText(span: Span | undefined, row: number, mode: string): Markup {
  if (!span || span.width < mode.length * 8 + 12) return html``;
  return html`<text x="${round(span.x + 6)}" y="${row * ROW + 17}" class="mode">${mode}</text>`;
}

function weight({ rewrites, reads }: RehearsedStatement): string {
  if (rewrites.some(({ existed }) => existed)) return 'rewrite';
  return reads.some(({ existed }) => existed) ? 'scan' : 'light';
}

function title({ line, text, durationMs }: RehearsedStatement): string {
  return `line ${line}, ${duration(durationMs)}: ${text.replace(/\s+/g, ' ').slice(0, 120)}`;
}

/** In the middle: long names of one project begin alike. */
function shorten(name: string): string {
  if (name.length <= LABEL) return name;
  const kept = LABEL - 1;
  return `${name.slice(0, Math.ceil(kept / 2))}…${name.slice(-Math.floor(kept / 2))}`;
}

function round(value: number): string {
  return value.toFixed(1);
}

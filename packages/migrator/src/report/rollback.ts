import type { ParkedDrop } from '../api/purge.js';
import type { RollbackPreview } from '../api/read-rollback.js';
import type { RedoResult } from '../api/redo.js';
import type { RunResult } from '../core/types.js';
import { renderFindings } from './findings.js';
import { runJson } from './json.js';
import type { Colors } from './terminal.js';
import { plain, plural, table } from './text.js';

/** What will be rolled back, with which SQL, and what that destroys: everything that has to be known before a yes. */
export function renderPreview(preview: RollbackPreview, color: Colors): string {
  const { plan } = preview;
  const lines = renderFindings(
    plan.findings.filter(({ severity }) => severity !== 'info'),
    color,
  );
  if (plan.steps.length > 0) lines.push('To be rolled back, newest first:');
  const rows = plan.steps.map(({ tag, path, source, startAt }) => [
    `  ${tag}`,
    color.dim(
      `${source === 'log' ? 'SQL of the log' : path}${startAt > 0 ? `, from statement ${startAt + 1} on` : ''}`,
    ),
  ]);
  lines.push(...table(rows, (cell) => plain(cell).length), ...renderLosses(preview, color));
  return lines.map((line) => `${line}\n`).join('');
}

export function renderLosses(
  { losses, uncounted }: Pick<RollbackPreview, 'losses' | 'uncounted'>,
  color: Colors,
): string[] {
  const counted = losses.map(({ tag, kind, name, rows, estimated }) => {
    const noun = kind === 'table' ? 'row' : 'value';
    return `  ${estimated ? 'about ' : ''}${plural(rows, noun)} of ${kind} ${name} ${color.dim(`(${tag})`)}`;
  });
  if (uncounted.length === 0)
    return losses.length === 0
      ? [color.dim('No data would be lost.')]
      : [color.yellow('Data that would be lost:'), ...counted];
  return [
    ...(losses.length === 0 ? [] : [color.yellow('Data that would be lost:'), ...counted]),
    color.yellow('What these would destroy cannot be counted:'),
    ...uncounted.map(({ what, path, line }) => `  ${what} ${color.dim(`(${path}:${line})`)}`),
  ];
}

/** The sentence that is to be answered with yes. */
export function rollbackQuestion({ plan, losses, uncounted }: RollbackPreview, again: boolean): string {
  const what = `${again ? 'Roll back and apply again' : 'Roll back'} ${plural(plan.steps.length, 'migration')}`;
  return losses.length + uncounted.length === 0 ? `${what}?` : `${what}, and lose these data?`;
}

export function previewJson(command: string, preview: RollbackPreview, database: string): unknown {
  const { plan, losses, uncounted } = preview;
  return { command, ok: true, dryRun: true, database, losses, uncounted, ...plan };
}

export function rollbackJson(result: RunResult, preview: RollbackPreview, database: string): unknown {
  return { command: 'rollback', ok: true, database, ...runJson(result), ...aboutJson(preview) };
}

export function redoJson({ down, up }: RedoResult, preview: RollbackPreview, database: string): unknown {
  return { command: 'redo', ok: true, database, down: runJson(down), up: runJson(up), ...aboutJson(preview) };
}

function aboutJson({ plan, losses, uncounted }: RollbackPreview): object {
  const sources = plan.steps.map(({ tag, source, path }) => ({ tag, source, path }));
  return { sources, losses, uncounted, findings: plan.findings };
}

/** Everything that is parked, marked where it is old enough to go. */
export function renderParked(drops: readonly ParkedDrop[], due: ReadonlySet<ParkedDrop>, color: Colors): string {
  const head = ['', 'parked', 'was', 'by', 'age', 'holds'].map((cell) => color.dim(cell));
  const rows = drops.map((drop) => [
    due.has(drop) ? color.red('✗') : color.green('·'),
    drop.kind,
    drop.name,
    drop.migration,
    age(drop.ageMs),
    holds(drop),
  ]);
  return table([head, ...rows], (cell) => plain(cell).length)
    .map((line) => `${line}\n`)
    .join('');
}

function holds({ exists, kind, count, bytes }: ParkedDrop): string {
  if (!exists) return 'nothing: it was dropped by hand';
  const rows = count && `${count.estimated ? 'about ' : ''}${plural(count.rows, kind === 'table' ? 'row' : 'value')}`;
  return [rows, bytes !== null && size(bytes)].filter(Boolean).join(', ');
}

/** `3 days`, `5 h`, `12 min`. */
export function age(ms: number): string {
  if (ms >= 2 * 86_400_000) return plural(Math.floor(ms / 86_400_000), 'day');
  return ms >= 3_600_000 ? `${Math.floor(ms / 3_600_000)} h` : `${Math.floor(ms / 60_000)} min`;
}

function size(bytes: number): string {
  if (bytes < 10_000) return `${bytes} bytes`;
  return bytes < 10_000_000 ? `${Math.round(bytes / 1000)} kB` : `${Math.round(bytes / 1_000_000)} MB`;
}

export function purgeJson(
  database: string,
  lists: {
    readonly drops: readonly ParkedDrop[];
    readonly due: ReadonlySet<ParkedDrop>;
    readonly purged: readonly ParkedDrop[];
    readonly dryRun: boolean;
  },
): unknown {
  const { drops, due, purged, dryRun } = lists;
  const json = (drop: ParkedDrop) => {
    const { kind, name, parkedAs, migration, parkedAt, ageMs, exists, bytes, count } = drop;
    return {
      kind,
      name,
      parkedAs,
      migration,
      parkedAt,
      ageMs: Math.round(ageMs),
      exists,
      bytes,
      rows: count ?? null,
      due: due.has(drop),
      purged: purged.includes(drop),
    };
  };
  return { command: 'purge', ok: true, ...(dryRun && { dryRun }), database, parked: drops.map(json) };
}

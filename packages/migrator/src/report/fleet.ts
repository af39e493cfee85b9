import type { FleetCounts, FleetEntry } from '../api/fleet.js';
import { MigratorError, redact } from '../errors/migrator-error.js';
import type { Colors } from './terminal.js';
import { duration, plain, plural, table } from './text.js';

/** What there is to say of a database that was reached. */
export interface FleetCell {
  readonly text: string;
  /** Not as it should be, though nothing has failed. */
  readonly isBehind?: boolean;
}

const MARKS = { done: '✓', failed: '✗', skipped: '-', 'not-begun': ' ' } as const;

/** One line of the table, also told when the database is done. */
export function fleetRow<T>(entry: FleetEntry<T>, cellOf: (value: T) => FleetCell, color: Colors): string[] {
  const { name, state, value, error, durationMs } = entry;
  const time = durationMs > 0 ? color.dim(duration(durationMs)) : '';
  if (state === 'failed') {
    const { code, message, where } = failureOf(error);
    return [
      color.red(MARKS.failed),
      name,
      time,
      `${firstLine(message)} ${color.dim(`[${code}]`)}${where ? color.dim(` at ${where}`) : ''}`,
    ];
  }
  if (state === 'skipped') return [color.dim(MARKS.skipped), name, time, color.dim('done by an earlier run')];
  if (state === 'not-begun') return [MARKS[state], name, time, color.yellow('not begun')];
  const { text = '', isBehind } = value === undefined ? {} : cellOf(value);
  return [isBehind ? color.yellow('!') : color.green(MARKS.done), name, time, isBehind ? color.yellow(text) : text];
}

/** All of them, what that comes to, and what to do about those that failed. */
export function renderFleet<T>(
  entries: readonly FleetEntry<T>[],
  cellOf: (value: T) => FleetCell,
  color: Colors,
  { again }: { readonly again: string },
): string {
  const rows = entries.map((entry) => fleetRow(entry, cellOf, color));
  const count = (state: FleetEntry<T>['state']) => entries.filter((entry) => entry.state === state).length;
  const [failed, left, skipped] = [count('failed'), count('not-begun'), count('skipped')];
  const totals = [
    `${plural(count('done'), 'database')} done`,
    skipped > 0 && `${skipped} done by an earlier run`,
    failed > 0 && color.red(`${failed} failed`),
    left > 0 && color.yellow(`${left} not begun`),
  ].filter(Boolean);
  const lines = ['', ...table(rows, (cell) => plain(cell).length), '', `${totals.join(', ')}.`];
  const next = failed > 0 || left > 0 ? [`  ${color.bold('Next:')} ${again}`] : [];
  return `${[...lines, ...next].join('\n')}\n`;
}

/** For the one line that a terminal shows meanwhile. */
export function fleetProgress({ done, failed, skipped, running, total }: FleetCounts, color: Colors): string {
  const bad = failed > 0 ? `, ${color.red(`${failed} failed`)}` : '';
  return `${done + failed + skipped}/${total} databases${bad}, ${running} at work`;
}

/** One document; `entryJson` gives the facts of one that was reached. */
export function fleetJson<T>(
  command: string,
  entries: readonly FleetEntry<T>[],
  entryJson: (value: T) => object,
): unknown {
  return {
    command,
    ok: entries.every(({ state }) => state === 'done' || state === 'skipped'),
    databases: entries.map(({ name, state, value, error, durationMs }) => ({
      ...{ name, state, durationMs },
      ...(value !== undefined && entryJson(value)),
      ...(state === 'failed' && { error: failureOf(error) }),
    })),
  };
}

export interface FleetFailure {
  readonly code: string;
  readonly exitCode: number;
  readonly message: string;
  readonly where?: string;
  readonly state?: string;
  readonly fix?: string;
}

export function failureOf(error: unknown): FleetFailure {
  if (!(error instanceof MigratorError))
    return { code: 'bug', exitCode: 1, message: redact(error instanceof Error ? error.message : String(error)) };
  const { code, exitCode, findings, where, state, fix } = error;
  const blocking = findings?.find(({ severity }) => severity === 'error');
  const found = blocking && { message: redact(blocking.message), code: blocking.code, fix: redact(blocking.fix) };
  return {
    ...{ code, exitCode, message: error.message },
    ...(where && { where }),
    ...(state && { state }),
    ...(fix && { fix }),
    ...found,
  };
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

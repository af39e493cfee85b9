import type { Phase } from '../core/types.js';
import type { Operation } from './operations.js';

const BREAKPOINT = '--> statement-breakpoint\n';

export interface FileNotes {
  readonly losses: readonly string[];
  readonly notes: readonly string[];
}

export interface FileTextOptions {
  readonly direction: 'up' | 'down';
  readonly breakpoints: boolean;
  readonly noTransaction: boolean;
  /** What the file says of itself in an expand/contract deployment; without one, nothing. */
  readonly phase?: Phase | undefined;
  /** Drops are parked, and can be taken back with their data. */
  readonly recoverable: boolean;
  /** What the way up has destroyed, so that the way down makes it anew and empty. */
  readonly gone: readonly string[];
  /** Losses and notes of no statement in particular. */
  readonly about?: FileNotes;
}

/** A migration file: directives, what it does to data, then the statements as drizzle-kit sets them. */
export function fileText(operations: readonly Operation[], options: FileTextOptions): string {
  const { direction, breakpoints, noTransaction, phase, recoverable, gone, about } = options;
  const losses = unique([...(about?.losses ?? []), ...operations.flatMap(({ loses }) => loses ?? [])]);
  const stops = unique([
    ...(about?.notes ?? []),
    ...operations.flatMap(({ mayFail, notes = [] }) => [...(mayFail === undefined ? [] : [mayFail]), ...notes]),
  ]);
  const header = [
    phase !== undefined && `-- migrator: phase=${phase}`,
    noTransaction && '-- migrator: no-transaction',
    recoverable && '-- migrator: recoverable',
    noTransaction &&
      direction === 'up' &&
      '-- Each statement runs by itself, so that the application can go on. `drizzle-kit migrate` cannot apply this file.',
    ...losses.map((loss) => `-- ${direction === 'down' ? 'Rolling back loses' : 'Loses'} ${loss}.`),
    ...unique(gone).map((loss) => `-- Does not bring back ${loss}.`),
    ...stops.map((stop) => `-- Note: ${stop}.`),
  ].filter((line) => typeof line === 'string');
  // A file without a statement is one that somebody has still to write.
  const statements =
    operations.length === 0 ? ['-- There is nothing to undo.\nSELECT 1;'] : operations.map(({ sql }) => `${sql};`);
  return `${[...header, ''].join('\n')}${statements.join(breakpoints ? BREAKPOINT : '\n')}\n`;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

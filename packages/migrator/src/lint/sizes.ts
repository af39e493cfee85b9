import type { Severity } from '../core/types.js';
import type { TableSize } from './context.js';

/** A table of this many bytes is read or written in well under a second. */
const SMALL = 10 * 1024 * 1024;

/** Its empty indexes have a page each. */
const EMPTY = 1024 * 1024;

/** What a rule's severity becomes where the size of the table is known; undefined: not worth a word. */
export function severityBySize(severity: Severity, size: TableSize | undefined): Severity | undefined {
  if (!size) return severity;
  if (size.rows <= 0 && size.bytes < EMPTY) return undefined;
  return size.bytes < SMALL ? 'info' : severity;
}

/** `41 GB, 120 million rows`. */
export function describeSize({ rows, bytes }: TableSize): string {
  const count = rows >= 1e6 ? `${round(rows / 1e6)} million rows` : `${Math.round(Math.max(rows, 0))} rows`;
  return `${describeBytes(bytes)}, ${count}`;
}

function describeBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log(bytes) / Math.log(1024)) : 0);
  return `${round(bytes / 1024 ** power)} ${units[power]}`;
}

function round(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}

import type { Migration } from './types.js';

/**
 * The name by which drizzle 1.0 knows a migration: that of its folder; for an entry of a 0.31 journal, the one that
 * `drizzle-kit up` gives it. Pure.
 */
export function folderNameOf({ tag, name, when }: Pick<Migration, 'tag' | 'name' | 'when'>): string {
  // What only has a tag, such as an entry of the log, may be of either layout.
  if (folderTime(tag) === when) return tag;
  return name ?? `${folderStamp(when)}_${tag.split('_').slice(1).join('_')}`;
}

/** `20250601120000`: a time as the names of drizzle 1.0 begin with it, in UTC, to the second. */
export function folderStamp(when: number): string {
  const date = new Date(when);
  const parts = [
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  return `${date.getUTCFullYear()}${parts.map((part) => String(part).padStart(2, '0')).join('')}`;
}

/** The time that a folder's name begins with, as drizzle 1.0 reads it; undefined where it begins with none. */
export function folderTime(name: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(name)?.slice(1).map(Number);
  if (!parts) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

import type { Work } from './blocking.js';

/** Rows and bytes of the tables of production, indexes included, by `schema.table`. */
export type TableSizes = Readonly<Record<string, { readonly rows: number; readonly bytes: number }>>;

/**
 * Bytes in a second. On purpose those of a modest cloud disk: a table is written anew, with its indexes, at 100 MB/s, and read
 * from the disk at 400 MB/s. What is in memory is faster; a busy server is slower.
 */
export const SPEED = { rewritten: 100e6, read: 400e6 } as const;

/** What the work would cost with the sizes of production; undefined where the size of no table is known. */
export function secondsOf(
  work: readonly Work[],
  sizes: TableSizes | undefined,
): { readonly bytes: number; readonly seconds: number } | undefined {
  const known = work.flatMap(({ table, action }) => {
    const size = sizes?.[table];
    return size ? [{ bytes: size.bytes, seconds: size.bytes / SPEED[action] }] : [];
  });
  if (known.length === 0) return undefined;
  return {
    bytes: known.reduce((sum, { bytes }) => sum + bytes, 0),
    seconds: known.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

import type { Comparison, MigrationStatus } from '../core/types.js';
import type { TrackingEdit } from '../database/tracking-edits.js';

/** Position of the newest migration that has a row; -1 without any. */
export function lastApplied({ statuses }: Comparison): number {
  return statuses.findLastIndex(({ row }) => row !== undefined);
}

/** The migrations up to a position that have no row. */
export function unmarked({ statuses }: Comparison, upTo: number): MigrationStatus[] {
  return statuses.slice(0, upTo + 1).filter(({ row, migration }) => !row && migration.file);
}

/** The rows that say what is there already, in the order of the journal, as drizzle would have written them. Pure. */
export function marksUpTo(comparison: Comparison, upTo: number, reason: string): TrackingEdit[] {
  return unmarked(comparison, upTo).map(({ migration: { tag, when, file, down } }) => ({
    action: 'insert',
    tag,
    when,
    hash: file?.hash ?? '',
    reason,
    ...(file && { upSql: file.sql }),
    ...(down && { downSql: down.sql }),
  }));
}

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

/** One row in the place of those of the migrations that a squash stands for: the last of them is kept, so that the order stays. Pure. */
export function squashMarks({ statuses }: Comparison, upTo: number): TrackingEdit[] {
  return statuses.slice(0, upTo + 1).flatMap(({ migration, squashed, missing }) => {
    const last = squashed?.at(-1);
    if (!last || !squashed || missing) return [];
    const { tag, when, file, down } = migration;
    const reason = `baseline: one row for all that ${tag} stands for`;
    const restamp: TrackingEdit = {
      action: 'restamp',
      id: last.id,
      tag,
      when,
      hash: file?.hash ?? '',
      reason,
      ...(file && { upSql: file.sql }),
      ...(down && { downSql: down.sql }),
    };
    const rest = squashed.slice(0, -1).map((row): TrackingEdit => {
      const known = migration.squash?.of.find(({ hash, when: stamp }) => hash === row.hash && stamp === row.createdAt);
      return { action: 'delete', id: row.id, tag: known?.tag ?? tag, hash: row.hash, when: row.createdAt ?? 0, reason };
    });
    return [restamp, ...rest];
  });
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

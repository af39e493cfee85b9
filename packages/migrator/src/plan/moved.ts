import type { AppliedRow, MigrationStatus } from '../core/types.js';

/** How the rows that stand before a migration came there, where the journal tells it. */
export type Overtaken =
  /** Of migrations that come behind it in the journal, some of them stamped anew since, as `rebase` does. */
  | { readonly by: 'moved'; readonly tags: readonly string[] }
  /** Some are of no migration of this folder: the database was on another branch. */
  | { readonly by: 'unknown'; readonly ids: readonly number[] };

/** Why a migration that is not applied has rows before it that are as late as itself; undefined where that is an old fault. Pure. */
export function overtakenBy(
  { when, position }: MigrationStatus['migration'],
  statuses: readonly MigrationStatus[],
  unknown: readonly AppliedRow[],
): Overtaken | undefined {
  const isAhead = ({ createdAt }: AppliedRow) => createdAt !== null && createdAt >= when;
  const ahead = statuses.filter(({ row }) => row && isAhead(row));
  const strange = unknown.filter(isAhead);
  if (!ahead.every(({ migration }) => migration.position > position)) return undefined;
  if (strange.length > 0) return { by: 'unknown', ids: strange.map(({ id }) => id) };
  const moved = ahead.filter(({ state }) => state === 'restamped');
  return moved.length === 0 ? undefined : { by: 'moved', tags: moved.map(({ migration }) => migration.tag) };
}

/**
 * Tags of what is not applied and stands before a migration whose row has another time than the journal: with the later time the row
 * would hide them. Pure.
 */
export function hiddenByRestamp(
  { migration }: MigrationStatus,
  statuses: readonly MigrationStatus[],
  newest: number | null,
): string[] {
  const latest = newest ?? 0;
  if (migration.when <= latest) return [];
  return statuses.flatMap(({ row, migration: { tag, when } }) =>
    !row && when <= migration.when && when > latest ? [tag] : [],
  );
}

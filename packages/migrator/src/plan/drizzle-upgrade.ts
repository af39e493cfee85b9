import type { AppliedRow, Migration } from '../core/types.js';

/** What drizzle-orm 1.0 makes of a tracking table of 0.31, before its first `migrate` there. */
export interface DrizzleUpgrade {
  /** The name that each row gets. */
  readonly names: ReadonlyMap<AppliedRow, string>;
  /** Rows that it finds no migration for: one such, and it refuses to run at all. */
  readonly unmatched: readonly AppliedRow[];
}

/**
 * Foretells how drizzle-orm 1.0 names the rows: by the second of `created_at` where one migration has that, whatever the
 * hash; by the hash among several; by the hash alone where none has it. It does not count, so two rows can get one name.
 * `migrations` are folders of drizzle 1.0, in the order of their names. Pure.
 */
export function foretellUpgrade(migrations: readonly Migration[], rows: readonly AppliedRow[]): DrizzleUpgrade {
  const names = new Map<AppliedRow, string>();
  const unmatched: AppliedRow[] = [];
  const sorted = migrations.toSorted((a, b) => a.when - b.when || a.tag.localeCompare(b.tag));
  for (const row of rows) {
    const second = Number(`${String(row.createdAt).slice(0, -3)}000`);
    const candidates = sorted.filter(({ when }) => when === second);
    const byHash = (list: readonly Migration[]) => list.filter(({ file }) => file?.hash === row.hash);
    const match =
      candidates.length === 1 ? candidates[0] : candidates.length > 1 ? byHash(candidates)[0] : byHash(sorted).at(-1);
    if (match) names.set(row, match.tag);
    else unmatched.push(row);
  }
  return { names, unmatched };
}

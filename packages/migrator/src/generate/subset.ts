import type { Rename } from './renames.js';
import type { Snapshot } from './snapshot.js';

/**
 * The two schemas without what cannot be built on scratch, or need not be, because it is the same in both and nothing that
 * changes depends on it.
 */
export function withoutBystanders(
  before: Snapshot,
  after: Snapshot,
  _renames: readonly Rename[],
): { before: Snapshot; after: Snapshot } {
  const bare = (snapshot: Snapshot): Snapshot => ({ ...snapshot, policies: {} });
  return { before: bare(before), after: bare(after) };
}

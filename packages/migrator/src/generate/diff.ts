import { type Changes, compareItems } from './changes.js';
import { itemsOf } from './items.js';
import { type Forms, type Operation, PLAIN } from './operations.js';
import { renameStatements } from './rename-statements.js';
import { applyRenames, type Rename } from './renames.js';
import type { Snapshot } from './snapshot.js';
import { statementsFor } from './statements.js';
import { schemasFor } from './type-statements.js';

/** What is to be done between two snapshots, the renames taken as done. Needs `loadParser`. */
export function changesBetween(before: Snapshot, after: Snapshot, renames: readonly Rename[]): Changes {
  return compareItems(itemsOf(applyRenames(before, renames)), itemsOf(after));
}

/** The statements that lead from one snapshot to another; none if they mean the same. Needs `loadParser`. */
export function diffSnapshots(
  before: Snapshot,
  after: Snapshot,
  renames: readonly Rename[] = [],
  forms: Forms = PLAIN,
): Operation[] {
  const start = applyRenames(before, renames);
  const changes = compareItems(itemsOf(start), itemsOf(after));
  const scene = { changes, before: start, after, forms };
  return [...schemasFor(scene), ...renameStatements(before, renames), ...statementsFor(scene)];
}

import { addConstraints, addViewsAndPolicies, renameParts } from './constraint-statements.js';
import { dropData, dropDependents, dropTypes } from './drop-statements.js';
import type { Operation } from './operations.js';
import type { Scene } from './scene.js';
import { makeTables, restoreParked } from './table-statements.js';
import { makeTypes, swapEnums } from './type-statements.js';

/**
 * Statements that carry out the changes, in an order that works: what stands in the way goes first and comes back last,
 * types outlive the columns made of them. `before` and `after` are the snapshots that were compared.
 */
export function statementsFor(scene: Scene): Operation[] {
  return [
    ...dropDependents(scene),
    ...dropData(scene),
    ...renameParts(scene),
    ...makeTypes(scene),
    ...restoreParked(scene),
    ...swapEnums(scene),
    ...makeTables(scene),
    ...addConstraints(scene),
    ...addViewsAndPolicies(scene),
    ...dropTypes(scene),
  ];
}

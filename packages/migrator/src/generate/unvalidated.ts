import { type Changes, compareItems } from './changes.js';
import { type Item, type ItemOf, itemsOf } from './items.js';
import { validate } from './online.js';
import type { Operation } from './operations.js';
import { applyRenames, type Rename } from './renames.js';
import { tableOf } from './scene.js';
import type { Snapshot } from './snapshot.js';

export type Guard = ItemOf<'check'> | ItemOf<'foreign-key'>;

/** Whether Postgres can hold new rows to it before it has read the old ones. */
export function isGuard(item: Item): item is Guard {
  return item.kind === 'check' || item.kind === 'foreign-key';
}

/** What goes and comes back in one transaction, NOT VALID: new rows are held to it all the time, old ones are read later. */
export function unvalidatedItems({ before, replaced }: Changes, deferred: ReadonlySet<string>): readonly Guard[] {
  return replaced.flatMap(({ to }) =>
    isGuard(to) && before.has(`table:${to.table}`) && !deferred.has(to.key) ? [to] : [],
  );
}

/**
 * Validates what a way back leaves where it is. The way there had to make it anew, and it is not valid when only the later
 * migration is rolled back. Fewer values of an enum need another type, but more do not.
 */
export function validateLeft(
  from: Snapshot,
  to: Snapshot,
  renames: readonly Rename[],
  unvalidated: ReadonlySet<string>,
): Operation[] {
  if (unvalidated.size === 0) return [];
  const { before, replaced, dropped, renamed } = compareItems(itemsOf(applyRenames(from, renames)), itemsOf(to));
  const remade = new Set([...dropped, ...replaced.map((replacement) => replacement.from)].map(({ key }) => key));
  const names = new Map(renamed.map((pair) => [pair.from.key, pair.to.name]));
  // Renames change no order.
  const moved = [...before.values()];
  return [...itemsOf(from).keys()].flatMap((key, index) => {
    const item = moved[index];
    if (!item || !unvalidated.has(key) || remade.has(item.key)) return [];
    return [validate(names.get(item.key) ?? item.name, tableOf(to, item))];
  });
}

import type { JournalEntry } from './journal.js';

/**
 * The entries of two branches in one journal, as git's merge of `meta/_journal.json` should be: what either has added is there,
 * what either has removed is gone, and an entry that one of them has changed is the changed one. In the order of `ours`; what
 * `theirs` has besides stands behind what it stood behind there. Numbers and stamps stay as they are: `rebase` puts them right.
 * Undefined where both have changed one entry, each in another way. Pure.
 */
export function mergeJournals(
  base: readonly JournalEntry[],
  ours: readonly JournalEntry[],
  theirs: readonly JournalEntry[],
): readonly JournalEntry[] | undefined {
  const [before, mine, other] = [base, ours, theirs].map((entries) => byKey(entries)) as [Keyed, Keyed, Keyed];
  const merged = new Map<string, JournalEntry>();
  for (const key of orderOf([...mine.keys()], [...other.keys()])) {
    const [was, a, b] = [before.get(key), mine.get(key), other.get(key)];
    const changed = [a, b].filter((entry) => JSON.stringify(entry) !== JSON.stringify(was));
    const [first, second] = changed;
    if (changed.length === 2 && JSON.stringify(first) !== JSON.stringify(second)) return undefined;
    const entry = changed.length > 0 ? first : was;
    if (entry) merged.set(key, entry);
  }
  const entries = [...merged.values()];
  // Both have given it another stamp.
  const isTwice = ({ tag }: JournalEntry) => entries.filter((entry) => entry.tag === tag).length > 1;
  return base.some(isTwice) ? undefined : entries;
}

type Keyed = ReadonlyMap<string, JournalEntry>;

/** By tag; two branches may each have made one of the same name, so one that is new is known by its stamp too. */
function byKey(entries: readonly JournalEntry[]): Keyed {
  return new Map(entries.map((entry) => [`${entry.tag} ${entry.when}`, entry]));
}

function orderOf(ours: readonly string[], theirs: readonly string[]): string[] {
  const order = [...ours];
  theirs.forEach((key, index) => {
    if (order.includes(key)) return;
    const after = theirs.slice(0, index).findLast((earlier) => order.includes(earlier));
    const at = after === undefined ? 0 : order.indexOf(after) + 1;
    order.splice(at, 0, key);
  });
  return order;
}

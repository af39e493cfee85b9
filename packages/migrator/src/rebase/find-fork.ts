import { join } from 'node:path';
import type { JournalEntry } from '../folder/journal.js';
import { readSnapshotHeads } from '../folder/snapshots.js';
import { changesBetween } from '../generate/diff.js';
import { itemsOf } from '../generate/items.js';
import { EMPTY_SNAPSHOT, ORIGIN_ID, parseSnapshot, type Snapshot } from '../generate/snapshot.js';
import type { Tree } from '../git/trees.js';
import type { Branches } from './branches.js';
import { prefixIn } from './places.js';
import { snapshotPath } from './read-fork.js';

interface Link {
  readonly entry: JournalEntry;
  readonly id: string;
  readonly prevId: string;
}

/**
 * Two migrations that follow the same snapshot, where nothing says which branch is whose: the one that comes later in the journal
 * moves, with all that follow it. A fork of which one leg already holds the changes of the other was settled long ago. Undefined
 * where the chain has no open fork. Needs `loadParser`.
 */
export function findFork(directory: string, tree: Tree, entries: readonly JournalEntry[]): Branches | undefined {
  const heads = new Map(readSnapshotHeads(join(directory, 'meta')).map((head) => [head.prefix, head]));
  const links = entries.flatMap((entry): Link[] => {
    const { id, prevId } = heads.get(prefixIn(entry.tag)) ?? {};
    return id === undefined || prevId === undefined ? [] : [{ entry, id, prevId }];
  });
  const last = links.findLast((link, at) => links.slice(0, at).some(({ prevId }) => prevId === link.prevId));
  const sibling = last && links.find(({ prevId }) => prevId === last.prevId);
  if (!last || !sibling) return undefined;
  const [mine, theirs] = [legOf(last, links), legOf(sibling, links)];
  if (
    isSettled(
      tree,
      links.find(({ id }) => id === last.prevId),
      mine,
      theirs,
    )
  )
    return undefined;
  const moving = new Set(mine.map(({ entry }) => entry));
  return {
    stays: { label: 'the other branch', tree, entries: entries.filter((entry) => !moving.has(entry)) },
    moves: { label: 'this branch', tree, entries },
    before: undefined,
  };
}

function legOf(first: Link, links: readonly Link[]): Link[] {
  const leg = [first];
  for (const link of links) if (link.prevId === leg.at(-1)?.id) leg.push(link);
  return leg;
}

function isSettled(tree: Tree, base: Link | undefined, mine: readonly Link[], theirs: readonly Link[]): boolean {
  const read = ({ entry: { tag } }: Link) => parseSnapshot(tree.read(snapshotPath(tag)) ?? '', snapshotPath(tag));
  const start = base ? read(base) : mine[0]?.prevId === ORIGIN_ID ? EMPTY_SNAPSHOT : undefined;
  const [a, b] = [mine.map(read), theirs.map(read)];
  const [endA, endB] = [a.at(-1), b.at(-1)];
  if (!start || !endA || !endB) return true;
  return a.some((snapshot) => holds(snapshot, start, endB)) || b.some((snapshot) => holds(snapshot, start, endA));
}

/** Whether a schema has what leads from one to another. A leg that changes nothing is held by all. */
function holds(snapshot: Snapshot, before: Snapshot, after: Snapshot): boolean {
  const { created, dropped, altered, replaced } = changesBetween(before, after, []);
  const items = itemsOf(snapshot);
  return (
    created.every(({ key }) => items.has(key)) &&
    dropped.every(({ key }) => !items.has(key)) &&
    [...altered, ...replaced].every(({ to }) => items.get(to.key)?.definition === to.definition)
  );
}

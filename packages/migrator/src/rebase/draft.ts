import { applyRenames, type Rename } from '../generate/renames.js';
import { renamesBetween } from '../generate/renames-between.js';
import { parseSnapshot, type Snapshot, sameSchema } from '../generate/snapshot.js';
import { type DownOptions, downUpon, type SchemaStep } from './downs.js';
import { mergeSnapshots, orderEnums } from './merge-snapshots.js';
import { type Move, placeBehind } from './places.js';
import { type Fork, snapshotPath } from './read-fork.js';

/** A migration as it will stand on top of the others. */
export interface DraftedMigration {
  readonly move: Move;
  readonly sql: string;
  readonly down: string | undefined;
  readonly snapshot: Snapshot | undefined;
}

export interface RebaseDraft {
  readonly fork: Fork;
  readonly migrations: readonly DraftedMigration[];
  /** What both branches have changed in the schema, each in another way. */
  readonly clashes: readonly { readonly tag: string; readonly path: string }[];
  /** Renames of the other branch, for those who compare. */
  readonly theirRenames: readonly Rename[];
}

export interface DraftOptions extends DownOptions {
  readonly now: number;
  readonly newId: () => string;
  /** The values of enums by `schema.name`, as a database has them after each migration; see `orderEnums`. */
  readonly orders?: readonly EnumOrders[] | undefined;
}

export type EnumOrders = ReadonlyMap<string, readonly string[]>;

/**
 * Puts the moving migrations on top: places, snapshots that hold what both branches did, and ways back for that schema. The SQL
 * stays as it is, so that a database knows it again by its hash. Pure; needs `loadParser`.
 */
export function draftRebase(fork: Fork, options: DraftOptions): RebaseDraft {
  const { branches, moving, base, tip } = fork;
  const moves = placeBehind(
    branches.stays.entries,
    moving.map(({ entry }) => entry),
    { now: options.now },
  );
  const theirRenames = renamesOf(fork);
  const clashes: { tag: string; path: string }[] = [];
  let old = base;
  let now = tip;
  const migrations = moves.map((move, index): DraftedMigration => {
    const { sql = '', down, after } = moving[index] ?? {};
    if (!after) return { move, sql, down, snapshot: undefined };
    const renames = renamesBetween(old, after, sql);
    // Told in the names of both: theirs are given already, ours are given to both before they are compared.
    const [before, wanted] = [old, after].map((snapshot) => applyRenames(snapshot, theirRenames)) as [
      Snapshot,
      Snapshot,
    ];
    const merged = mergeSnapshots(applyRenames(before, renames), wanted, applyRenames(now, renames));
    for (const path of merged.conflicts) clashes.push({ tag: move.from.tag, path });
    const ordered = orderEnums(merged.snapshot, options.orders?.[index] ?? new Map());
    const isSame = after.prevId === now.id && sameSchema(ordered, after);
    const snapshot = isSame ? after : { ...ordered, id: options.newId(), prevId: now.id };
    const [was, is]: [SchemaStep, SchemaStep] = [
      { before: old, after, renames },
      { before: now, after: snapshot, renames },
    ];
    const back =
      down === undefined || merged.conflicts.length > 0 ? down : downUpon(down, move.from.tag, was, is, options);
    old = after;
    now = snapshot;
    return { move, sql, down: back, snapshot };
  });
  return { fork, migrations, clashes, theirRenames };
}

/** The renames of the other branch, one migration after the other. */
function renamesOf({ branches: { stays }, theirs, base }: Fork): Rename[] {
  let before = base;
  return theirs.flatMap((entry) => {
    const [path, sql] = [snapshotPath(entry.tag), stays.tree.read(`${entry.tag}.sql`)];
    const text = stays.tree.read(path);
    if (text === undefined || sql === undefined) return [];
    const after = parseSnapshot(text, path);
    const renames = renamesBetween(before, after, sql);
    before = after;
    return renames;
  });
}

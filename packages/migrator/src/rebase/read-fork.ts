import { sha256 } from '../core/hash.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { JournalEntry } from '../folder/journal.js';
import { EMPTY_SNAPSHOT, ORIGIN_ID, parseSnapshot, type Snapshot } from '../generate/snapshot.js';
import type { Tree } from '../git/trees.js';
import { readSquash } from '../sql/squash-header.js';
import type { Branches } from './branches.js';
import { nameIn, prefixIn } from './places.js';

/** A migration that is to come behind others. */
export interface MovingMigration {
  readonly entry: JournalEntry;
  readonly sql: string;
  readonly down: string | undefined;
  /** The schema that it led to on its own branch; undefined for one that was written by hand, without a snapshot. */
  readonly after: Snapshot | undefined;
}

/** Where two branches parted, and what each has made since. */
export interface Fork {
  readonly branches: Branches;
  /** Of `stays`: what both have. */
  readonly common: readonly JournalEntry[];
  /** Of `stays`: what the moving migrations were made without. */
  readonly theirs: readonly JournalEntry[];
  readonly moving: readonly MovingMigration[];
  /** Migrations of the moving branch that `stays` has already, under another name or stamp. */
  readonly there: readonly { readonly entry: JournalEntry; readonly as: JournalEntry }[];
  /** Migrations that `stays` has put together into one, and the moving branch has each by itself. */
  readonly squashed: readonly { readonly entry: JournalEntry; readonly as: JournalEntry }[];
  /** Left out because that was asked for. */
  readonly dropped: readonly JournalEntry[];
  /** The schema that the first moving one was made upon, and the newest of `stays`. */
  readonly base: Snapshot;
  readonly tip: Snapshot;
}

/** Reads what two branches have made since they parted. Throws `refused`, `snapshot-unusable` or `unknown-migration`. */
export function readFork(branches: Branches, drop: readonly string[]): Fork {
  const { stays, moves, before } = branches;
  const beforeKeys = keysOf(before ?? []);
  const squashed = squashedIn(branches);
  const staysKeys = keysOf([...stays.entries, ...squashed.map(({ entry }) => entry)]);
  const own = moves.entries.filter((entry) => !staysKeys.has(keyOf(entry)) && !beforeKeys.has(keyOf(entry)));
  const twinOf = (entry: JournalEntry) => {
    const named = stays.entries.filter(({ tag }) => nameIn(tag) === nameIn(entry.tag));
    const hash = named.length > 0 ? hashOf(moves.tree, entry) : undefined;
    return hash === undefined ? undefined : named.find((candidate) => hashOf(stays.tree, candidate) === hash);
  };
  const there = own.flatMap((entry) => {
    const as = twinOf(entry);
    return as ? [{ entry, as }] : [];
  });
  const moveKeys = keysOf(moves.entries);
  const lost = (before ?? []).filter(
    (entry) => moveKeys.has(keyOf(entry)) && !staysKeys.has(keyOf(entry)) && !twinOf(entry),
  );
  if (lost.length > 0) throw removed(lost, branches);
  const mine = own.filter((entry) => !there.some((twin) => twin.entry === entry));
  const dropped = drop.map((tag) => mine.find((entry) => entry.tag === tag) ?? unknown(tag, mine));
  const snapshots = mine.map((entry) => ownSnapshot(entry, branches));
  const base = baseOf(snapshots, branches);
  const parted = base.position;
  const theirs =
    parted !== undefined
      ? stays.entries.slice(parted + 1).filter((entry) => !isByHandBefore(entry, stays.tree, beforeKeys))
      : stays.entries.filter(
          (entry) =>
            !(before ? beforeKeys : moveKeys).has(keyOf(entry)) &&
            !squashed.some(({ as }) => as === entry) &&
            !there.some(({ as }) => as === entry),
        );
  const late = new Set(theirs);
  return {
    branches,
    common: stays.entries.filter((entry) => !late.has(entry)),
    theirs,
    moving: mine.flatMap((entry, index) => {
      if (dropped.includes(entry)) return [];
      const sql = moves.tree.read(`${entry.tag}.sql`);
      if (sql === undefined) throw missingFile(entry, moves.label);
      return [{ entry, sql, down: moves.tree.read(`${entry.tag}.down.sql`), after: snapshots[index] }];
    }),
    there,
    squashed,
    dropped,
    base: base.snapshot,
    tip: newestSnapshot(stays.entries, stays.tree) ?? EMPTY_SNAPSHOT,
  };
}

/** Only what the moving branch has all of: else its databases would be half way through. */
function squashedIn({ stays, moves }: Branches): Fork['squashed'] {
  const mine = new Map(moves.entries.map((entry) => [keyOf(entry), entry]));
  return stays.entries.flatMap((as) => {
    const { of = [] } = readSquash(stays.tree.read(`${as.tag}.sql`) ?? '') ?? {};
    const entries = of.flatMap((one) => mine.get(keyOf(one)) ?? []);
    return entries.length === of.length ? entries.map((entry) => ({ entry, as })) : [];
  });
}

const keyOf = ({ when, tag }: Pick<JournalEntry, 'when' | 'tag'>) => `${when} ${tag}`;

function keysOf(entries: readonly JournalEntry[]): ReadonlySet<string> {
  return new Set(entries.map(keyOf));
}

function hashOf(tree: Tree, { tag }: JournalEntry): string | undefined {
  const sql = tree.read(`${tag}.sql`);
  return sql === undefined ? undefined : sha256(sql);
}

export function snapshotPath(tag: string): string {
  return `meta/${prefixIn(tag)}_snapshot.json`;
}

function snapshotIn(tree: Tree, tag: string): Snapshot | undefined {
  const text = tree.read(snapshotPath(tag));
  return text === undefined ? undefined : parseSnapshot(text, snapshotPath(tag));
}

function newestSnapshot(entries: readonly JournalEntry[], tree: Tree): Snapshot | undefined {
  const last = entries.findLast(({ tag }) => tree.paths.has(snapshotPath(tag)));
  return last && snapshotIn(tree, last.tag);
}

/** Two migrations of one number share the name of a snapshot: it belongs to one of them. */
function ownSnapshot({ tag }: JournalEntry, { stays, moves }: Branches): Snapshot | undefined {
  const snapshot = snapshotIn(moves.tree, tag);
  const isTheirs = stays.entries.some((entry) => snapshotPath(entry.tag) === snapshotPath(tag));
  if (!snapshot || !isTheirs || snapshotIn(stays.tree, tag)?.id !== snapshot.id) return snapshot;
  throw new MigratorError('snapshot-unusable', {
    message: `\`${tag}\` has lost its snapshot: ${snapshotPath(tag)} is that of a migration of ${stays.label}.`,
    where: snapshotPath(tag),
    state: 'Nothing was changed.',
    fix: `Leave it out with \`migrator rebase --drop ${tag}\` and generate it again; or undo the merge, and run \`migrator rebase --onto ${stays.label}\` before it.`,
  });
}

/** The snapshot that the moving ones begin at, and which entry of `stays` led there. */
function baseOf(
  snapshots: readonly (Snapshot | undefined)[],
  { stays, moves, before }: Branches,
): { readonly snapshot: Snapshot; readonly position?: number } {
  const first = snapshots.find((snapshot) => snapshot !== undefined);
  const shared = before ?? stays.entries.filter((entry) => keysOf(moves.entries).has(keyOf(entry)));
  if (!first) return { snapshot: newestSnapshot(shared, stays.tree) ?? EMPTY_SNAPSHOT };
  if (first.prevId === ORIGIN_ID) return { snapshot: EMPTY_SNAPSHOT, position: -1 };
  const at = stays.entries.findLastIndex(({ tag }) => snapshotIn(stays.tree, tag)?.id === first.prevId);
  const position = at === -1 ? {} : { position: at };
  // Where the moving branch has it too, it says what was built upon: a rebase keeps no id, but people may.
  for (const [entries, tree] of [
    [moves.entries, moves.tree],
    [stays.entries, stays.tree],
  ] as const) {
    const entry = entries.findLast(({ tag }) => snapshotIn(tree, tag)?.id === first.prevId);
    const snapshot = entry && snapshotIn(tree, entry.tag);
    if (snapshot) return { snapshot, ...position };
  }
  throw new MigratorError('snapshot-unusable', {
    message: `The first migration of ${moves.label} follows a snapshot that neither branch has (${first.prevId}): what it changes cannot be told.`,
    where: 'meta',
    state: 'Nothing was changed.',
    fix: 'Mend the chain of snapshots on that branch first: `migrator repair`.',
  });
}

/** Without a snapshot, behind the one that was built upon, and there before the branches parted. */
function isByHandBefore(entry: JournalEntry, tree: Tree, before: ReadonlySet<string>): boolean {
  return before.has(keyOf(entry)) && !tree.paths.has(snapshotPath(entry.tag));
}

function removed(lost: readonly JournalEntry[], { stays, moves }: Branches): MigratorError {
  const [first] = lost;
  const more = lost.length > 1 ? ` and ${lost.length - 1} more` : '';
  return new MigratorError('refused', {
    message: `${stays.label} no longer has \`${first?.tag}\`${more}, which ${moves.label} is built upon.`,
    state: 'Nothing was changed.',
    fix: `The history was squashed or rewritten there. Take the folder of ${stays.label} as it is (\`git checkout ${stays.label} -- <folder>\`), and generate the changes of ${moves.label} again.`,
  });
}

function unknown(tag: string, mine: readonly JournalEntry[]): never {
  throw new MigratorError('unknown-migration', {
    message: `\`--drop ${tag}\` names no migration that would be moved.`,
    state: 'Nothing was changed.',
    fix: mine.length === 0 ? 'Leave it out.' : `Possible are: ${mine.map((entry) => entry.tag).join(', ')}.`,
  });
}

function missingFile({ tag }: JournalEntry, label: string): MigratorError {
  return new MigratorError('refused', {
    message: `The journal of ${label} lists \`${tag}\`, but its file does not exist.`,
    where: `${tag}.sql`,
    state: 'Nothing was changed.',
    fix: `Restore it, or leave it out: \`migrator rebase --drop ${tag}\`.`,
  });
}

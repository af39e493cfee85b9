import { type FileEdit, JOURNAL_PATH } from '../folder/edits.js';
import type { JournalEntry } from '../folder/journal.js';
import { snapshotText } from '../generate/draft.js';
import { splitMarks } from '../git/marks.js';
import type { Tree } from '../git/trees.js';
import type { RebaseDraft } from './draft.js';
import { snapshotPath } from './read-fork.js';

/** What has to change in a folder for it to hold what a draft says. Empty where it does so already. Pure, but for reads of the trees. */
export function editsFor({ fork, migrations }: RebaseDraft, disk: Tree): FileEdit[] {
  const { branches, theirs, there, squashed, dropped, moving } = fork;
  const { stays, moves } = branches;
  const wanted = new Map<string, { readonly text: string; readonly reason: string }>();
  const gone = [...[...moving, ...there, ...squashed].map(({ entry }) => entry), ...dropped];
  const contested = new Set(gone.flatMap(pathsOf));
  const late = new Set([...theirs, ...squashed.map(({ as }) => as)]);
  for (const entry of stays.entries) {
    for (const path of pathsOf(entry)) {
      if (!stays.tree.paths.has(path) || !(late.has(entry) || contested.has(path) || isMarked(disk, path))) continue;
      wanted.set(path, { text: stays.tree.read(path) ?? '', reason: `as ${stays.label} has it` });
    }
  }
  for (const { move, sql, down, snapshot } of migrations) {
    const { from, to } = move;
    const reason = from.tag === to.tag ? `\`${to.tag}\` on top` : `was ${from.tag}`;
    wanted.set(`${to.tag}.sql`, { text: sql, reason });
    if (down !== undefined) wanted.set(`${to.tag}.down.sql`, { text: down, reason });
    if (snapshot) {
      const old = moves.tree.read(snapshotPath(from.tag));
      const text = old !== undefined && JSON.parse(old).id === snapshot.id ? old : snapshotText(snapshot);
      wanted.set(snapshotPath(to.tag), { text, reason: `${reason}, with the changes of both` });
    }
  }
  const entries = [...stays.entries, ...migrations.map(({ move }) => move.to)];
  wanted.set(JOURNAL_PATH, { text: journalText(entries, disk.read(JOURNAL_PATH)), reason: 'in the new order' });
  const kept = new Set([
    ...wanted.keys(),
    ...stays.entries.flatMap(pathsOf).filter((path) => stays.tree.paths.has(path)),
  ]);
  const removed = [...contested].filter((path) => !kept.has(path) && disk.paths.has(path));
  return [
    ...[...wanted].flatMap(([path, { text, reason }]) => (disk.read(path) === text ? [] : [{ path, text, reason }])),
    ...removed.map((path) => ({ path, text: null, reason: reasonOf(path, fork) })),
  ];
}

/** Files that belong to a migration, whether it has them or not. */
function pathsOf({ tag }: JournalEntry): string[] {
  return [`${tag}.sql`, `${tag}.down.sql`, snapshotPath(tag)];
}

function isMarked(disk: Tree, path: string): boolean {
  if (path.endsWith('.json') || !disk.paths.has(path)) return false;
  return splitMarks(disk.read(path) ?? '') !== undefined;
}

/** As drizzle-kit writes it. The same entries in another spelling are no reason to write it. */
function journalText(entries: readonly JournalEntry[], old: string | undefined): string {
  const text = JSON.stringify({ version: '7', dialect: 'postgresql', entries }, null, 2);
  return old !== undefined && !splitMarks(old) && sameEntries(old, entries) ? old : text;
}

function sameEntries(text: string, entries: readonly JournalEntry[]): boolean {
  try {
    const json = JSON.parse(text) as { entries?: readonly JournalEntry[] };
    const plain = (list: readonly JournalEntry[] = []) =>
      JSON.stringify(list.map(({ idx, version, when, tag, breakpoints }) => [idx, version, when, tag, breakpoints]));
    return plain(json.entries) === plain(entries);
  } catch {
    return false;
  }
}

function reasonOf(path: string, { there, squashed, dropped }: RebaseDraft['fork']): string {
  const isOf = ({ entry }: { readonly entry: JournalEntry }) => pathsOf(entry).includes(path);
  const whole = squashed.find(isOf);
  if (whole) return `is part of ${whole.as.tag}`;
  const twin = there.find(isOf);
  if (twin) return `is there as ${twin.as.tag}`;
  return dropped.some((entry) => pathsOf(entry).includes(path)) ? 'dropped' : 'has another number';
}

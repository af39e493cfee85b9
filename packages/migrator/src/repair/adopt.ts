import type { AppliedRow } from '../core/types.js';
import { compare } from '../plan/compare.js';
import { byName, type FolderDraft, isStamp, prefixNumber } from './draft.js';
import { migrationsOf } from './image.js';
import { firstUser, makes, uses } from './objects.js';
import type { FolderFile } from './types.js';

/**
 * Files without an entry get one. One that a database has applied gets the time that is on record there; any other one a time
 * after all that are known, so that nobody skips it, and stands last, unless a migration needs what it makes.
 */
export function adoptFiles(draft: FolderDraft): void {
  const { choices } = draft;
  const wanted = draft.orphans.filter(
    ({ tag }) =>
      !includesFile(choices.leave, tag) && (includesFile(choices.adopt, tag) || prefixNumber(tag) !== undefined),
  );
  // What is known gives the others their place.
  for (const file of wanted.filter((each) => !adoptKnown(draft, each))) {
    const place = placeOf(draft, file);
    adopt(draft, place.at === draft.entries.length ? renumbered(draft, file) : file, place);
  }
}

/**
 * The snapshot of the last migration is found by its number, and drizzle-kit builds upon the one with the highest: what comes last
 * under a number that is lower, or taken, would make a state of long ago the newest.
 */
function renumbered(draft: FolderDraft, file: FolderFile): FolderFile {
  const numbers = draft.entries.flatMap(({ tag }) => indexNumber(tag) ?? []);
  const number = indexNumber(file.tag);
  const highest = Math.max(-1, ...numbers);
  if (number === undefined || number > highest || highest >= 9999) return file;
  const tag = `${String(highest + 1).padStart(4, '0')}${file.tag.slice(4)}`;
  if (draft.files.has(tag)) return file;
  const moved = { ...file, tag };
  draft.files.delete(file.tag);
  draft.writeFile(moved, `comes after number ${highest}`);
  draft.remove(`${file.tag}.sql`, `is ${tag}.sql now`);
  if (file.down !== undefined) {
    draft.write(`${tag}.down.sql`, file.down, `the way back of ${tag}`);
    draft.remove(`${file.tag}.down.sql`, `is ${tag}.down.sql now`);
  }
  draft.note('orphan-file', `Renames ${file.tag}.sql to ${tag}.sql: it comes last, after number ${highest}.`, tag);
  return moved;
}

/** As drizzle-kit numbers by default; times and words keep their own order. */
function indexNumber(tag: string): number | undefined {
  return /^\d{4}_/.test(tag) ? prefixNumber(tag) : undefined;
}

function adoptKnown(draft: FolderDraft, file: FolderFile): boolean {
  const row = freeRows(draft).find(({ hash }) => hash === file.hash);
  const when = row?.createdAt ?? draft.facts.stampsInGit.get(file.tag);
  if (when === undefined || !isStamp(when)) return false;
  const at = behindMakers(draft, file, byStamp(draft, when));
  adopt(draft, file, { at, when, why: '', source: row ? ', as the database has it' : ', as git has it' });
  return true;
}

function adopt(draft: FolderDraft, { tag }: FolderFile, { at, when, why, source = '' }: Place): void {
  draft.entries.splice(at, 0, { fields: {}, tag, idx: idxAt(draft, tag, at), when });
  const where = at === 0 ? 'as the first' : `after ${draft.entries[at - 1]?.tag}`;
  draft.noteJournal('orphan-file', `Adopts ${tag}.sql ${where}${why}, stamped ${when}${source}.`, tag);
}

/** The next number where it comes last; in between, all are numbered anew. */
function idxAt({ entries }: FolderDraft, tag: string, at: number): number {
  if (at < entries.length) return Number.NaN;
  return Math.max((entries.at(-1)?.idx ?? -1) + 1, /^\d{4}(?=_)/.test(tag) ? (prefixNumber(tag) ?? 0) : 0);
}

function includesFile(names: readonly string[] | undefined, tag: string): boolean {
  return names?.some((name) => name === tag || name === `${tag}.sql`) === true;
}

function freeRows(draft: FolderDraft): readonly AppliedRow[] {
  const { rows = [] } = draft.facts;
  return compare(migrationsOf(draft), { tableExists: true, rows, log: [] }).unknown;
}

function byStamp(draft: FolderDraft, when: number): number {
  const at = draft.entries.findIndex((entry) => entry.when > when);
  return at === -1 ? draft.entries.length : at;
}

/** Times are not always those of the order: a file must come after those whose things it uses. */
function behindMakers({ entries, files }: FolderDraft, { sql }: FolderFile, at: number): number {
  const last = entries.findLastIndex(({ tag }) => makes(files.get(tag)?.sql ?? '').some((name) => uses(sql, name)));
  return Math.max(at, last + 1);
}

interface Place {
  readonly at: number;
  readonly when: number;
  readonly why: string;
  /** Who knows the time. */
  readonly source?: string;
}

function placeOf(draft: FolderDraft, file: FolderFile): Place {
  const { entries, facts, later } = draft;
  // Where entries are lost, the numbers are all that is left of the order.
  if (!facts.journal || facts.journal.isPartial) {
    const next = entries.findIndex(({ tag }) => byName(tag, file.tag) > 0);
    const at = next === -1 ? entries.length : next;
    const row = rowBetween(draft, entries[at - 1]?.when ?? -Infinity, entries[at]?.when ?? Infinity);
    if (row === undefined) return { at, when: later, why: '' };
    return { at, when: row, why: '', source: ', as the row has it that stands in its place' };
  }
  const others = entries.flatMap(({ tag }) => draft.files.get(tag) ?? []);
  const user = firstUser(file, others);
  if (user === undefined) return { at: entries.length, when: later, why: '' };
  const at = entries.findIndex(({ tag }) => tag === user);
  const just = (entries[at]?.when ?? 0) - 1;
  // Whoever has the migration that needs it has run it by hand; all others come upon it before that one.
  const fits = entries.slice(0, at).every(({ when }) => when < just);
  return { at, when: fits ? just : later, why: `, because ${user} needs what it makes` };
}

/** A file that was edited has no row of its hash: the first that nobody claims in its place is taken for its own. */
export function rowBetween(draft: FolderDraft, after: number, before: number): number | undefined {
  const times = freeRows(draft).flatMap(({ createdAt }) => createdAt ?? []);
  const between = times.filter((time) => time > after && time < before);
  return between.length === 0 ? undefined : Math.min(...between);
}

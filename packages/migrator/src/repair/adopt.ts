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
  const { facts, choices } = draft;
  for (const file of draft.orphans) {
    const name = `${file.tag}.sql`;
    if (includesFile(choices.leave, file.tag)) continue;
    if (!includesFile(choices.adopt, file.tag) && prefixNumber(file.tag) === undefined) continue;
    const row = freeRows(draft).find(({ hash }) => hash === file.hash);
    const known = row?.createdAt ?? facts.stampsInGit.get(file.tag);
    const isKnown = known !== undefined && isStamp(known);
    const { at, why, when } = isKnown
      ? { at: behindMakers(draft, file, byStamp(draft, known)), why: '', when: known }
      : placeOf(draft, file);
    draft.entries.splice(at, 0, { fields: {}, tag: file.tag, idx: idxAt(draft, file.tag, at), when });
    const where = at === 0 ? 'as the first' : `after ${draft.entries[at - 1]?.tag}`;
    const stamp = row ? ', as the database has it' : isKnown ? ', as git has it' : '';
    draft.noteJournal('orphan-file', `Adopts ${name} ${where}${why}, stamped ${when}${stamp}.`, file.tag);
  }
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
}

function placeOf(draft: FolderDraft, file: FolderFile): Place {
  const { entries, facts, later } = draft;
  // Where entries are lost, the numbers are all that is left of the order.
  if (!facts.journal || facts.journal.isPartial) {
    const next = entries.findIndex(({ tag }) => byName(tag, file.tag) > 0);
    return { at: next === -1 ? entries.length : next, when: later, why: '' };
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

import { namesAFile } from '../folder/journal.js';
import { type FolderDraft, prefixNumber } from './draft.js';
import type { DraftEntry } from './types.js';

/** Entries that name nothing get the file that they mean, or go: nothing of them could ever run. */
export function nameEntries(draft: FolderDraft): void {
  for (const entry of [...draft.entries]) {
    const label = `#${entry.position}`;
    if (entry.tag !== '' && namesAFile(entry.tag)) continue;
    if (entry.tag !== '') {
      const wanted = draft.choices.dropEntry?.some((name) => name === label || name === entry.tag);
      if (wanted)
        drop(draft, entry, 'invalid-entry', `Drops entry ${entry.position}, whose tag leads out of the folder.`);
      continue;
    }
    const meant = meantFile(draft, entry);
    if (meant === undefined) {
      drop(draft, entry, 'invalid-entry', `Drops entry ${entry.position}: it has no tag, so nothing of it can run.`);
      continue;
    }
    entry.tag = meant;
    draft.noteJournal('invalid-entry', `Lets entry ${entry.position} name ${meant}.sql, which it means.`, meant);
  }
}

function meantFile(draft: FolderDraft, entry: DraftEntry): string | undefined {
  const { orphans } = draft;
  const row = draft.facts.rows?.find(({ createdAt }) => createdAt === entry.when);
  const applied = row && orphans.find(({ hash }) => hash === row.hash);
  if (applied) return applied.tag;
  const [only, ...others] = orphans.filter(({ tag }) => prefixNumber(tag) === entry.idx);
  return others.length === 0 ? only?.tag : undefined;
}

/** A tag that is listed twice would run twice on a new database: the entry that a database knows stays, else the first. */
export function dropDuplicates(draft: FolderDraft): void {
  const stamps = new Set((draft.facts.rows ?? []).map(({ createdAt }) => createdAt));
  for (const tag of new Set(draft.entries.map((entry) => entry.tag))) {
    const same = draft.entries.filter((entry) => entry.tag === tag);
    if (same.length < 2 || tag === '') continue;
    const kept = same.find(({ when }) => stamps.has(when)) ?? same[0];
    for (const entry of same) {
      if (entry === kept) continue;
      const which = entry.position === undefined ? '' : ` at position ${entry.position}`;
      const code = entry.when === kept?.when ? 'duplicate-migration' : 'duplicate-tag';
      drop(draft, entry, code, `Drops the second entry of ${tag}${which}: a new database would run the file twice.`);
    }
  }
}

function drop(draft: FolderDraft, entry: DraftEntry, code: string, what: string): void {
  draft.entries = draft.entries.filter((other) => other !== entry);
  draft.noteJournal(code, what, entry.tag === '' ? undefined : entry.tag);
}

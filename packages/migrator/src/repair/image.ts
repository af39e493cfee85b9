import type { Finding, Migration } from '../core/types.js';
import { folderFindings } from '../folder/folder-findings.js';
import { namesAFile, parseJournal } from '../folder/journal.js';
import type { SnapshotHead } from '../folder/snapshots.js';
import type { TextFault } from '../folder/text-fault.js';
import { readSquash } from '../sql/squash-header.js';
import type { FolderDraft } from './draft.js';

/** The migrations that a draft stands for, as `readFolder` would read them. */
export function migrationsOf({ entries, files, facts }: FolderDraft): Migration[] {
  return entries
    .filter(({ tag, when }) => tag !== '' && namesAFile(tag) && Number.isFinite(when))
    .map(({ tag, when, idx }, position) => {
      const file = files.get(tag);
      const squash = file && readSquash(file.sql);
      return {
        tag,
        position,
        idx,
        when,
        path: facts.shown(`${tag}.sql`),
        ...(file && { file: { sql: file.sql, hash: file.hash } }),
        ...(squash && { squash }),
      };
    });
}

/** What there would be to say about the folder if the draft were written. */
export function findingsOf(draft: FolderDraft, heads: readonly SnapshotHead[]): Finding[] {
  const { facts, files } = draft;
  const faults = [...files.values()].flatMap(({ tag, fault }): [string, TextFault][] => (fault ? [[tag, fault]] : []));
  const { journalText } = draft;
  return folderFindings({
    journal: parseJournal(journalText, facts.shown('meta/_journal.json')),
    journalText,
    migrations: migrationsOf(draft),
    textFaults: new Map(faults),
    sqlFiles: [...files.keys()].map((tag) => `${tag}.sql`),
    heads,
    shown: facts.shown,
    now: facts.now,
  });
}

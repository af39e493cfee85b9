import { sha256 } from '../core/hash.js';
import type { AppliedRow } from '../core/types.js';
import { type FolderDraft, prefixNumber } from './draft.js';
import type { DraftEntry, FolderFile } from './types.js';

/** Files that are no UTF-8 but mean something: no server has ever taken them as they are. */
export function decodeFiles(draft: FolderDraft): void {
  for (const { tag, decoded } of [...draft.files.values()]) {
    if (decoded === undefined) continue;
    draft.writeFile({ tag, sql: decoded, hash: sha256(decoded) }, 'UTF-8 instead of UTF-16');
    draft.note('not-text', `Writes ${tag}.sql in UTF-8; it was UTF-16, which no server takes.`, tag);
  }
}

/** A file whose name differs from its tag in case only is found on a Mac, and not on Linux. */
export function spellFiles(draft: FolderDraft): void {
  for (const { tag } of draft.entries) {
    if (draft.files.has(tag)) continue;
    const twin = draft.orphans.find((file) => file.tag.toLowerCase() === tag.toLowerCase());
    if (!twin) continue;
    draft.files.delete(twin.tag);
    draft.writeFile({ ...twin, tag }, 'spelled as in the journal');
    draft.remove(`${twin.tag}.sql`, `is ${tag}.sql now`);
    if (twin.down !== undefined) {
      draft.write(`${tag}.down.sql`, twin.down, `the way back of ${tag}`);
      draft.remove(`${twin.tag}.down.sql`, `is ${tag}.down.sql now`);
    }
    draft.note('file-case', `Renames ${twin.tag}.sql to ${tag}.sql, as the journal spells it.`, tag);
  }
}

/** Entries without a file get one, a renamed one is found, and what nobody can run any more goes. */
export function giveFiles(draft: FolderDraft): void {
  for (const entry of [...draft.entries]) {
    if (entry.tag === '' || draft.files.has(entry.tag)) continue;
    giveFile(draft, entry);
  }
}

function giveFile(draft: FolderDraft, entry: DraftEntry): void {
  const { facts, choices } = draft;
  const { tag } = entry;
  const row = facts.rows?.find(({ createdAt }) => createdAt === entry.when);
  const renamed = renamedFile(draft, entry, row?.hash);
  const applied = row && facts.kept.get(row.hash);
  const inGit = facts.inGit.get(tag)?.find((text) => !row || sha256(text) === row.hash);
  if (choices.dropEntry?.some((name) => name === tag || name === `#${entry.position}`)) {
    dropAsAsked(draft, entry, row, applied ?? inGit);
  } else if (renamed) {
    entry.tag = renamed.tag;
    draft.noteJournal('file-missing', `Lets the entry of ${tag} name ${renamed.tag}.sql: the file was renamed.`, tag);
  } else if (applied !== undefined) {
    restore(draft, tag, applied, 'with the text that was applied');
  } else if (inGit !== undefined) {
    restore(draft, tag, inGit, 'from git');
  } else if (facts.rows !== undefined && !row) {
    drop(draft, entry, 'its file is gone, neither git nor the log has it, and the database has not applied it');
  }
}

function renamedFile(draft: FolderDraft, { tag }: DraftEntry, appliedHash: string | undefined): FolderFile | undefined {
  const orphans = draft.orphans;
  if (appliedHash !== undefined) return orphans.find(({ hash }) => hash === appliedHash);
  const number = prefixNumber(tag);
  const [only, ...others] = orphans.filter((file) => number !== undefined && prefixNumber(file.tag) === number);
  return others.length === 0 && draft.facts.inGit.get(tag)?.[0] === only?.sql ? only : undefined;
}

function restore(draft: FolderDraft, tag: string, sql: string, how: string): void {
  draft.writeFile({ tag, sql, hash: sha256(sql) }, `restored ${how}`);
  draft.note('file-missing', `Restores ${tag}.sql ${how}.`, tag);
}

/** What the entry was for stays in some databases, or is missing in all to come: that is to be known before it is done. */
function dropAsAsked(
  draft: FolderDraft,
  entry: DraftEntry,
  row: AppliedRow | undefined,
  known: string | undefined,
): void {
  const { tag } = entry;
  const fresh = 'databases that are made anew lack what it does';
  const way =
    known === undefined
      ? `put the same change into a new migration, or restore the file first (\`git log --all -- ${draft.facts.shown(`${tag}.sql`)}\`)`
      : 'leave `--drop-entry` out, which restores the file';
  const consequence = row
    ? `Row ${row.id} and its changes stay in this database, where no migration accounts for them any more (\`--forget ${row.id}\` deletes the row); ${fresh}. To keep them alike, ${way}.`
    : draft.facts.rows
      ? `This database has not applied it; one that has keeps its changes, and ${fresh}. To keep them alike, ${way}.`
      : `No database was asked whether it has applied it: one that has keeps its changes, and ${fresh}. To keep them alike, ${way}.`;
  drop(draft, entry, `as \`--drop-entry\` asks. ${consequence.slice(0, -1)}`);
}

function drop(draft: FolderDraft, entry: DraftEntry, why: string): void {
  draft.entries = draft.entries.filter((other) => other !== entry);
  draft.noteJournal('file-missing', `Drops the entry of ${entry.tag}: ${why}.`, entry.tag);
}

/** Files that were edited and are to be again what was applied. */
export function restoreFiles(draft: FolderDraft): void {
  for (const tag of draft.choices.restore ?? []) {
    const file = draft.files.get(tag);
    const entry = draft.entries.find((other) => other.tag === tag);
    const row = draft.facts.rows?.find(({ createdAt }) => createdAt === entry?.when);
    const applied = row && draft.facts.kept.get(row.hash);
    if (!file || applied === undefined || applied === file.sql) continue;
    draft.writeFile({ tag, sql: applied, hash: sha256(applied) }, 'the text that was applied');
    draft.note('edited-migration', `Gives ${tag}.sql the text back that was applied.`, tag);
  }
}

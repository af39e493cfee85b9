import type { Finding, Migration } from '../core/types.js';
import type { FileEdit } from '../folder/edits.js';
import type { SnapshotHead } from '../folder/snapshots.js';
import { adoptFiles } from './adopt.js';
import { mendChain } from './chain.js';
import { FolderDraft } from './draft.js';
import { dropDuplicates, nameEntries } from './entries.js';
import { decodeFiles, giveFiles, restoreFiles, spellFiles } from './files.js';
import { findingsOf, migrationsOf } from './image.js';
import { withWaysOut } from './missing.js';
import { orderEntries } from './order.js';
import { endFuture, numberEntries, stampEntries } from './stamps.js';
import type { FolderFacts, RepairChoices, RepairStep } from './types.js';

export interface FolderRepair {
  readonly steps: readonly RepairStep[];
  readonly edits: readonly FileEdit[];
  /** The migrations as they will be. */
  readonly migrations: readonly Migration[];
  readonly heads: readonly SnapshotHead[];
  /** What is left to be said about the folder. */
  readonly findings: readonly Finding[];
}

/** The folder as it is, where only the rows are to be repaired. Pure. */
export function folderAsItIs(facts: FolderFacts): FolderRepair {
  const draft = new FolderDraft(facts, {});
  return {
    steps: [],
    edits: [],
    migrations: migrationsOf(draft),
    heads: facts.heads,
    findings: findingsOf(draft, facts.heads),
  };
}

/** Decides what is to be done to a folder so that it can be used: all of it at once, in one plan. Pure. */
export function planFolder(facts: FolderFacts, choices: RepairChoices): FolderRepair {
  const draft = new FolderDraft(facts, choices);
  const { journal } = facts;
  if (!journal && facts.files.length > 0)
    draft.noteJournal(
      'journal-missing',
      `Makes a journal of the ${facts.files.length} SQL files, in the order of their numbers.`,
    );
  if (journal && journal.faults.length > 0)
    draft.noteJournal('journal-malformed', `Writes the journal anew, without ${journal.faults.join(' and ')}.`);
  decodeFiles(draft);
  nameEntries(draft);
  spellFiles(draft);
  dropDuplicates(draft);
  giveFiles(draft);
  restoreFiles(draft);
  orderEntries(draft);
  stampEntries(draft);
  // Times that were found tell of more.
  orderEntries(draft);
  endFuture(draft);
  adoptFiles(draft);
  numberEntries(draft);
  const heads = mendChain(draft);
  return {
    steps: draft.steps,
    edits: draft.edits,
    migrations: migrationsOf(draft),
    heads,
    findings: withWaysOut(draft, findingsOf(draft, heads)),
  };
}

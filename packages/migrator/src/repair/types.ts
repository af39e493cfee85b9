import type { AppliedRow, Finding } from '../core/types.js';
import type { TrackingEdit } from '../database/tracking-edits.js';
import type { FileEdit } from '../folder/edits.js';
import type { LooseJournal } from '../folder/loose-journal.js';
import type { SnapshotHead } from '../folder/snapshots.js';
import type { TextFault } from '../folder/text-fault.js';

/** What cannot be guessed, and is told by flags. */
export interface RepairChoices {
  /** Tags whose files are right as they are: their rows get the new hash. */
  readonly accept?: readonly string[] | undefined;
  /** Tags whose files get back the text that was applied. */
  readonly restore?: readonly string[] | undefined;
  readonly markApplied?: readonly string[] | undefined;
  readonly markUnapplied?: readonly string[] | undefined;
  /** Tags that get a `when` after all others, because no other database has them. */
  readonly restamp?: readonly string[] | undefined;
  /** Tags, or `#3` for an entry without one. */
  readonly dropEntry?: readonly string[] | undefined;
  /** File names that are to get an entry, although they do not look like migrations. */
  readonly adopt?: readonly string[] | undefined;
  /** File names that stay without an entry. */
  readonly leave?: readonly string[] | undefined;
  /** Ids of rows that no migration accounts for. */
  readonly forget?: readonly number[] | undefined;
  /** Tags whose snapshots are made anew from what the files do. */
  readonly rebuildSnapshot?: readonly string[] | undefined;
}

/** One thing that a repair does, for people. */
export interface RepairStep {
  /** Code of the finding, or of the error, that it answers. */
  readonly code: string;
  readonly part: 'folder' | 'database';
  readonly tag?: string | undefined;
  /** A full sentence: `Drops the entry of 0003_plays: …`. */
  readonly what: string;
}

export interface RepairPlan {
  readonly steps: readonly RepairStep[];
  readonly fileEdits: readonly FileEdit[];
  readonly trackingEdits: readonly TrackingEdit[];
  /** What is left to be said afterwards. */
  readonly findings: readonly Finding[];
}

/** A migration file as it lies in the folder. */
export interface FolderFile {
  /** Its name without `.sql`. */
  readonly tag: string;
  readonly sql: string;
  readonly hash: string;
  readonly fault?: TextFault | undefined;
  /** The text that an UTF-16 file means. */
  readonly decoded?: string | undefined;
  /** The text of its `.down.sql`, where there is one. */
  readonly down?: string | undefined;
}

/** All that a repair of a folder is decided by. */
export interface FolderFacts {
  /** Undefined: there is no journal. */
  readonly journal: LooseJournal | undefined;
  readonly files: readonly FolderFile[];
  readonly heads: readonly SnapshotHead[];
  /** The text of a snapshot of `heads`. */
  readonly snapshotText: (file: string) => string;
  /** Undefined: no database was asked. */
  readonly rows: readonly AppliedRow[] | undefined;
  /** Texts that our log or git have kept, by their hash. */
  readonly kept: ReadonlyMap<string, string>;
  /** The texts that git knows of a file that is gone, by tag; newest first. */
  readonly inGit: ReadonlyMap<string, readonly string[]>;
  /** Times that git's last journal knows, by tag. */
  readonly stampsInGit: ReadonlyMap<string, number>;
  /** Path of a file of the folder as it is to be shown. */
  readonly shown: (path: string) => string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A journal entry with numbers that are numbers, and the fields that we do not know. */
export interface DraftEntry {
  readonly fields: Readonly<Record<string, unknown>>;
  /** Where it stands in the journal as it is; undefined for a new one. */
  readonly position?: number;
  tag: string;
  idx: number;
  /** NaN: it has none. */
  when: number;
}

import { applyEdits, JOURNAL_PATH } from './edits.js';
import type { Journal, JournalEntry } from './journal.js';

/** A migration that is to be added to a folder. */
export interface NewMigration {
  readonly tag: string;
  /** What its snapshot's file name starts with. */
  readonly prefix: string;
  readonly up: string;
  /** Undefined: none is written. */
  readonly down: string | undefined;
  /** The snapshot, as JSON text. */
  readonly snapshot: string;
}

/** Where a new migration stands in the journal: its number, and a stamp that is later than all others. */
export interface Place {
  readonly idx: number;
  readonly when: number;
}

/** The next places behind the last entry. drizzle-kit counts on from the last `idx`, so that is done here too. */
export function nextPlaces({ entries }: Journal, count: number, now: number): Place[] {
  const last = entries.at(-1)?.idx ?? -1;
  const newest = entries.reduce((latest, { when }) => Math.max(latest, when), 0);
  return stampsFrom(Math.max(now, newest + 1), count).map((when, index) => ({ idx: last + 1 + index, when }));
}

/** Rising stamps, none of them a whole second: those look as if somebody had typed them. */
export function stampsFrom(first: number, count: number): number[] {
  const stamps: number[] = [];
  for (let when = first; stamps.length < count; when += 1) if (when % 1000 !== 0) stamps.push(when);
  return stamps;
}

/**
 * Adds migrations, all or none, the journal last: nobody ever sees an entry without its file. Gives the paths, relative to the
 * folder. Throws `folder-unwritable`.
 */
export function writeMigrations(
  directory: string,
  migrations: readonly NewMigration[],
  journal: { readonly version: string; readonly dialect: string; readonly entries: readonly JournalEntry[] },
): string[] {
  const { version, dialect, entries } = journal;
  const files = new Map<string, string>();
  for (const { tag, prefix, up, down, snapshot } of migrations) {
    files.set(`${tag}.sql`, up);
    if (down !== undefined) files.set(`${tag}.down.sql`, down);
    // Without a prefix all snapshots have one name, with drizzle-kit as well: the newest stays.
    files.set(`meta/${prefix}_snapshot.json`, snapshot);
  }
  files.set(JOURNAL_PATH, JSON.stringify({ version, dialect, entries }, null, 2));
  return applyEdits(
    directory,
    [...files].map(([path, text]) => ({ path, text, reason: 'generated' })),
  );
}

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MigratorError } from '../errors/migrator-error.js';
import type { Journal, JournalEntry } from './journal.js';
import { writeFileAtomically } from './write-file.js';

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
  const first = Math.max(now, newest + 1);
  return Array.from({ length: count }, (_, index) => ({ idx: last + 1 + index, when: first + index }));
}

/**
 * Adds migrations: the files first, the journal last, each by write-then-rename, so that nobody ever sees a journal entry
 * without its file. What was written goes when a write fails. Gives the paths, relative to the folder.
 */
export function writeMigrations(
  directory: string,
  migrations: readonly NewMigration[],
  journal: { readonly version: string; readonly dialect: string; readonly entries: readonly JournalEntry[] },
): string[] {
  const written: string[] = [];
  const write = (path: string, text: string) => {
    writeFileAtomically(join(directory, path), text);
    written.push(path);
  };
  try {
    mkdirSync(join(directory, 'meta'), { recursive: true });
    for (const { tag, prefix, up, down, snapshot } of migrations) {
      write(`${tag}.sql`, up);
      if (down !== undefined) write(`${tag}.down.sql`, down);
      write(`meta/${prefix}_snapshot.json`, snapshot);
    }
    const { version, dialect, entries } = journal;
    writeFileAtomically(
      join(directory, 'meta', '_journal.json'),
      JSON.stringify({ version, dialect, entries }, null, 2),
    );
    return [...written, 'meta/_journal.json'];
  } catch (cause) {
    for (const path of written) rmSync(join(directory, path), { force: true });
    throw new MigratorError('folder-unreadable', {
      message: `The migration cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: directory,
      state: 'Nothing was written.',
      fix: 'Check that `out` in drizzle.config.ts names a folder, and that you may write to it.',
      cause,
    });
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { sha256 } from '../core/hash.js';
import type { DownFile, Finding, Migration } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { readDirectives } from '../sql/directives.js';
import { folderFindings } from './folder-findings.js';
import { type Journal, parseJournal } from './journal.js';
import { readSnapshotHeads, type SnapshotHead } from './snapshots.js';
import { type TextFault, textFault } from './text-fault.js';

export interface MigrationsFolder {
  /** Absolute path. */
  readonly directory: string;
  readonly journal: Journal;
  /** False where meta/_journal.json does not exist; then there are no migrations. */
  readonly hasJournal: boolean;
  /** In journal order, the order of execution. */
  readonly migrations: readonly Migration[];
  readonly findings: readonly Finding[];
}

export interface ReadFolderOptions {
  /** Folder that paths in messages are relative to. */
  readonly relativeTo: string;
  /** Milliseconds since 1970; for journal times that lie ahead. */
  readonly now: number;
  /** Also look at the snapshots; `migrate` does not need them. */
  readonly snapshots: boolean;
  /** Also read the down files. Default: no. */
  readonly downs?: boolean;
}

/**
 * Reads a migrations folder in drizzle-kit 0.31's format. A folder that does not exist yet, or is empty, is an empty
 * history. Throws `journal-missing` when there are SQL files but no journal, and what `parseJournal` throws.
 */
export function readFolder(directory: string, options: ReadFolderOptions): MigrationsFolder {
  const prefix = relative(options.relativeTo, directory);
  const shown = (path: string) => (prefix === '' ? path : `${prefix}${sep}${path}`);
  const files = listFiles(directory);
  const journalText = readText(join(directory, 'meta', '_journal.json'));
  const sqlFiles = files.filter((name) => name.endsWith('.sql') && !name.endsWith('.down.sql'));
  if (journalText === undefined) {
    if (sqlFiles.length === 0)
      return { directory, journal: EMPTY_JOURNAL, hasJournal: false, migrations: [], findings: [] };
    throw new MigratorError('journal-missing', {
      message: `${sqlFiles.length} SQL file${sqlFiles.length === 1 ? '' : 's'} but no journal: without meta/_journal.json nothing says which of them run, and in what order.`,
      where: shown('meta/_journal.json'),
      fix: `Restore it from version control (\`git checkout -- ${shown('meta/_journal.json')}\`), or point \`out\` in drizzle.config.ts at the folder that has one.`,
    });
  }
  const journal = parseJournal(journalText, shown('meta/_journal.json'));
  const downOf = (tag: string): { down?: DownFile } => {
    const down = readDown(directory, tag, shown(`${tag}.down.sql`));
    return down ? { down } : {};
  };
  const textFaults = new Map<string, TextFault>();
  const migrations = journal.entries.map((entry, position): Migration => {
    const file = `${directory}${sep}${entry.tag}.sql`;
    const sql = readText(file);
    const fault = sql === undefined ? undefined : textFault(sql, file);
    if (fault) textFaults.set(entry.tag, fault);
    return {
      tag: entry.tag,
      position,
      idx: entry.idx,
      when: entry.when,
      path: shown(`${entry.tag}.sql`),
      ...(sql !== undefined && { file: { sql, hash: sha256(sql) } }),
      ...(options.downs && downOf(entry.tag)),
    };
  });
  const heads: SnapshotHead[] | undefined = options.snapshots ? readSnapshotHeads(join(directory, 'meta')) : undefined;
  const findings = folderFindings({ journal, migrations, textFaults, sqlFiles, heads, shown, now: options.now });
  return { directory, journal, hasJournal: true, migrations, findings };
}

/** The way back of a migration; undefined when it has no file. `path` is how to show it. */
export function readDown(directory: string, tag: string, path: string): DownFile | undefined {
  const sql = readText(`${directory}${sep}${tag}.down.sql`);
  if (sql === undefined) return undefined;
  const { irreversible } = readDirectives(sql);
  return { path, sql, ...(irreversible !== undefined && { irreversible }) };
}

const EMPTY_JOURNAL: Journal = { version: '7', dialect: 'postgresql', entries: [], invalid: [] };

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw unreadable(directory, error);
  }
}

/** The text decoded as UTF-8, as drizzle-orm decodes it before it hashes; undefined when there is no such file. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): MigratorError {
  return new MigratorError('folder-unreadable', {
    message: `The migrations cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    where: path,
    fix: 'Check that `out` in drizzle.config.ts names a folder, and that you may read it.',
    cause,
  });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

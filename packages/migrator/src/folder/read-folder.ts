import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { downPathOf } from '../core/down-path.js';
import { folderNameOf } from '../core/folder-names.js';
import { sha256 } from '../core/hash.js';
import type { DownFile, Finding, Migration } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { readDirectives } from '../sql/directives.js';
import { readSquash } from '../sql/squash-header.js';
import { folderFindings } from './folder-findings.js';
import { downFileOf, migrationFolders, readFolders } from './folders-layout.js';
import { halfUpgraded } from './half-upgraded.js';
import { type Journal, parseJournal } from './journal.js';
import { readSnapshotHeads, type SnapshotHead } from './snapshots.js';
import { type TextFault, textFault } from './text-fault.js';

export interface MigrationsFolder {
  /** Absolute path. */
  readonly directory: string;
  /** `journal`: that of drizzle-kit 0.31. `folders`: that of drizzle 1.0, one folder per migration and no journal. */
  readonly layout: 'journal' | 'folders';
  /** Empty in the layout of drizzle 1.0. */
  readonly journal: Journal;
  /** False where there is neither a journal nor a folder of drizzle 1.0; then there are no migrations. */
  readonly hasJournal: boolean;
  /** In the order of execution: that of the journal, or of the folders' names. */
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
 * Reads a migrations folder, in the layout of drizzle-kit 0.31 or of drizzle 1.0. A folder that does not exist yet, or is
 * empty, is an empty history. Throws `journal-missing` when there are SQL files but no journal, and what `parseJournal` throws.
 */
export function readFolder(directory: string, options: ReadFolderOptions): MigrationsFolder {
  const prefix = relative(options.relativeTo, directory);
  const shown = (path: string) => (prefix === '' ? path : `${prefix}${sep}${path}`);
  const files = listFiles(directory);
  const journalText = readText(join(directory, 'meta', '_journal.json'));
  const sqlFiles = files.filter((name) => name.endsWith('.sql') && !name.endsWith('.down.sql'));
  const inFolders = migrationFolders(directory, files);
  if (journalText === undefined) {
    const about = { directory, journal: EMPTY_JOURNAL };
    if (inFolders.length > 0) {
      const read = readFolders({
        ...options,
        ...about,
        names: files,
        shown,
        readText,
        downs: options.downs === true,
        readModule: moduleOf,
        readDown: ({ tag, name, path }) => readDown(directory, { tag, name, path }),
      });
      return { ...about, layout: 'folders', hasJournal: true, ...read };
    }
    if (sqlFiles.length === 0) return { ...about, layout: 'journal', hasJournal: false, migrations: [], findings: [] };
    throw new MigratorError('journal-missing', {
      message: `${sqlFiles.length} SQL file${sqlFiles.length === 1 ? '' : 's'} but no journal: without meta/_journal.json nothing says which of them run, and in what order.`,
      where: shown('meta/_journal.json'),
      fix: `Restore it from version control (\`git checkout -- ${shown('meta/_journal.json')}\`), let \`migrator repair\` make one, or point \`out\` in drizzle.config.ts at the folder that has one.`,
    });
  }
  const journal = parseJournal(journalText, shown('meta/_journal.json'));
  const textFaults = new Map<string, TextFault>();
  const migrations = journal.entries.map((entry, position): Migration => {
    // An upgrade that stopped on the way has moved it, and may not have removed the journal.
    const moved = join(folderNameOf(entry), 'migration.sql');
    const name =
      inFolders.length > 0 && existsSync(join(directory, moved)) && !files.includes(`${entry.tag}.sql`)
        ? moved
        : `${entry.tag}.sql`;
    const file = `${directory}${sep}${name}`;
    const sql = readText(file);
    const squash = sql === undefined ? undefined : readSquash(sql);
    const fault = sql === undefined ? undefined : textFault(sql, file);
    if (fault) textFaults.set(entry.tag, fault);
    const path = shown(name);
    const down = options.downs
      ? (readDown(directory, { tag: entry.tag, path: shown(`${entry.tag}.sql`) }) ??
        (name === moved ? readDown(directory, { tag: entry.tag, name: folderNameOf(entry), path }) : undefined))
      : undefined;
    return {
      tag: entry.tag,
      position,
      idx: entry.idx,
      when: entry.when,
      path,
      ...(sql !== undefined && { file: { sql, hash: sha256(sql) } }),
      ...(squash && { squash }),
      ...(down && { down }),
      ...moduleOf(join(directory, name), sql),
    };
  });
  const heads: SnapshotHead[] | undefined = options.snapshots ? readSnapshotHeads(join(directory, 'meta')) : undefined;
  const findings = [
    ...(inFolders.length > 0 ? [halfUpgraded(migrations, inFolders, shown)] : []),
    ...folderFindings({ journal, journalText, migrations, textFaults, sqlFiles, heads, shown, now: options.now }),
  ];
  return { directory, layout: 'journal', journal, hasJournal: true, migrations, findings };
}

/** The TypeScript file of a backfill, which stands beside its SQL file. Looked for only where that says it is one. */
export function moduleOf(file: string, sql: string | undefined): Pick<Migration, 'module'> {
  if (sql === undefined || !readDirectives(sql).backfill) return {};
  const path = file.replace(/\.sql$/, '.backfill.ts');
  const text = readText(path);
  return text === undefined ? {} : { module: { path, text } };
}

/** The way back of a migration; undefined when it has no file. */
export function readDown(
  directory: string,
  { tag, name, path }: { readonly tag: string; readonly name?: string | undefined; readonly path: string },
): DownFile | undefined {
  const about = name === undefined ? { tag } : { tag, name };
  const sql = readText(downFileOf(directory, about));
  if (sql === undefined) return undefined;
  const { irreversible } = readDirectives(sql);
  return { path: downPathOf({ ...about, path }), sql, ...(irreversible !== undefined && { irreversible }) };
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

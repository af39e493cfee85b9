import type { Finding, LogEntry, MigrationStatus } from '../core/types.js';
import { readDirectives } from '../sql/directives.js';
import { statementHash } from './plan.js';
import { downEmpty, downMissing, downUnsure, editedWhileHalfRolledBack, irreversible } from './rollback-findings.js';
import { readStatements } from './statements.js';

/** What the log kept when a migration was applied. */
export interface StoredDown {
  readonly tag: string;
  readonly hash: string;
  readonly when: number;
  /** Null where there was no down file, or a tool before ours that kept none. */
  readonly downSql: string | null;
}

/** The SQL that undoes a migration, and where it is from. */
export interface ChosenDown {
  readonly text: { readonly sql: string };
  readonly source: 'file' | 'log';
  /** Why not the file, where it is from the log. */
  readonly because?: 'gone' | 'changed';
  /** True where the file was taken although the log kept another text. */
  readonly againstLog: boolean;
}

interface Choice {
  readonly tag: string;
  /** Path of the down file, whether there is one or not. */
  readonly path: string;
  readonly status: MigrationStatus | undefined;
  readonly stored: StoredDown | undefined;
  /** The rollback of it that stopped on the way. */
  readonly half: LogEntry | undefined;
  readonly useFiles: boolean;
  readonly serverVersion: number | undefined;
}

/**
 * The log's text was there, and could be tested, when the migration was applied; it is what fits the database. So it is taken
 * where the file is gone or says something else. The file counts where the log has nothing that could run, or where
 * `useFiles` says so. A rollback that stopped on the way goes on with the text that it began with. Pure.
 */
export function chooseDown(choice: Choice): ChosenDown | { readonly findings: readonly Finding[] } {
  const { tag, path, status, half, useFiles, serverVersion } = choice;
  const file = status?.migration.down;
  const stored = storedText(choice.stored);
  const candidates: ChosenDown[] = [
    ...(file && (useFiles || !stored || stored.sql === file.sql)
      ? [{ text: file, source: 'file', againstLog: stored !== undefined && stored.sql !== file.sql } as const]
      : []),
    ...(stored && stored.sql !== file?.sql
      ? [{ text: stored, source: 'log', because: file ? 'changed' : 'gone', againstLog: false } as const]
      : []),
    ...(file && stored && stored.sql !== file.sql && !useFiles
      ? [{ text: file, source: 'file', againstLog: true } as const]
      : []),
  ];
  if (half) {
    const same = candidates.find(({ text }) => beginsWith(text, half, serverVersion));
    return same ?? { findings: [editedWhileHalfRolledBack(tag, path, half)] };
  }
  const [first] = candidates;
  if (!first) return { findings: [downMissing(tag, path, status !== undefined)] };
  // An empty or one-way text in the log is no reason not to take one that was written since.
  const usable = candidates.find(({ text }) => isUsable(text, serverVersion));
  if (!usable) {
    const reason = readDirectives(first.text.sql).irreversible;
    return { findings: [reason === undefined ? downEmpty(tag, path) : irreversible(tag, path, reason)] };
  }
  if (usable.source === 'file' && !stored && !useFiles && isEdited(status))
    return { findings: [downUnsure(tag, path)] };
  return usable;
}

/** The texts of the log are asked for twice in a run; statements are remembered by identity. */
const storedTexts = new WeakMap<StoredDown, { readonly sql: string }>();

function storedText(stored: StoredDown | undefined): { readonly sql: string } | undefined {
  if (!stored || stored.downSql === null) return undefined;
  const text = storedTexts.get(stored) ?? { sql: stored.downSql };
  storedTexts.set(stored, text);
  return text;
}

function isUsable(text: { readonly sql: string }, serverVersion: number | undefined): boolean {
  return (
    readDirectives(text.sql).irreversible === undefined && readStatements(text, serverVersion).statements.length > 0
  );
}

/** Nothing says that a way back fits a migration whose text has changed since it ran. */
function isEdited(status: MigrationStatus | undefined): boolean {
  return status?.state === 'edited' && status.edit !== 'line-endings' && status.edit !== 'formatting';
}

function beginsWith(
  text: { readonly sql: string },
  { statementsDone, statementHashes }: LogEntry,
  serverVersion: number | undefined,
): boolean {
  const { statements } = readStatements(text, serverVersion);
  return (statementHashes ?? [])
    .slice(0, statementsDone)
    .every((hash, index) => hash === statementHash(statements[index]));
}

import { dirname, join } from 'node:path';
import { checkBackup } from '../backup/check.js';
import { backupFailure } from '../backup/failures.js';
import { type ListedBackup, listBackups, prune } from '../backup/folder.js';
import { exists, makeBackup } from '../backup/make.js';
import { backupName, type Retention } from '../backup/retention.js';
import type { BackupEvent, CheckedBackup, Manifest } from '../backup/types.js';
import { shellWord } from '../core/shell-word.js';
import { withCancel } from '../database/abort.js';
import { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import { type Project, targetOf, trackingOf } from './project.js';
import { proveBackup } from './prove-backup.js';

export interface BackupOptions extends Retention {
  /** The file to write. It must not exist. */
  readonly file?: string | undefined;
  /** Without `file`: the folder that it is written to, under a name with database and time. */
  readonly folder?: string | undefined;
  /** Restore it to a scratch database before it is called good, and compare catalog and row counts. */
  readonly verify?: boolean | undefined;
  /** Where to verify. Default: a temporary embedded server. */
  readonly scratchUrl?: string | undefined;
  /** A pg_dump to use, or `builtin`. Default: an installed one of the server's version, else the built-in one. */
  readonly pgDump?: string | undefined;
  /** How long to wait for DDL that runs, in milliseconds. Default 60 000. */
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: BackupEvent) => void) | undefined;
}

export interface BackupReport {
  readonly path: string;
  readonly size: number;
  readonly manifest: Manifest;
  /** It was restored to scratch, and compared. Otherwise it was only read again from end to end. */
  readonly verified: boolean;
  /** Backups that retention has deleted. */
  readonly deleted: readonly string[];
  /** Whole sentences: of rows that live elsewhere, of what the role may not read. */
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

/**
 * Writes the database to one file: schema, rows, sequences, large objects, in one snapshot. The database is only read. The
 * file has its name when it is whole, was read again, and verified if asked; otherwise there is none. Throws
 * `backup-unwritable`, `backup-failed`, `backup-unproven`, `pg-dump-unsuitable`, `permission-denied`, `lock-timeout`.
 */
export async function backup(project: Project, options: BackupOptions): Promise<BackupReport> {
  const [target, started, createdAt] = [targetOf(project), performance.now(), new Date()];
  const { signal } = options;
  const warnings: string[] = [];
  const onEvent = (event: BackupEvent) => {
    if (event.type === 'warning') warnings.push(event.message);
    options.onEvent?.(event);
  };
  const paths = pathsIn(options.folder ?? '.', target.database, createdAt);
  const asked = options.file ?? paths();
  const failure = (error: unknown) => backupFailure(error, { path: asked, target, signal });
  if (options.file !== undefined && (await exists(asked)))
    throw failure(Object.assign(new Error(`${asked} exists already`), { code: 'EEXIST' }));
  let checked: CheckedBackup;
  let session: Session | undefined;
  try {
    const own = await Session.open(target, { applicationName: 'migrator backup', signal });
    session = own;
    checked = await withCancel(own, signal, () =>
      makeBackup(own, target, {
        path: asked,
        nextPath: options.file === undefined ? paths : undefined,
        createdAt,
        tracking: trackingOf(project),
        pgDump: options.pgDump,
        lockTimeoutMs: options.lockTimeoutMs ?? 60_000,
        signal,
        onEvent,
        ...(options.verify && {
          prove: (made) => proveBackup(made, { scratchUrl: options.scratchUrl, signal, onEvent }),
        }),
      }),
    );
  } catch (error) {
    throw failure(error);
  } finally {
    await session?.close();
  }
  const { path, manifest, size } = checked;
  const deleted = await prune(dirname(path), {
    database: manifest.database.name,
    server: manifest.server.address,
    system: manifest.server.system,
    now: createdAt,
    made: path,
    keep: options.keep,
    keepForMs: options.keepForMs,
    onStays: (old, reason) =>
      onEvent({ type: 'warning', message: `No rule keeps ${old}, but it could not be deleted: ${reason}.` }),
  });
  const durationMs = performance.now() - started;
  onEvent({ type: 'finished', durationMs });
  return { path, size, manifest, verified: options.verify === true, deleted, warnings, durationMs };
}

/** Gives one path after the other: two backups may be made in one second. */
function pathsIn(folder: string, database: string, createdAt: Date): () => string {
  let count = 0;
  return () => {
    count += 1;
    return join(folder, backupName(database, createdAt, count));
  };
}

/** Reads a backup again and restores it to scratch. Touches no other database. Throws `backup-unreadable`, `backup-unproven`. */
export async function verifyBackup(
  path: string,
  options: Pick<BackupOptions, 'scratchUrl' | 'signal' | 'onEvent'> = {},
): Promise<CheckedBackup> {
  const { signal, scratchUrl, onEvent = () => {} } = options;
  onEvent({ type: 'phase', text: 'reading it' });
  const checked = await checkBackup(path, { signal });
  await proveBackup(checked, { scratchUrl, signal, onEvent });
  return checked;
}

/** The backups of a folder, newest first. */
export async function backups(folder: string): Promise<readonly ListedBackup[]> {
  return listBackups(folder);
}

/** The backup of a run that is about to apply `count` migrations. Its failure says that none of them is. */
export async function backupBefore(project: Project, count: number, options: BackupOptions): Promise<BackupReport> {
  try {
    return await backup(project, options);
  } catch (error) {
    throw rewritten(error, ({ state, fix }) => ({
      state: [state, `Nothing was applied: ${count === 1 ? '1 migration waits' : `${count} migrations wait`}.`]
        .filter(Boolean)
        .join(' '),
      fix: fix ?? '',
    }));
  }
}

/** An error of a run that had a backup made first, with the way back. */
export function withWayBack(error: unknown, { path, manifest }: Pick<BackupReport, 'path' | 'manifest'>): unknown {
  const wayBack = `The database as it was before this run: \`migrator restore ${shellWord(path)}\`.`;
  return rewritten(error, ({ state, fix, data }) => ({
    state: [state, `Backed up before it, at ${manifest.createdAt}.`].filter(Boolean).join(' '),
    fix: [fix, wayBack].filter(Boolean).join(' '),
    data: { ...data, backup: path },
  }));
}

function rewritten(
  error: unknown,
  change: (error: MigratorError) => { state: string; fix: string; data?: Readonly<Record<string, unknown>> },
): unknown {
  if (!(error instanceof MigratorError)) return error;
  const { code, message, where, detail, data, findings, result, cause } = error;
  return new MigratorError(code, {
    message,
    ...(where !== undefined && { where }),
    ...(detail !== undefined && { detail }),
    ...(data && { data }),
    ...change(error),
    ...(findings && { findings }),
    ...(result && { result }),
    cause,
  });
}

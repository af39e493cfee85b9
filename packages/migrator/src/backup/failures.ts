import { abortError } from '../database/abort.js';
import { connectionError, isConnectFailure, isConnectionLost } from '../database/connection-error.js';
import { sqlstate } from '../database/history.js';
import { type ConnectionTarget, describeTarget } from '../database/target.js';
import { MigratorError } from '../errors/migrator-error.js';
import { quoteIdent } from '../sql/quote.js';
import { LoadError } from './load.js';
import { PgDumpError } from './wasm-pg-dump.js';

const NO_BACKUP = 'No backup was made, and nothing of it was left; the database was only read.';

/** What ended a backup, as an error that says so. */
export function backupFailure(
  thrown: unknown,
  {
    path,
    target,
    signal,
  }: { readonly path: string; readonly target: ConnectionTarget; readonly signal?: AbortSignal | undefined },
): MigratorError {
  if (signal?.aborted) return stopped(abortError(signal), NO_BACKUP);
  if (thrown instanceof MigratorError && thrown.state !== undefined) return thrown;
  const cause = thrown instanceof PgDumpError && thrown.cause !== undefined ? thrown.cause : thrown;
  if (isConnectFailure(cause)) return connectionError(cause, target);
  const { message, code, detail } = facts(cause);
  const fileFault = unwritable(cause, path);
  if (fileFault) return fileFault;
  const common = { where: describeTarget(target), state: NO_BACKUP, cause: thrown };
  if (isConnectionLost(cause))
    return new MigratorError('connection-lost', {
      ...common,
      message: `The connection to the server was lost: ${message}`,
      fix: 'Run the command again once the server is back.',
    });
  if (code === '57014' || code === '55P03')
    return new MigratorError('lock-timeout', {
      ...common,
      message: `A table could not be locked against changes of its structure in time: ${message}.`,
      fix: 'Run it again when no migration or other DDL is running, or wait longer with `--lock-timeout 5m`.',
    });
  if (/row-level security/.test(message))
    return new MigratorError('permission-denied', {
      ...common,
      message: `A policy would hide rows from the backup: ${message}.`,
      fix: 'Take the backup as the owner of the table, where it is not forced on the owner too, or as a role with BYPASSRLS.',
    });
  if (code === '42501')
    return new MigratorError('permission-denied', {
      ...common,
      message: `The role may not read all of the database: ${message}.`,
      fix: /large object/.test(message)
        ? `Take the backup as the owner of the large objects or as a superuser: no role reads them all otherwise, not even with \`pg_read_all_data\`.`
        : `Take the backup as the owner, or grant what is missing: \`grant pg_read_all_data to ${quoteIdent(target.user)}\`.`,
    });
  if (thrown instanceof MigratorError)
    return new MigratorError(thrown.code, { ...withoutUndefined(thrown), state: NO_BACKUP });
  return new MigratorError('backup-failed', {
    ...common,
    message: `The backup failed: ${message.replace(/\.?\s*$/, '')}.`,
    ...(detail && { detail }),
    fix: 'Correct what the message names, then run it again. If the built-in pg_dump stumbled, try an installed one: `--pg-dump /path/to/pg_dump`.',
  });
}

/** What the file system says when a backup cannot be written. */
function unwritable(cause: unknown, path: string): MigratorError | undefined {
  const { code, message } = facts(cause);
  const what = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the quota of the disk is used up',
    EFBIG: 'the file would be larger than is allowed',
    EACCES: 'the folder may not be written to',
    EPERM: 'the folder may not be written to',
    EROFS: 'the file system is read-only',
    EEXIST: 'there is a file of this name',
    ENOTDIR: 'a part of the path is no folder',
    EISDIR: 'it is a folder',
    ENOENT: 'the folder does not exist',
    EIO: 'the disk reports a fault',
    ENAMETOOLONG: 'the name is too long',
  }[code];
  if (what === undefined) return undefined;
  const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code);
  return new MigratorError('backup-unwritable', {
    message: `The backup cannot be written: ${what}.`,
    where: path,
    detail: message,
    state: NO_BACKUP,
    fix: isFull
      ? 'Free some space, keep fewer with `--keep 3`, or write elsewhere with `--out /other/disk/file.tar`.'
      : 'Name another file with `--out`.',
    cause,
  });
}

/** What ended a restore before the swap, as an error; `state` says how things are now. */
export function restoreFailure(
  thrown: unknown,
  {
    target,
    signal,
    state,
  }: { readonly target: ConnectionTarget; readonly signal?: AbortSignal | undefined; readonly state: string },
): MigratorError {
  if (signal?.aborted) return stopped(abortError(signal), state);
  if (thrown instanceof MigratorError)
    return thrown.state === undefined ? new MigratorError(thrown.code, { ...withoutUndefined(thrown), state }) : thrown;
  const cause = thrown instanceof LoadError ? thrown.cause : thrown;
  if (isConnectFailure(cause)) return connectionError(cause, target);
  const { message, code, detail } = facts(cause);
  if (isConnectionLost(cause))
    return new MigratorError('connection-lost', {
      message: `The connection to the server was lost: ${message}`,
      where: describeTarget(target),
      state,
      fix: 'Run the command again once the server is back.',
      cause: thrown,
    });
  return new MigratorError('restore-failed', {
    message: `${thrown instanceof LoadError ? `The server refused ${thrown.place}` : 'The restore failed'}: ${message.replace(/\.?\s*$/, '')}${/^\w{5}$/.test(code) ? ` (${code})` : ''}.`,
    where: describeTarget(target),
    ...(detail && { detail }),
    state,
    fix: fixOf(code),
    cause: thrown,
  });
}

function fixOf(code: string): string {
  if (code === '42501')
    return 'Restore as the owner or a superuser; `--no-owner` gives everything to the role that restores.';
  if (code === '0A000' || code === '58P01' || code === '22023')
    return 'Install what the message names (extensions are not part of a backup) on this server, then run it again.';
  if (code === '53100') return 'Free space on the disk of the server, then run it again.';
  return 'Correct what the message names on this server, then run it again.';
}

/** The word of the signal, with how things are here. */
function stopped(error: MigratorError, state: string): MigratorError {
  return new MigratorError(error.code, { ...withoutUndefined(error), state, fix: 'Run the command again to do it.' });
}

function withoutUndefined({ message, where, fix, detail, data, cause }: MigratorError) {
  return {
    message,
    ...(where !== undefined && { where }),
    ...(fix !== undefined && { fix }),
    ...(detail !== undefined && { detail }),
    ...(data !== undefined && { data }),
    cause,
  };
}

function facts(cause: unknown): {
  readonly message: string;
  readonly code: string;
  readonly detail: string | undefined;
} {
  if (!(cause instanceof Error)) return { message: String(cause), code: '', detail: undefined };
  const { detail, where, hint } = cause as Readonly<Record<string, string | undefined>> & Error;
  const lines = [detail, where, hint].filter(Boolean).join('\n');
  return { message: cause.message, code: sqlstate(cause), detail: lines || undefined };
}

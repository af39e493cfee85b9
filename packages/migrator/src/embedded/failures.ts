import { MigratorError } from '../errors/migrator-error.js';

/** Turns "no space" from Node, initdb, the server's log or a query into one error with its remedy; passes on the rest. */
export function asEmbeddedFailure(error: unknown, where: string): unknown {
  if (error instanceof MigratorError || !(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === '53100') return diskFull(where, error.message, error);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return notWritable(where, error);
  return error;
}

export function isDiskFull(output: string): boolean {
  // Postgres says the last when a write stops half-way, at the last free bytes.
  return /No space left on device|Disk quota exceeded|Check free disk space/i.test(output);
}

export function diskFull(where: string, detail: string, cause?: unknown): MigratorError {
  return new MigratorError('embedded-disk-full', {
    message: 'The disk is full, so the embedded Postgres could not write.',
    where,
    state: 'Nothing that was committed is lost.',
    fix: 'Free some space on that disk (a fresh server needs about 60 MB), then run the command again.',
    detail,
    cause,
  });
}

export function initFailed(where: string, output: string): MigratorError {
  if (isDiskFull(output)) return diskFull(where, lastLines(output));
  return new MigratorError('embedded-init-failed', {
    message: 'The embedded Postgres could not create its data folder.',
    where,
    state: 'The half-made folder was removed.',
    fix: 'See the lines below. Or set DATABASE_URL to a Postgres server of your own.',
    detail: lastLines(output),
  });
}

export function startFailed(dataDirectory: string, logFile: string, output: string): MigratorError {
  if (isDiskFull(output)) return diskFull(dataDirectory, lastLines(output));
  return new MigratorError('embedded-start-failed', {
    message: 'The embedded Postgres did not start.',
    where: dataDirectory,
    state: 'Its data folder is as it was.',
    fix: `Read \`${logFile}\`. If its data may go, \`migrator db reset\` deletes it and starts a fresh server.`,
    detail: lastLines(output),
  });
}

function notWritable(where: string, error: Error): MigratorError {
  return new MigratorError('embedded-start-failed', {
    message: 'The embedded Postgres keeps its data beside drizzle.config.ts, where this user may not write.',
    where,
    state: 'Nothing was started.',
    fix: 'Give this user the right to write there, or set DATABASE_URL to a Postgres server of your own.',
    detail: error.message,
    cause: error,
  });
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-12).join('\n');
}

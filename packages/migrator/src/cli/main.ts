import { exitCodes } from '../errors/catalog.js';
import { MigratorError } from '../errors/migrator-error.js';
import { errorJson } from '../report/json.js';
import { renderError } from '../report/terminal.js';
import type { Io } from './io.js';
import { buildProgram, CommanderError, usageError } from './program.js';

/** Runs one command line and gives its exit code. The only place where errors become text. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = exitCodes.ok;
  try {
    await buildProgram(io, (code) => {
      exitCode = code;
    }).parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    const error = thrown instanceof CommanderError ? usageError(thrown) : asMigratorError(thrown, io);
    if (!error) return exitCodes.ok;
    if (argv.includes('--json'))
      io.out(`${JSON.stringify(errorJson(error, argv[0]?.startsWith('-') ? undefined : argv[0]), null, 2)}\n`);
    else io.err(renderError(error, io.color));
    return error.exitCode;
  }
}

function asMigratorError(thrown: unknown, io: Io): MigratorError {
  if (thrown instanceof MigratorError) return thrown;
  if (io.signal.aborted && io.signal.reason instanceof MigratorError) return io.signal.reason;
  const cause = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = 'code' in cause ? String(cause.code) : '';
  if (code === 'CONNECTION_CLOSED' || code === 'CONNECTION_ENDED' || /^(?:57P0[1-3]|08...)$/.test(code)) {
    return new MigratorError('connection-lost', {
      message: `The connection to the server was lost: ${cause.message}`,
      fix: 'Run `migrator status` once the server is back: it shows what was applied.',
      cause,
    });
  }
  if (/^[0-9A-Z]{5}$/.test(code) && 'severity' in cause) {
    return new MigratorError('statement-failed', {
      message: `The server refused a statement of the migrator itself: ${cause.message} (${code})`,
      fix: 'Check the rights of the role on the tracking schema.',
      cause,
    });
  }
  return new MigratorError('bug', {
    message: `Unexpected: ${cause.message}`,
    detail: cause.stack ?? '',
    fix: 'This is a fault of migrator. Please report it with the lines above.',
    cause,
  });
}

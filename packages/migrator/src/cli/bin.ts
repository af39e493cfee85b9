import { MigratorError } from '../errors/migrator-error.js';
import { processIo } from './io.js';
import { main } from './main.js';

const stop = new AbortController();

/** The first signal stops the run in order; a second one leaves at once. */
function onSignal(name: 'SIGINT' | 'SIGTERM'): void {
  const code = name === 'SIGINT' ? 'interrupted' : 'terminated';
  const error = new MigratorError(code, {
    message: `Stopped by ${name}.`,
    fix: 'Run `migrator status` to see what is applied, and run the same command again to go on.',
  });
  if (stop.signal.aborted) {
    process.stderr.write(
      `Left at once by a second ${name}. A statement may still be running in the server, and hold its locks; \`migrator status\` tells what was applied.\n`,
    );
    process.exit(error.exitCode);
  }
  stop.abort(error);
}

process.on('SIGINT', () => onSignal('SIGINT'));
process.on('SIGTERM', () => onSignal('SIGTERM'));

void main(process.argv.slice(2), processIo(stop.signal)).then((exitCode) => {
  process.exitCode = exitCode;
});

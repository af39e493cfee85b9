import { writeFileSync } from 'node:fs';
import { MigratorError } from '../errors/migrator-error.js';

/** Writes what `--html` was given for. Throws `wrong-usage` where it cannot be. */
export function writePage(path: string, page: string): void {
  try {
    writeFileSync(path, page);
  } catch (cause) {
    throw new MigratorError('wrong-usage', {
      message: `The page cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: path,
      fix: 'Name a file in a folder that is there and that you may write to.',
      cause,
    });
  }
}

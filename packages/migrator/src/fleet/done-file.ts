import { readFileSync } from 'node:fs';
import { MigratorError } from '../errors/migrator-error.js';

/** What a run over many databases has done, kept so that the next one need not go there again. */
export interface DoneFile {
  readonly version: 1;
  /** Digest of what is to be reached: another folder or other options begin anew. */
  readonly goal: string;
  /** Names of databases, and when each was done. */
  readonly done: Readonly<Record<string, string>>;
}

/** An empty one where there is none yet, or the goal is another. Throws `fleet-list` for a file that is something else. */
export function readDoneFile(path: string, goal: string): DoneFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { version: 1, goal, done: {} };
    throw notOurs(path, error);
  }
  const file = parse(text, path);
  return file.goal === goal ? file : { version: 1, goal, done: {} };
}

function parse(text: string, path: string): DoneFile {
  try {
    const file = JSON.parse(text) as Partial<DoneFile> | null;
    if (file?.version === 1 && typeof file.goal === 'string' && typeof file.done === 'object' && file.done !== null)
      return { version: 1, goal: file.goal, done: file.done };
  } catch (error) {
    throw notOurs(path, error);
  }
  throw notOurs(path);
}

function notOurs(path: string, cause?: unknown): MigratorError {
  return new MigratorError('fleet-list', {
    message: 'The file of `--state` is not one that `migrator fleet` has written.',
    where: path,
    state: 'Nothing was changed.',
    fix: 'Name another file, or delete this one to begin anew.',
    cause,
  });
}

import { existsSync, lstatSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MigratorError } from '../errors/migrator-error.js';

/** Where the embedded server of a project keeps its things. The state folder never leaves the machine: git ignores it. */
export interface Layout {
  readonly root: string;
  readonly folder: string;
  readonly stateFile: string;
  readonly lockFile: string;
  readonly logFile: string;
}

export function layoutOf(root: string): Layout {
  const real = realpathSync(root);
  const folder = join(real, '.migrator');
  return {
    root: real,
    folder,
    stateFile: join(folder, 'embedded.json'),
    lockFile: join(folder, 'embedded.lock'),
    logFile: join(folder, 'postgres.log'),
  };
}

/** Others may pass through the folder (the server may run as another user) but not list it. */
export function makeStateFolder(layout: Layout): void {
  // A link could have come with a hostile repository, to have things written and deleted elsewhere.
  const there = lstatSync(layout.folder, { throwIfNoEntry: false });
  if (there !== undefined && !there.isDirectory()) throw notAFolder(layout);
  mkdirSync(layout.folder, { recursive: true, mode: 0o711 });
  const ignore = join(layout.folder, '.gitignore');
  // Only when missing: a full disk must not stop `db down`.
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
}

function notAFolder(layout: Layout): MigratorError {
  return new MigratorError('embedded-start-failed', {
    message: 'The state folder of the embedded database is not a folder of its own but a link or a file.',
    where: layout.folder,
    state: 'Nothing was started.',
    fix: `Remove \`${layout.folder}\` and run the command again.`,
  });
}

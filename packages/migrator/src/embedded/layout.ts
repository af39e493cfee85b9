import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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
  mkdirSync(layout.folder, { recursive: true, mode: 0o711 });
  const ignore = join(layout.folder, '.gitignore');
  // Only when missing: a full disk must not stop `db down`.
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
}

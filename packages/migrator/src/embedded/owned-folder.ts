import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const name = 'melodia-migrator';

/**
 * Folders outside the checkout for what the server's user cannot reach inside it, best first.
 * Root prefers /var/lib: systemd removes old files from /var/tmp, which would eat a cluster piece by piece.
 */
export function outsideFolders(): (() => string | undefined)[] {
  const uid = process.getuid?.() ?? 0;
  return [
    () => takeOwnedFolder(uid === 0 ? join('/var/lib', name) : join(homedir(), '.cache', name)),
    () => takeOwnedFolder(join('/var/tmp', `${name}-${uid}`)),
    // Somebody holds the name above: one that nobody could foresee.
    () => orUndefined(() => letPass(mkdtempSync(`/var/tmp/${name}-`))),
  ];
}

/**
 * Makes the folder, or accepts one that only we can have made: where all may write, another user could have put a
 * folder or a link of this name there first.
 */
export function takeOwnedFolder(path: string): string | undefined {
  return orUndefined(() => {
    if (!existsSync(path)) mkdirSync(path, { recursive: path.startsWith(`${homedir()}/`), mode: 0o711 });
    const stat = lstatSync(path);
    const ours = stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0;
    return ours ? letPass(path) : undefined;
  });
}

/** True for folders `outsideFolders` can have given: the only ones outside the checkout that `reset` may delete in. */
export function isOutsideFolder(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return path.includes(name) && stat?.isDirectory() === true && stat.uid === process.getuid?.();
}

function letPass(path: string): string {
  chmodSync(path, 0o711);
  return path;
}

function orUndefined<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Session } from '../database/session.js';
import type { ConnectionTarget } from '../database/target.js';
import { checkBackup } from './check.js';
import { TarWriter } from './tar.js';
import type { CheckedBackup } from './types.js';
import { type DumpOptions, dumpDatabase } from './write.js';

export interface MakeOptions extends DumpOptions {
  readonly path: string;
  /** Another path, where that one was taken while the backup was made. Without it, that is an error. */
  readonly nextPath?: (() => string) | undefined;
  /** A last proof, before the backup gets its name. What it throws makes it no backup. */
  readonly prove?: ((backup: CheckedBackup) => Promise<void>) | undefined;
}

/**
 * Writes a backup under another name, reads it again from end to end, and only then gives it its own: whatever ends this on
 * the way, no file has that name. Throws what `dumpDatabase` and `checkBackup` throw, and what the file system says.
 */
export async function makeBackup(
  session: Session,
  target: ConnectionTarget,
  { path, nextPath, prove, ...options }: MakeOptions,
): Promise<CheckedBackup> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const partial = `${path}.${process.pid}-${randomBytes(3).toString('hex')}${PARTIAL}`;
  try {
    const file = await open(partial, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      await dumpDatabase(session, target, new TarWriter(file, options.createdAt), options);
      await file.sync();
    } finally {
      await file.close();
    }
    options.onEvent({ type: 'phase', text: 'reading it again' });
    const checked = await checkBackup(partial, { signal: options.signal });
    await prove?.(checked);
    return { ...checked, path: await nameIt(partial, path, nextPath) };
  } finally {
    await rm(partial, { force: true }).catch(() => {});
  }
}

/** End of the name of what is not finished. */
export const PARTIAL = '.partial';

/** A link refuses to replace what has come there meanwhile; a rename would not. Some file systems know no links. */
async function nameIt(partial: string, path: string, nextPath: MakeOptions['nextPath']): Promise<string> {
  try {
    await link(partial, path).catch(async (error: { readonly code?: string }) => {
      if (error.code === 'EEXIST') throw error;
      if (await exists(path)) throw Object.assign(new Error(`${path} exists already`), { code: 'EEXIST' });
      await rename(partial, path);
    });
  } catch (error) {
    if (nextPath && (error as { readonly code?: string }).code === 'EEXIST')
      return nameIt(partial, nextPath(), nextPath);
    throw error;
  }
  const folder: FileHandle | undefined = await open(dirname(path), 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
  return path;
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

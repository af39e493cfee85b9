import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MigratorError } from '../errors/migrator-error.js';
import { readManifest } from './check.js';
import { PARTIAL } from './make.js';
import { type Expiry, expired, type StoredBackup, SUFFIX } from './retention.js';
import type { Manifest } from './types.js';

export interface ListedBackup {
  readonly path: string;
  readonly size: number;
  /** Undefined where the file is no whole backup, with the reason. */
  readonly manifest?: Manifest;
  readonly fault?: string;
}

/**
 * The backups of a folder, newest first; damaged ones last. Looks at their ends, not at their content. Without the folder
 * there is none; one that cannot be read is `backup-unreadable`.
 */
export async function listBackups(folder: string): Promise<readonly ListedBackup[]> {
  const names = await readdir(folder).catch((cause: Error & { readonly code?: string }) => {
    if (cause.code === 'ENOENT') return [] as string[];
    throw new MigratorError('backup-unreadable', {
      message: `The folder of the backups cannot be read: ${cause.message}.`,
      where: folder,
      state: 'Nothing was changed.',
      fix: 'Let this user read the folder, or name another one with `--out`.',
      cause,
    });
  });
  const listed = await Promise.all(
    names
      .filter((name) => name.endsWith(SUFFIX))
      .map(async (name): Promise<ListedBackup> => {
        const path = join(folder, name);
        try {
          return { path, ...(await readManifest(path)) };
        } catch (error) {
          const { size } = await stat(path).catch(() => ({ size: 0 }));
          return { path, size, fault: error instanceof Error ? error.message : String(error) };
        }
      }),
  );
  const time = ({ manifest }: ListedBackup) => manifest?.createdAt ?? '';
  return listed.sort((a, b) => time(b).localeCompare(time(a)) || a.path.localeCompare(b.path));
}

const DAY = 86_400_000;

/**
 * Deletes what retention does not keep, and what backups left that were killed more than a day ago. Gives the paths. Only
 * whole backups count: damaged ones neither take the place of one nor are deleted. What cannot be deleted is told, and stays.
 */
export async function prune(
  folder: string,
  { onStays, ...expiry }: Expiry & { readonly onStays: (path: string, reason: string) => void },
): Promise<readonly string[]> {
  // A folder that takes files and shows none loses nothing.
  const stored = (await listBackups(folder).catch(() => [])).flatMap(({ path, manifest }) =>
    manifest ? [{ path, ...storedOf(manifest) }] : [],
  );
  const gone: string[] = [];
  for (const { path } of expired(stored, expiry)) {
    try {
      await rm(path, { force: true });
      gone.push(path);
    } catch (error) {
      onStays(path, error instanceof Error ? error.message : String(error));
    }
  }
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names.filter((name) => name.endsWith(PARTIAL) && name.includes(SUFFIX))) {
    const path = join(folder, name);
    const left = await stat(path).catch(() => undefined);
    if (left && expiry.now.getTime() - left.mtimeMs > DAY) await rm(path, { force: true }).catch(() => {});
  }
  return gone;
}

function storedOf({ createdAt, database, server }: Manifest): Omit<StoredBackup, 'path'> {
  return { createdAt: new Date(createdAt), database: database.name, server: server.address, system: server.system };
}

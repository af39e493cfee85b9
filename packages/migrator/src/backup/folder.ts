import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
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

/** The backups of a folder, newest first; damaged ones last. Looks at their ends, not at their content. */
export async function listBackups(folder: string): Promise<readonly ListedBackup[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
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
  const stored = (await listBackups(folder)).flatMap(({ path, manifest }) =>
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

import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MigratorError } from '../errors/migrator-error.js';
import { isDiskFull } from './failures.js';
import type { Layout } from './layout.js';
import { outsideFolders, takeOwnedFolder } from './owned-folder.js';
import { type RunAs, runAs } from './run-as.js';
import { dataDirectoryOf, type EmbeddedState, insidePlace } from './state.js';

/**
 * Where the data is, as far as it exists already. A copied checkout brings its original's state along, and two projects
 * must not share data that lies outside; a moved one, whose old folder is gone, keeps it.
 */
export function existingPlace(layout: Layout, state: EmbeddedState | undefined): string | undefined {
  const places = [insidePlace];
  if (state !== undefined && (state.root === layout.root || !existsSync(state.root))) places.unshift(state.place);
  return places.find((place) => existsSync(dataDirectoryOf(layout, place)));
}

/** Where new data goes: the state folder, unless the server's user cannot work there. */
export function choosePlace(layout: Layout, who: RunAs): string {
  if (canHoldData(layout.folder, who)) return insidePlace;
  const mark = createHash('sha256').update(layout.root).digest('hex').slice(0, 16);
  for (const folder of outsideFolders()) {
    const parent = folder();
    const place = parent === undefined ? undefined : takeOwnedFolder(join(parent, mark));
    if (place === undefined || !canHoldData(place, who)) continue;
    // For people who find it: a server whose project was deleted stays behind.
    writeFileSync(join(place, 'project.txt'), `${layout.root}\n`, { mode: 0o600 });
    return place;
  }
  throw new MigratorError('embedded-start-failed', {
    message: 'No folder was found that the embedded Postgres can keep its data in.',
    where: layout.folder,
    state: 'Nothing was started.',
    fix: 'Move the checkout to a folder that other users may enter, or set DATABASE_URL to a Postgres server of your own.',
  });
}

/** An empty folder of the server's user, closed to all others. */
export function makePrivateFolder(path: string, who: RunAs): void {
  mkdirSync(path, { mode: 0o700 });
  chmodSync(path, 0o700);
  if (who.uid !== undefined && who.gid !== undefined) chownSync(path, who.uid, who.gid);
}

/** Tries it out: Postgres wants mode 0700 and its own uid, which some mounts do not keep. */
export function canHoldData(folder: string, who: RunAs): boolean {
  const trial = join(folder, `trial-${randomBytes(6).toString('hex')}`);
  try {
    makePrivateFolder(trial, who);
    const { mode, uid } = statSync(trial);
    if ((mode & 0o777) !== 0o700 || uid !== (who.uid ?? process.getuid?.())) return false;
    const { status, stderr } = runAs(who, '/bin/sh', ['-c', 'cd "$1" && : > file', 'sh', trial]);
    return status === 0 || isDiskFull(stderr);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) throw error;
    return false;
  } finally {
    rmSync(trial, { recursive: true, force: true });
  }
}

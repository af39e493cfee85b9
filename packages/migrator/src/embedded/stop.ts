import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bootLocked, withEmbeddedLock } from './boot.js';
import { type Layout, layoutOf } from './layout.js';
import { isOutsideFolder } from './owned-folder.js';
import { existingPlace } from './place.js';
import { dataDirectoryOf, insidePlace, readState } from './state.js';
import { endLeftovers, stopServer } from './stop-server.js';
import type { EmbeddedOptions, EmbeddedServer } from './types.js';

/** Stops the server and keeps its data. False if it was not running. */
export async function stopEmbedded(root: string): Promise<boolean> {
  const layout = layoutOf(root);
  if (!existsSync(layout.folder)) return false;
  return await withEmbeddedLock(layout, undefined, async () => {
    const place = existingPlace(layout, readState(layout));
    return place !== undefined && (await stopServer(dataDirectoryOf(layout, place)));
  });
}

/** Stops the server, deletes all its data and starts a fresh one. */
export async function resetEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const layout = layoutOf(options.root);
  return await withEmbeddedLock(layout, options.onProgress, async () => {
    await deleteData(layout, options.onProgress);
    return await bootLocked(layout, options);
  });
}

/** Stops the server and deletes its data, also where it lies outside the project. */
export async function removeEmbedded(root: string): Promise<void> {
  const layout = layoutOf(root);
  await withEmbeddedLock(layout, undefined, () => deleteData(layout, undefined));
  const entries = existsSync(layout.folder) ? readdirSync(layout.folder) : [];
  const kept = entries.includes(BACKUPS) ? [BACKUPS, '.gitignore'] : [];
  for (const entry of entries.filter((name) => !kept.includes(name)))
    rmSync(join(layout.folder, entry), { recursive: true, force: true });
  if (kept.length === 0) rmSync(layout.folder, { recursive: true, force: true });
}

/** Where `migrator backup` writes when nothing else is said: they outlive what they are of. */
const BACKUPS = 'backups';

/** The data goes in one rename, so that a kill half-way leaves no half of it behind under its name. */
async function deleteData(layout: Layout, onProgress: EmbeddedOptions['onProgress']): Promise<void> {
  const place = existingPlace(layout, readState(layout));
  if (place === undefined || !(place === insidePlace || isOutsideFolder(dirname(place)))) return;
  const dataDirectory = dataDirectoryOf(layout, place);
  onProgress?.(`Deleting ${dataDirectory}.`);
  await stopServer(dataDirectory);
  await endLeftovers(dataDirectory);
  const doomed = `${dirname(dataDirectory)}/new-data-deleted`;
  rmSync(doomed, { recursive: true, force: true });
  renameSync(dataDirectory, doomed);
  rmSync(doomed, { recursive: true, force: true });
  if (place !== insidePlace) rmSync(place, { recursive: true, force: true });
}

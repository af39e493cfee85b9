import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { exitCodes } from '../../errors/catalog.js';
import { type Check, fail, ok, warn } from '../types.js';

const LITTLE = 1024 ** 3;
const NEXT_TO_NOTHING = 100 * 1024 ** 2;

export const embedded: Check = {
  id: 'embedded',
  title: 'Embedded Postgres',
  needs: 'nothing',
  async run({ usesEmbedded, root, reader }) {
    if (!usesEmbedded) return ok('Not in use: a database is configured.');
    const { embeddedStatus, findNativeFolder } = await import('../../embedded/index.js');
    // Throws what to do where there are no binaries for this machine.
    findNativeFolder();
    const server = await embeddedStatus(root);
    const free = freeBytes(server?.dataDirectory ?? root);
    const space = `${(free / LITTLE).toFixed(1)} GB of disk are free`;
    if (free < NEXT_TO_NOTHING) {
      return fail(
        `The disk of the embedded Postgres is full: ${Math.round(free / 1024 ** 2)} MB are free.`,
        'Make room; the server stops at the next write that finds none.',
        exitCodes.database,
      );
    }
    if (!server) return ok(`Not running; the next command that needs it starts it. ${space}.`);
    const where = `Postgres ${server.version} on port ${server.port}, with its data in ${server.dataDirectory}`;
    if (!reader.canRead) {
      return fail(
        `${where}, is running and takes no connection.`,
        'Stop it with `migrator db down`; the next command starts it again.',
        exitCodes.database,
      );
    }
    return free < LITTLE ? warn(`${where}; only ${space}.`, 'Make room on the disk.') : ok(`${where}; ${space}.`);
  },
};

/** Of the disk that a folder is or will be on. */
function freeBytes(path: string): number {
  if (!existsSync(path) && dirname(path) !== path) return freeBytes(dirname(path));
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

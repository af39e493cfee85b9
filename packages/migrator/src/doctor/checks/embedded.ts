import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { EmbeddedServer } from '../../embedded/index.js';
import { exitCodes } from '../../errors/catalog.js';
import { type Check, type CheckOutcome, fail, ok, warn } from '../types.js';

const LITTLE = 1024 ** 3;
const NEXT_TO_NOTHING = 100 * 1024 ** 2;

export const embedded: Check = {
  id: 'embedded',
  title: 'Embedded Postgres',
  needs: 'nothing',
  async run({ usesEmbedded, target, root, reader }) {
    if (!usesEmbedded)
      return ok(`Not in use: ${target ? 'a database is configured' : 'there is no config that means it'}.`);
    const { embeddedStatus, findNativeFolder } = await import('../../embedded/index.js');
    // Throws what to do where there are no binaries for this machine.
    findNativeFolder();
    const server = await embeddedStatus(root);
    return judgeEmbedded({ server, free: freeBytes(server?.dataDirectory ?? root), answers: reader.canRead });
  },
};

/** What to say of the server, undefined where it does not run, and of the bytes that are free for it. Pure. */
export function judgeEmbedded({
  server,
  free,
  answers,
}: {
  readonly server: Pick<EmbeddedServer, 'version' | 'port' | 'dataDirectory'> | undefined;
  readonly free: number;
  readonly answers: boolean;
}): CheckOutcome {
  const space = `${(free / LITTLE).toFixed(1)} GB of disk are free`;
  if (free < NEXT_TO_NOTHING) {
    return fail(
      `The disk of the embedded Postgres is full: ${Math.round(free / 1024 ** 2)} MB are free.`,
      'Make room; the server stops at the next write that finds none.',
      exitCodes.database,
    );
  }
  const isLittle = free < LITTLE;
  if (!server) {
    const message = 'Not running; the next command that needs it starts it';
    return isLittle ? warn(`${message}. Only ${space}.`, 'Make room on the disk.') : ok(`${message}. ${space}.`);
  }
  const where = `Postgres ${server.version} on port ${server.port}, with its data in ${server.dataDirectory}`;
  if (!answers) {
    return fail(
      `${where}, is running and takes no connection.`,
      'Stop it with `migrator db down`; the next command starts it again.',
      exitCodes.database,
    );
  }
  return isLittle ? warn(`${where}; only ${space}.`, 'Make room on the disk.') : ok(`${where}; ${space}.`);
}

/** Of the disk that a folder is or will be on. */
function freeBytes(path: string): number {
  if (!existsSync(path) && dirname(path) !== path) return freeBytes(dirname(path));
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

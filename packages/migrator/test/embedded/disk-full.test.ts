import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { initFailed } from '../../src/embedded/failures.js';
import { ensureEmbedded, removeEmbedded, stopEmbedded } from '../../src/embedded/index.js';
import { isRoot, query } from './project.js';

const full = {
  code: 'embedded-disk-full',
  message: 'The disk is full, so the embedded Postgres could not write.',
  fix: expect.stringContaining('Free some space'),
};

function mount(...args: string[]): boolean {
  return spawnSync('mount', args).status === 0;
}

const small = isRoot ? makeSmallDisk() : undefined;

/** A disk of 20 MB, where the machine lets root mount one. */
function makeSmallDisk(): string | undefined {
  const folder = spawnSync('mktemp', ['-d'], { encoding: 'utf8' }).stdout.trim();
  if (mount('-t', 'tmpfs', '-o', 'size=20m,mode=755', 'tmpfs', folder)) return folder;
  rmSync(folder, { recursive: true });
  return undefined;
}

describe('a full disk', () => {
  const mounted: readonly [string, (disk: string) => Promise<void>][] = [
    [
      'stops each step with the remedy, and each goes on where it stopped once there is space',
      async (disk) => {
        await expect(ensureEmbedded({ root: disk })).rejects.toMatchObject(full);
        expect(readdirSync(join(disk, '.migrator')).filter((name) => /data|password|trial/.test(name))).toEqual([]);

        mount('-o', 'remount,size=100m', disk);
        const { url, dataDirectory } = await ensureEmbedded({ root: disk });
        await query(url, `create table songs as select 'first' as title; checkpoint`);
        await fill(disk);
        await expect(ensureEmbedded({ root: disk, database: 'other' })).rejects.toMatchObject(full);

        await stopEmbedded(disk);
        await fill(disk);
        await expect(ensureEmbedded({ root: disk })).rejects.toMatchObject(full);

        rmSync(join(disk, 'filler'));
        expect(await ensureEmbedded({ root: disk })).toMatchObject({ dataDirectory, createdNow: false });
        expect(await query(url, 'select title from songs')).toEqual([{ title: 'first' }]);
        expect(await ensureEmbedded({ root: disk, database: 'other' })).toMatchObject({ createdNow: true });
      },
    ],
  ];

  test('is told from other failures of initdb by what initdb says', () => {
    expect(initFailed('/place', 'initdb: error: could not write: No space left on device')).toMatchObject(full);
    expect(initFailed('/place', 'initdb: error: something else')).toMatchObject({ code: 'embedded-init-failed' });
  });

  test.each(small === undefined ? [] : mounted)('%s', async (_, run) => {
    const disk = small ?? '';
    try {
      await run(disk);
    } finally {
      await removeEmbedded(disk);
      spawnSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true, force: true });
    }
  });
});

async function fill(disk: string): Promise<void> {
  spawnSync('sh', ['-c', 'cat /dev/zero >> "$1/filler"', 'sh', disk]);
  expect(existsSync(join(disk, 'filler'))).toBe(true);
}

import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { snapshotOf } from '../../src/generate/drizzle-kit.js';
import { fileText } from '../../src/generate/file-text.js';
import { parkingIn } from '../../src/generate/parking.js';
import { type PartOptions, partsOf } from '../../src/generate/parts.js';
import { prove } from '../../src/generate/prove.js';
import type { Rename } from '../../src/generate/renames.js';
import { EMPTY_SNAPSHOT, type Snapshot } from '../../src/generate/snapshot.js';
import { openTrash } from '../../src/recoverable/index.js';
import { type Scratch, withScratch } from '../../src/scratch/index.js';
import { loadParser } from '../../src/sql/parse.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The snapshot of exports of a schema file. */
export function snapshot(exports: Readonly<Record<string, unknown>>): Promise<Snapshot> {
  return snapshotOf(Object.values(exports), { root, prevId: EMPTY_SNAPSHOT.id, casing: undefined });
}

/** Databases on the run's server, gone when `use` is done; on a server of its own where roles are made. */
export async function withTestScratch<T>(use: (scratch: Scratch) => Promise<T>, own = false): Promise<T> {
  await loadParser();
  return withScratch(own ? {} : { url: inject('serverUrl') }, use);
}

/** Generates, applies, rolls back and applies again, comparing catalogs; gives the files. */
export async function roundTrip(
  scratch: Scratch,
  before: Snapshot,
  after: Snapshot,
  options: PartOptions & { readonly renames?: readonly Rename[] },
): Promise<string[]> {
  await loadParser();
  const parts = partsOf(before, after, options.renames ?? [], {
    parking: parkingIn({ migration: '0007_test' }),
    ...options,
  });
  const steps = parts.map((part, index) => ({
    tag: `part${index}`,
    up: fileText([...(part.recoverable ? openTrash().map((sql) => ({ sql })) : []), ...part.up], {
      direction: 'up',
      breakpoints: true,
      noTransaction: part.online,
      recoverable: part.recoverable,
      gone: [],
    }),
    down: fileText(part.down, {
      direction: 'down',
      breakpoints: true,
      noTransaction: false,
      recoverable: false,
      gone: [],
    }),
  }));
  await prove(scratch, { before, after, steps, trashSchema: undefined });
  return steps.flatMap(({ up, down }) => [up, down]);
}

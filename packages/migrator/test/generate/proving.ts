import { fileURLToPath } from 'node:url';
import { expect, inject } from 'vitest';
import { partTexts } from '../../src/generate/draft.js';
import { snapshotOf } from '../../src/generate/drizzle-kit.js';
import { parkingIn } from '../../src/generate/parking.js';
import { type PartOptions, partsOf } from '../../src/generate/parts.js';
import { prove } from '../../src/generate/prove.js';
import type { Rename } from '../../src/generate/renames.js';
import { EMPTY_SNAPSHOT, type Snapshot } from '../../src/generate/snapshot.js';
import { withoutBystanders } from '../../src/generate/subset.js';
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
  options: PartOptions & { readonly renames?: readonly Rename[]; readonly small?: boolean },
): Promise<string[]> {
  await loadParser();
  const forms = { parking: parkingIn({ migration: '0007_test' }), ...options };
  const stepsOf = (from: Snapshot, to: Snapshot) =>
    partsOf(from, to, options.renames ?? [], forms).map((part, index) => ({
      tag: `part${index}`,
      ...partTexts(part, { config: CONFIG, trash: undefined }),
    }));
  const steps = stepsOf(before, after);
  const small = withoutBystanders(before, after, options.renames ?? []);
  expect(stepsOf(small.before, small.after)).toEqual(steps);
  await prove(scratch, { ...(options.small ? small : { before, after }), steps, trashSchema: undefined });
  return steps.flatMap(({ up, down }) => [up, down]);
}

const CONFIG = { schema: [], casing: undefined, breakpoints: true, prefix: 'index' } as const;

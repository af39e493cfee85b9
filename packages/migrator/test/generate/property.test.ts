import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type RenameQuestion, resolveRenames } from '../../src/generate/resolve-renames.js';
import { roundTrip, snapshot, withTestScratch } from './proving.js';
import { exportsOf, type Model, pair } from './random-schema.js';

/** 5,000 at night: see `pnpm test:nightly`. */
const RUNS = Number(process.env.MIGRATOR_PROPERTY_RUNS ?? 300);
/** The suite is a gate, and must not fail by the luck of a day; the nightly run looks for what is new. */
const GATE_SEED = 6;
const SEED = process.env.MIGRATOR_PROPERTY_SEED ?? (RUNS > 300 ? undefined : GATE_SEED);

test(`${RUNS} pairs of schemas: there, back and there again`, { timeout: RUNS * 10_000 }, async () => {
  const seed = SEED === undefined ? Date.now() % 2 ** 31 : Number(SEED);
  console.info(`property test of generate: seed ${seed}, ${RUNS} runs`);
  let done = 0;
  await withTestScratch(async (scratch) => {
    await fc.assert(
      fc.asyncProperty(
        pair,
        fc.boolean(),
        fc.infiniteStream(fc.boolean()),
        async ([a, b]: readonly [Model, Model], plain, coins) => {
          const [before, after] = [await snapshot(exportsOf(a)), await snapshot(exportsOf(b))];
          const ask = async ({ created, gone: [first = ''] }: RenameQuestion) => {
            // Names of indexes may clash on the way to a schema that has a table of that name: refused by the proof, not handled.
            const home = (name: string) => name.startsWith('app.');
            const clash =
              home(created) !== home(first) &&
              [...a.tables, ...b.tables].some(
                ({ name, inSchema }) => inSchema === home(created) && first.endsWith(name),
              );
            return coins.next().value && !clash ? first : undefined;
          };
          const renames = await resolveRenames(before, after, { given: [], none: false, ask });
          await roundTrip(scratch, before, after, { plain, renames, small: coins.next().value === true });
          done += 1;
        },
      ),
      {
        seed,
        numRuns: RUNS,
        ...(process.env.MIGRATOR_PROPERTY_PATH && { path: process.env.MIGRATOR_PROPERTY_PATH }),
        endOnFailure: process.env.MIGRATOR_PROPERTY_SHRINK === undefined,
      },
    );
  }, true);
  expect(done).toBeGreaterThanOrEqual(RUNS);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { applyRepair, planRepair } from '../../src/api/repair.js';
import { status } from '../../src/api/status.js';
import type { Finding } from '../../src/core/types.js';
import { MigratorError } from '../../src/errors/migrator-error.js';
import { createDatabase, type TestDatabase } from '../setup/database.js';
import { makeProject } from '../setup/project.js';
import { differences, folderAt } from './harness.js';
import { anyCase, asDrizzleKitApplies, type Case, historyOf, inflict } from './random-history.js';

const RUNS = Number(process.env.MIGRATOR_PROPERTY_RUNS ?? 500);
/** The suite is a gate, and must not fail by the luck of a day; the nightly run looks for what is new. */
const GATE_SEED = 5;
const SEED = process.env.MIGRATOR_PROPERTY_SEED ?? (RUNS > 500 ? undefined : GATE_SEED);

/** What a repair may leave to people: each is told, with its flags, and stops what it matters for. */
const NAMED = ['refused', 'journal-missing'];

/** Most of a case is waiting for the server: this many are under way side by side, each with a pair of databases of its own. */
const LANES = process.env.MIGRATOR_PROPERTY_PATH === undefined ? 4 : 1;

test(`${RUNS} broken histories: mended, or refused by name`, { timeout: RUNS * 10_000 }, async () => {
  const seed = SEED === undefined ? Date.now() % 2 ** 31 : Number(SEED);
  console.info(`property test of repair: seed ${seed}, ${RUNS} runs`);
  const outcomes = { equal: 0, refused: 0 };
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const [old, fresh] = [await createDatabase(), await createDatabase()];
    await fc.assert(
      fc.asyncProperty(anyCase, async (sample) => {
        outcomes[await repaired(sample, old, fresh)] += 1;
      }),
      {
        // Of a lane that fails, fast-check names the seed and the path: alone, they give its case again.
        seed: seed + lane,
        numRuns: Math.ceil(RUNS / LANES),
        endOnFailure: process.env.MIGRATOR_PROPERTY_SHRINK === undefined,
        ...(process.env.MIGRATOR_PROPERTY_PATH && { path: process.env.MIGRATOR_PROPERTY_PATH }),
      },
    );
  });
  const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === 'rejected');
  if (failed) throw failed.reason;
  console.info(`property test of repair: ${outcomes.equal} mended, ${outcomes.refused} refused by name`);
  if (LANES > 1) expect(outcomes.equal).toBeGreaterThan(RUNS / 2);
});

const EMPTY = 'drop schema if exists drizzle cascade; drop schema public cascade; create schema public';

async function repaired(sample: Case, old: TestDatabase, fresh: TestDatabase): Promise<'equal' | 'refused'> {
  const history = historyOf(sample);
  const applied = history.slice(0, sample.applied);
  const project = makeProject(old, history);
  await Promise.all([
    old.query(sample.withoutLog && applied.length > 0 ? `${EMPTY}; ${asDrizzleKitApplies(applied)}` : EMPTY),
    fresh.query(EMPTY),
  ]);
  const last = applied.at(-1);
  if (last && !sample.withoutLog) await migrate(project, { to: last.tag });
  const folder = folderAt(project.root);
  for (const { name, at } of sample.faults) await inflict(name, { folder, history, query: old.query, at });

  const plan = await planRepair(project);
  await applyRepair(project, plan);
  const again = await planRepair(project);
  expect(again.steps).toEqual([]);

  const left = again.findings.filter(({ severity }) => severity === 'error');
  const outcome = await attempt(() => migrate(project));
  if (outcome) {
    // What stops the run was told by the repair, with what to type.
    if (NAMED.includes(outcome.code)) expect(left).not.toEqual([]);
    else {
      expect(outcome.code).toBe('statement-failed');
      const foretold = again.findings.filter(({ code }) => FORETOLD.includes(code));
      // Without row and log, nothing tells that rows were inserted before.
      const isUntold = sample.withoutLog && outcome.data?.sqlstate === '23505';
      if (!isUntold) expect(foretold, outcome.message).not.toEqual([]);
    }
    return 'refused';
  }
  const state = await status(project);
  expect(state.upToDate).toBe(true);
  const onNew = await attempt(() => migrate({ ...project, database: fresh.url }));
  if (onNew && left.length > 0) {
    expect(NAMED).toContain(onNew.code);
    return 'refused';
  }
  if (onNew) {
    // A file that is gone for good: the one database has what it made, the other a gap, which is foretold.
    const gap = await status({ ...project, database: fresh.url });
    expect(onNew.code).toBe('statement-failed');
    expect(
      codesOf(gap.findings).filter((code) => FORETOLD.includes(code)),
      onNew.message,
    ).not.toEqual([]);
    return 'refused';
  }
  // Rows of migrations that nobody has any more are told of, and what they made is there.
  if (codesOf(state.findings).includes('unknown-row')) return 'refused';
  expect(await differences(fresh, old)).toEqual([]);
  return 'equal';
}

/** Findings that say that the next run will be refused by the server, or do something twice. */
const FORETOLD: readonly string[] = ['already-there', 'not-there', 'row-missing'];

const codesOf = (findings: readonly Finding[]) => findings.map(({ code }) => code);

async function attempt(work: () => Promise<unknown>): Promise<MigratorError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof MigratorError && error.code !== 'bug') return error;
    throw error;
  }
}

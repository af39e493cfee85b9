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
import { anyCase, type Case, historyOf, inflict } from './random-history.js';

const RUNS = Number(process.env.MIGRATOR_PROPERTY_RUNS ?? 500);
/** The suite is a gate, and must not fail by the luck of a day; the nightly run looks for what is new. */
const GATE_SEED = 5;
const SEED = process.env.MIGRATOR_PROPERTY_SEED ?? (RUNS > 500 ? undefined : GATE_SEED);

/** What a repair may leave to people: each is told, with its flags, and stops what it matters for. */
const NAMED = ['refused', 'journal-missing'];

test(`${RUNS} broken histories: mended, or refused by name`, { timeout: RUNS * 10_000 }, async () => {
  const seed = SEED === undefined ? Date.now() % 2 ** 31 : Number(SEED);
  console.info(`property test of repair: seed ${seed}, ${RUNS} runs`);
  const [old, fresh] = [await createDatabase(), await createDatabase()];
  const outcomes = { equal: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(anyCase, async (sample) => {
      outcomes[await repaired(sample, old, fresh)] += 1;
    }),
    {
      seed,
      numRuns: RUNS,
      endOnFailure: process.env.MIGRATOR_PROPERTY_SHRINK === undefined,
      ...(process.env.MIGRATOR_PROPERTY_PATH && { path: process.env.MIGRATOR_PROPERTY_PATH }),
    },
  );
  console.info(`property test of repair: ${outcomes.equal} mended, ${outcomes.refused} refused by name`);
  expect(outcomes.equal).toBeGreaterThan(RUNS / 2);
});

const EMPTY = 'drop schema if exists drizzle cascade; drop schema public cascade; create schema public';

async function repaired(sample: Case, old: TestDatabase, fresh: TestDatabase): Promise<'equal' | 'refused'> {
  await Promise.all([old.query(EMPTY), fresh.query(EMPTY)]);
  const history = historyOf(sample);
  const project = makeProject(old, history);
  const last = history[Math.min(sample.applied, history.length) - 1];
  if (last) await migrate(project, { to: last.tag });
  if (last && sample.withoutLog) await old.query('delete from drizzle.__migrator_log');
  const folder = folderAt(project.root);
  for (const { name, at } of sample.faults) await inflict(name, { folder, history, query: old.query, at });

  const plan = await planRepair(project);
  await applyRepair(project, plan);
  const again = await planRepair(project);
  expect(again.steps).toEqual([]);

  const left = errorsOf(again.findings);
  const outcome = await attempt(() => migrate(project));
  if (outcome) {
    // What stops the run was told by the repair, with what to type.
    if (NAMED.includes(outcome.code)) expect(left).not.toEqual([]);
    else {
      // A file that was edited and stamped anew is tied to its row by nothing; then the row is told of.
      const isTold = again.findings.some(({ code }) => code === 'unknown-row');
      const isUntraceable = sample.faults.some(({ name }) => UNTRACEABLE.includes(name));
      expect([outcome.code, isTold || isUntraceable]).toEqual(['statement-failed', true]);
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
  expect(onNew).toBeUndefined();
  // Rows of migrations that nobody has any more are told of, and what they made is there.
  if (state.findings.some(({ code }) => code === 'unknown-row')) return 'refused';
  expect(await differences(fresh, old)).toEqual([]);
  return 'equal';
}

/** After these nobody can know what is missing until the server says so. */
const UNTRACEABLE: readonly string[] = ['row gone', 'file gone', 'file and entry gone', 'edited'];

const errorsOf = (findings: readonly Finding[]) => findings.filter(({ severity }) => severity === 'error');

async function attempt(work: () => Promise<unknown>): Promise<MigratorError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof MigratorError && error.code !== 'bug') return error;
    throw error;
  }
}

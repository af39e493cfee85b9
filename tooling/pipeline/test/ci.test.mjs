import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScene } from '../src/scene.mjs';
import { play } from '../src/workflow.mjs';

// The job `migrations` of .github/workflows/ci.yml on a pull request, against a history that is kept in git.

/** @type {Awaited<ReturnType<typeof openScene>>} */
let scene;
let base = '';
const git = (...args) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
    cwd: scene.project,
    encoding: 'utf8',
  }).trim();

beforeAll(async () => {
  scene = await openScene({ isBuilt: true });
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'base');
  base = git('rev-parse', 'HEAD');
});
afterAll(() => scene?.close());

const pullRequest = async () => {
  const { migrations } = await play('ci', {
    github: { event_name: 'pull_request', event: { pull_request: { base: { sha: base } } } },
    env: scene.env,
    jobs: (id) => id === 'migrations',
    isDone: scene.isDone,
  });
  return migrations;
};

test('a pull request without a migration passes', async () => {
  const { result, output, steps } = await pullRequest();
  expect([result, steps.map(({ exitCode }) => exitCode)], output).toEqual(['success', [0, 0]]);
});

test('one that would stop production fails, with the reason at its line', async () => {
  scene.addMigration('0900_scan', 'alter table songs alter column title type varchar(10);', 'select 1;');
  const { result, output, steps } = await pullRequest();
  expect([result, steps.at(-1)?.name]).toEqual(['failure', 'Check the migrations']);
  expect(output).toMatch(/^::error file=.*0900_scan\.sql,line=1/m);
});

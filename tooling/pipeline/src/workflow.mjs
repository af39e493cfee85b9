// Plays a workflow of .github/workflows here: its jobs in their order, and each shell step as it is written there.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { holds, interpolate } from './expressions.mjs';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * @typedef {object} PlayOptions
 * @property {Record<string, unknown>} [github] `event_name`, `sha` and what else the expressions ask for.
 * @property {Record<string, string>} [inputs]
 * @property {Record<string, string>} [vars]
 * @property {Record<string, string>} [secrets]
 * @property {Record<string, string | undefined>} [env] Of the machine, for every step.
 * @property {(job: string) => boolean} [jobs] Which jobs are played; the others count as done. Default: all.
 * @property {(step: { readonly name?: string, readonly uses?: string }) => boolean} [isDone] Steps that need not be played, such as what installs and builds what is there.
 * @property {(text: string) => void} [write] What the steps print, as it comes. Default: nowhere.
 * @property {AbortSignal} [signal] Ends the step that runs.
 *
 * @typedef {object} JobResult
 * @property {'success' | 'failure' | 'skipped'} result
 * @property {readonly { readonly name: string, readonly exitCode: number }[]} steps Those that ran.
 * @property {string} output What they printed.
 * @property {string} summary What they wrote for the page of the run.
 */

/** @returns {any} A file of ours, as data. */
export function readYaml(path) {
  return parse(readFileSync(join(ROOT, path), 'utf8'));
}

/**
 * What other people's actions do (checking out, Node, caches) is there already; a workflow that calls another one takes it for done.
 *
 * @param {string} name `deploy`
 * @param {PlayOptions} options
 * @returns {Promise<Record<string, JobResult>>}
 */
export async function play(name, options = {}) {
  const workflow = readYaml(`.github/workflows/${name}.yml`);
  const results = {};
  const github = { event_name: 'push', sha: '0'.repeat(40), run_id: '1', ...options.github };
  const shared = {
    github,
    inputs: options.inputs ?? {},
    vars: options.vars ?? {},
    secrets: options.secrets ?? {},
    runner: { os: 'Linux' },
  };
  for (const id of inOrder(workflow.jobs)) {
    const job = workflow.jobs[id];
    const needs = Object.fromEntries([job.needs ?? []].flat().map((other) => [other, results[other]]));
    const status = Object.values(needs).some(({ result }) => result === 'failure') ? 'failure' : 'success';
    const skipped = status === 'success' && Object.values(needs).some(({ result }) => result === 'skipped');
    const context = { ...shared, needs, status: skipped ? 'skipped' : status };
    if (!holds(job.if, context)) results[id] = { result: 'skipped', steps: [], output: '', summary: '' };
    else if (job.uses || options.jobs?.(id) === false)
      results[id] = { result: 'success', steps: [], output: '', summary: '', outputs: {} };
    else results[id] = await playJob(id, job, { ...context, env: valuesOf(workflow.env, context) }, options);
  }
  return results;
}

/** Jobs after those that they need. */
function inOrder(jobs) {
  const done = [];
  const visit = (id) => {
    if (done.includes(id)) return;
    for (const other of [jobs[id].needs ?? []].flat()) visit(other);
    done.push(id);
  };
  for (const id of Object.keys(jobs)) visit(id);
  return done;
}

async function playJob(id, job, context, options) {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-'));
  const run = { folder, steps: [], output: '', failed: false, options };
  const env = { ...context.env, ...valuesOf(job.env, context) };
  try {
    await playSteps(job.steps, { ...context, status: 'success', env }, run, id);
    const summary = readIfThere(join(folder, 'summary'));
    return { result: run.failed ? 'failure' : 'success', steps: run.steps, output: run.output, summary };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function playSteps(steps, context, run, label) {
  for (const step of steps) {
    const own = { ...context, status: run.failed ? 'failure' : 'success' };
    if (run.options.isDone?.(step) || !holds(step.if, own)) continue;
    const env = { ...context.env, ...valuesOf(step.env, own) };
    if (step.run !== undefined) await playShell(step, { ...own, env }, run, label);
    else if (step.uses.startsWith('./')) {
      const action = readYaml(`${step.uses.slice(2)}/action.yml`);
      const defaults = Object.fromEntries(
        Object.entries(action.inputs ?? {}).map(([key, input]) => [key, input.default ?? '']),
      );
      const given = valuesOf(step.with, own);
      const missing = Object.entries(action.inputs ?? {}).find(([key, input]) => input.required && !(key in given));
      if (missing) throw new Error(`${label}: ${step.uses} needs ${missing[0]}.`);
      await playSteps(
        action.runs.steps,
        { ...own, env, inputs: { ...defaults, ...given } },
        run,
        `${label} / ${action.name}`,
      );
    }
  }
}

function valuesOf(values, context) {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([key, value]) => [key, interpolate(String(value), context)]),
  );
}

async function playShell(step, context, run, label) {
  const { folder, options } = run;
  const name = step.name ?? step.run.split('\n')[0];
  const { run_id: GITHUB_RUN_ID, event_name: GITHUB_EVENT_NAME } = context.github;
  const files = {
    ...{ GITHUB_RUN_ID, GITHUB_EVENT_NAME },
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    RUNNER_TEMP: join(options.env?.RUNNER_TEMP ?? folder),
  };
  mkdirSync(files.RUNNER_TEMP, { recursive: true });
  const script = join(folder, `step-${run.steps.length}.sh`);
  writeFileSync(script, interpolate(step.run, context));
  const say = (text) => {
    run.output += text;
    options.write?.(text);
  };
  say(`\n▶ ${label}: ${name}\n`);
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd: ROOT,
    env: { ...process.env, ...options.env, ...context.env, ...files },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
  });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', say);
  const exitCode = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
  run.steps.push({ name, exitCode });
  if (exitCode !== 0) run.failed = true;
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

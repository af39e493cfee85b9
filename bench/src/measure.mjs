import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TIME = '/usr/bin/time';
const LIMIT_MS = 300_000;
const scratch = mkdtempSync(join(tmpdir(), 'melodia-bench-'));

/** Runs one command to its end. Rejects, with its output, if it ends with another code than `expected` or runs longer than `limitMs`. */
export async function runTimed({ file, args, cwd, env, limitMs = LIMIT_MS, expected = 0 }) {
  const usageFile = join(scratch, 'usage');
  const timed = existsSync(TIME);
  const [command, ...rest] = timed ? [TIME, '-q', '-o', usageFile, '-f', '%U %S %M', file, ...args] : [file, ...args];
  const started = performance.now();
  const child = spawn(command, rest, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: limitMs });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    output += data;
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const wallMs = performance.now() - started;
  if (code !== expected) throw new Error(`${file} ${args.join(' ')} ended with ${code}\n${output.slice(-2000)}`);
  const [user, system, peak] = timed ? readFileSync(usageFile, 'utf8').trim().split(' ').map(Number) : [];
  return { wallMs, cpuS: user + system, peakMiB: peak / 1024, output };
}

/**
 * Runs all candidates in turn, A B C, A B C: what else the machine does at a time hits all of them. A candidate is
 * `{ name, prepare?, run }`; only `run` is measured. With `warmUp`, one round before it is thrown away.
 */
export async function rotate(candidates, { runs, warmUp = false, onProgress = () => {} }) {
  const samples = new Map(candidates.map(({ name }) => [name, []]));
  for (let round = warmUp ? -1 : 0; round < runs; round += 1) {
    for (const { name, prepare, run } of candidates) {
      await prepare?.();
      const sample = await run();
      if (round >= 0) samples.get(name).push(sample);
    }
    onProgress(round + 1, runs);
  }
  return candidates.map(({ name }) => ({ name, ...summarise(samples.get(name)) }));
}

function summarise(samples) {
  const walls = samples.map(({ wallMs }) => wallMs);
  return {
    wallMs: median(walls),
    minMs: Math.min(...walls),
    maxMs: Math.max(...walls),
    cpuS: median(samples.map(({ cpuS }) => cpuS)),
    peakMiB: median(samples.map(({ peakMiB }) => peakMiB)),
  };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

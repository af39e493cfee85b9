// Processes that are started together and end together, their output line by line.
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @typedef {object} Process
 * @property {string} name
 * @property {Promise<string | undefined>} ended What it ended with, if that was not in order: `code 1`, `SIGKILL`.
 * @property {() => Promise<void>} stop Asks it to end, waits, and leaves nothing of it behind.
 */

/** Milliseconds from being asked to end to being killed. */
const GRACE = 10_000;
/** Milliseconds that the system may take to end who was killed. */
const KILL_TAKES = 1000;
// On Windows Ctrl-C reaches every process of the console by itself, and there are no groups.
const hasGroups = process.platform !== 'win32';

/**
 * Runs a package's script (one command) without a package manager in between, in a process group of its own: the Ctrl-C of
 * the terminal does not reach it, so that it is asked to end once, and in order.
 *
 * @param {{ name: string, script: string, folder: string, env: NodeJS.ProcessEnv, onLine: (line: string) => void }} options
 * @returns {Process}
 */
export function startProcess({ name, script, folder, env, onLine }) {
  const path = [join(folder, 'node_modules/.bin'), env.PATH].join(delimiter);
  // `exec`: a shell would stay, be told to end in the command's place, and not pass it on.
  const child = spawn(hasGroups ? `exec env ${script}` : script, {
    cwd: folder,
    env: { ...env, PATH: path },
    shell: true,
    detached: hasGroups,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  /** @type {Promise<string | undefined>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `code ${code}`)));
  });
  const stop = async () => {
    const killAt = Date.now() + GRACE;
    // Only the first of the group: it tells the others, and who is told twice ends at once.
    child.kill('SIGTERM');
    let isFirstGone = false;
    void ended.then(() => {
      isFirstGone = true;
    });
    while (!isFirstGone && Date.now() < killAt) await sleep(20);
    if (!hasGroups || child.pid === undefined) return;
    // Who was left by the first.
    signalGroup(child.pid, 'SIGTERM');
    await emptied(child.pid, killAt);
    if (!signalGroup(child.pid, 'SIGKILL')) return;
    await emptied(child.pid, Date.now() + KILL_TAKES);
  };
  return { name, ended, stop };
}

/** Resolves when nobody is left in a group, or when it is that time. */
async function emptied(leader, until) {
  while (signalGroup(leader, 0) && Date.now() < until) await sleep(20);
}

/** False if nobody is left in it. */
function signalGroup(leader, signal) {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}

// Runs a root script with the pinned pnpm on a machine that has only Node and npm.
// pnpm's own "install before run" carries on after a failed install, so the install is a step of its own here.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const INSIDE = 'MELODIA_BOOTSTRAP';
// Without a shell, so that a path with a space in it stays one argument; npm is a script of its own on Windows only.
const shell = process.platform === 'win32';

/** Ends this process with the command's exit code unless it is 0. */
function run(command, args, env = {}) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', ...env },
  });
  if (error) console.error(`${command} could not be started: ${error.message}`);
  if (signal) process.kill(process.pid, signal);
  if (status !== 0) process.exit(status ?? 1);
}

if (process.env[INSIDE]) {
  run('pnpm', ['install', '--frozen-lockfile', '--reporter=append-only']);
  run('pnpm', ['run', ...process.argv.slice(2)]);
} else {
  // One npx for both steps: each costs half a second.
  const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  run('npx', ['-y', '-p', packageManager, 'node', self, ...process.argv.slice(2)], { [INSIDE]: '1' });
}

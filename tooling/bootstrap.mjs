// Runs a root script with the pinned pnpm on a machine that has only Node and npm.
// pnpm's own "install before run" carries on after a failed install, so the install is a step of its own here.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };

function pnpm(args, options = {}) {
  return spawnSync('npx', ['-y', packageManager, ...args], {
    cwd: root,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    ...options,
  });
}

const install = pnpm(['install', '--frozen-lockfile', '--reporter=append-only']);
if (install.status !== 0) process.exit(install.status ?? 1);
process.exit(pnpm(['run', ...process.argv.slice(2)]).status ?? 1);

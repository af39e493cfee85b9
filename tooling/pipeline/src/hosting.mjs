// A hosting of this machine, for the pipeline that is played here: `node hosting.mjs COMMAND…` ends the application that ran under the
// name in APP, and starts the command in its place. What it needs is in the environment: HOSTING_FOLDER, and what the application reads.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const GRACE = 15_000;

/** Ends what runs under a name, and waits until it is gone. */
export async function endApplication(folder, app) {
  const file = join(folder, `${app}.pid`);
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8'));
  const killAt = Date.now() + GRACE;
  for (let name = 'SIGTERM'; isThere(pid, name); name = Date.now() < killAt ? 0 : 'SIGKILL') await sleep(20);
  rmSync(file);
}

/** Ends everything that was deployed. */
export async function endHosting(folder) {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.pid')) : [];
  await Promise.all(files.map((name) => endApplication(folder, name.slice(0, -4))));
}

function isThere(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function deploy(folder, app, [command, ...args]) {
  await endApplication(folder, app);
  const log = openSync(join(folder, `${app}.log`), 'a');
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  writeFileSync(join(folder, `${app}.pid`), String(child.pid));
  child.unref();
  console.log(`${app}: process ${child.pid}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { HOSTING_FOLDER: folder = '', APP: app = '' } = process.env;
  await deploy(folder, app, process.argv.slice(2));
}

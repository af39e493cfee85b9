// `pnpm dev`: the database, the package that owns it, and every application, together, until Ctrl-C.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareDevelopmentDatabase } from '@melodia/db/development';
import { createPrefixer } from './output.mjs';
import { startProcess } from './processes.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const DATABASE = 'db';
const apps = readdirSync(join(root, 'apps')).filter((name) => scriptOf(`apps/${name}`) !== undefined);
const prefixed = createPrefixer([DATABASE, ...apps], {
  colour: process.stdout.isTTY === true && !process.env.NO_COLOR,
});
const say = (name, line) => console.log(prefixed(name, line));

const asked = new AbortController();
// Asked twice, it still ends in order: what it started would be left behind otherwise.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => asked.abort());

/** @type {import('./processes.mjs').Process[]} */
const running = [];
/** @type {import('@melodia/db/development').DevelopmentDatabase | undefined} */
let database;
try {
  database = await prepareDevelopmentDatabase({ onProgress: (message) => say(DATABASE, message) });
  say(DATABASE, database.embedded ? 'the embedded Postgres is ready' : 'the configured database is used, as it is');
  // The applications use what is compiled: what the first compilation writes must not restart them.
  await compiled();
  for (const name of apps) if (!asked.signal.aborted) start(name, `apps/${name}`);
  const failed = await Promise.race([
    askedToEnd(),
    ...running.map(async ({ name, ended }) => `${name} has ended (${(await ended) ?? 'in order'})`),
  ]);
  if (failed !== undefined) {
    console.error(`${failed}; the others are stopped.`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await Promise.all(running.map(({ stop }) => stop()));
  if (await database?.release()) say(DATABASE, 'the embedded Postgres is stopped');
}

function scriptOf(folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).scripts?.dev;
}

function start(name, folder, onLine = () => {}) {
  const started = startProcess({
    name,
    script: scriptOf(folder),
    folder: join(root, folder),
    env: process.env,
    onLine: (line) => {
      if (line.trim() !== '') say(name, line);
      onLine(line);
    },
  });
  running.push(started);
  return started;
}

/** Compiles `@melodia/db`, now and whenever it changes. Resolves after the first time, also if it has errors. */
async function compiled() {
  await new Promise((resolve) => {
    const { ended } = start(DATABASE, 'packages/db', (line) => /Watching for file changes/.test(line) && resolve());
    for (const over of [ended, askedToEnd()]) void over.then(resolve);
  });
}

function askedToEnd() {
  return new Promise((resolve) => {
    if (asked.signal.aborted) resolve();
    else asked.signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

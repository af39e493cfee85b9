import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embeddedStatus, removeEmbedded } from '@melodia/migrator/embedded';
import { afterAll, expect, test } from 'vitest';
import { createPrefixer } from '../src/output.mjs';

const script = fileURLToPath(new URL('../src/dev.mjs', import.meta.url));
const watched = fileURLToPath(new URL('../../../apps/worker/src/main.ts', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'melodia dev '));
/** @type {import('node:child_process').ChildProcess | undefined} */
let child;
afterAll(async () => {
  child?.kill('SIGTERM');
  await removeEmbedded(folder);
  rmSync(folder, { recursive: true, force: true });
});

async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** Process ids of all that it has started, and what those have. */
function descendantsOf(pid) {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (one) => rows.filter(([, parent]) => parent === one).flatMap(([id]) => [id, ...below(id)]);
  return below(pid);
}

/** Not gone, and not only waiting for its parent to notice that it is. */
function isAlive(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' });
  return /^[^Z\s]/.test(stdout.trim());
}

test.skipIf(process.platform === 'win32')(
  'pnpm dev: database, web and worker come up, a change starts one anew, Ctrl-C leaves nobody behind',
  async () => {
    const [web, health] = [await freePort(), await freePort()];
    child = spawn(process.execPath, [script], {
      env: { ...process.env, MELODIA_EMBEDDED_ROOT: folder, PORT: `${web}`, HEALTH_PORT: `${health}` },
    });
    const exit = once(child, 'exit');
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    const answers = (url) =>
      fetch(url).then(
        ({ status }) => status,
        () => output,
      );
    await expect.poll(() => answers(`http://localhost:${web}/`), { timeout: 120_000, interval: 200 }).toBe(200);
    await expect.poll(() => answers(`http://localhost:${health}/healthz`), { timeout: 60_000 }).toBe(200);
    for (const line of ['db     | the embedded Postgres is ready', 'web    | ', 'worker | '])
      expect(output.split('\n')).toContainEqual(expect.stringContaining(line));
    const server = await embeddedStatus(folder);
    expect(output).not.toContain(new URL(server?.url ?? '').password);

    const before = output.length;
    utimesSync(watched, new Date(), new Date());
    await expect.poll(() => output.slice(before), { timeout: 30_000 }).toMatch(/^worker \| .*health/m);
    expect(await answers(`http://localhost:${health}/healthz`)).toBe(200);

    const started = descendantsOf(child.pid);
    expect(started.length).toBeGreaterThan(3);
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    expect(started.filter(isAlive)).toEqual([]);
    expect(await embeddedStatus(folder)).toBeUndefined();
    expect(output).toMatch(/db {5}\| the embedded Postgres is stopped\n$/);
  },
  240_000,
);

test('a line says whose it is, once, in a column', () => {
  const prefixed = createPrefixer(['db', 'worker'], { colour: false });
  expect([prefixed('db', '  text'), prefixed('worker', 'worker: ready')]).toEqual([
    'db     |   text',
    'worker | ready',
  ]);
  expect(createPrefixer(['db'], { colour: true })('db', 'text')).toContain('db |');
});

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@melodia/db/testing';
import { vi } from 'vitest';

const main = fileURLToPath(new URL('../dist/server/main.js', import.meta.url));
const worker = fileURLToPath(new URL('../../worker/dist/main.js', import.meta.url));

export const PROVIDER_TOKEN = 'token-of-the-provider';

export interface Process {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown[]>;
  readonly output: () => string;
}

type Environment = Readonly<Record<string, string>>;

export function start(script: string, env: Environment): Process {
  const child = spawn(process.execPath, [script], { env: { ...process.env, ...env, NODE_ENV: 'production' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  return { child, ended: once(child, 'exit'), output: () => output };
}

export const startWeb = (url: string, env: Environment = {}) =>
  start(main, { DATABASE_URL: url, PORT: '0', PROVIDER_TOKEN, WEB_SIGN_UPS_PER_HOUR: '1000', ...env });

/** Waits until a process has said something. */
export async function said({ output }: Process, text: string): Promise<void> {
  const check = () => {
    if (!output().includes(text)) throw new Error(`It says:\n${output()}`);
  };
  await vi.waitFor(check, { timeout: 30_000 });
}

export interface Site extends AsyncDisposable {
  readonly url: string;
  readonly database: TestDatabase;
  readonly process: Process;
}

/** The built site on a database of its own, and the built worker beside it. */
export async function startSite(): Promise<Site> {
  const database = await createTestDatabase();
  const working = start(worker, { DATABASE_URL: database.url, HEALTH_PORT: '0' });
  const serving = startWeb(database.url);
  const stop = async () => {
    for (const { child, ended } of [serving, working]) {
      child.kill('SIGTERM');
      await ended;
    }
    await database.drop();
  };
  try {
    await said(serving, 'http://');
    await said(working, 'health on ');
  } catch (error) {
    await stop();
    throw new Error(`${serving.output()}\n${working.output()}`, { cause: error });
  }
  const url = /http:\S+/.exec(serving.output())?.[0] ?? '';
  return { url, database, process: serving, [Symbol.asyncDispose]: stop };
}

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of a browser. Root on Debian installs it; others are told what to do. */
export function findBrowser(): string {
  const find = () =>
    BROWSERS.map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim()).find((path) => path !== '');
  const found = find();
  if (found) return found;
  if (process.getuid?.() === 0) {
    const options = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
    spawnSync('apt-get', ['update', '-qq'], options);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
  }
  const installed = find();
  if (!installed) throw new Error(`A browser is needed: one of ${BROWSERS.join(', ')} on the PATH.`);
  return installed;
}

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type ErrorCode, errorCatalog } from '../errors/catalog.js';
import { MigratorError } from '../errors/migrator-error.js';
import { layoutOf } from './layout.js';
import { findRunning, serverUrl } from './running.js';
import { readState } from './state.js';

/** Verbs of drizzle-kit that read files only: they must not wait for a server, nor need one. */
const offlineVerbs = ['generate', 'check', 'up', 'drop', 'export'];

/** Set while our own loader reads drizzle.config.ts: it finds the server itself, later and without blocking. */
const loadingConfig = Symbol.for('@melodia/migrator:loading-config');

/**
 * The URL of the project's own server, for a drizzle.config.ts that plain drizzle-kit reads too. Synchronous, since a config
 * is. Starts the server if the command will connect.
 *
 * @example
 * export default defineConfig({
 *   dialect: 'postgresql',
 *   dbCredentials: { url: process.env.DATABASE_URL ?? embeddedUrl() ?? '' },
 * });
 */
export function embeddedUrl(): string | undefined {
  if (Reflect.get(globalThis, loadingConfig) === true) return undefined;
  const root = findProject(process.argv, process.cwd());
  if (root === undefined) return undefined;
  const layout = layoutOf(root);
  const running = findRunning(layout);
  if (running !== undefined) return running.url;
  if (offlineVerbs.includes(process.argv[2] ?? '')) {
    const state = readState(layout);
    return state && serverUrl(state, state.port, state.database);
  }
  return ensureInChild(root);
}

/** The folder of the config named by `--config`, else the nearest one upwards that has a config. */
function findProject(argv: readonly string[], cwd: string): string | undefined {
  const at = argv.findIndex((word) => word === '--config' || word.startsWith('--config='));
  const named = at === -1 ? undefined : argv[at]?.includes('=') ? argv[at]?.slice('--config='.length) : argv[at + 1];
  if (named !== undefined && existsSync(resolve(cwd, named))) return dirname(resolve(cwd, named));
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (readdirSync(folder).some((name) => /^drizzle\.config\.\w+$/.test(name))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

const childScript = `
const [module, root] = process.argv.slice(1);
const { ensureEmbedded } = await import(module);
try {
  console.log(JSON.stringify({ url: (await ensureEmbedded({ root })).url }));
} catch ({ code, message, where, state, fix, detail }) {
  console.log(JSON.stringify({ error: { code, message, where, state, fix, detail } }));
}`;

function ensureInChild(root: string): string {
  const module = new URL('./index.js', import.meta.url).href;
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', childScript, module, root], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return readAnswer(child.stdout, child.stderr || (child.error?.message ?? ''));
}

function readAnswer(stdout: string, stderr: string): string {
  let answer: { url?: string; error?: { code?: string; message: string } } = {};
  try {
    answer = JSON.parse(stdout);
  } catch {}
  if (answer.url !== undefined) return answer.url;
  const code = answer.error?.code;
  const known = code !== undefined && Object.hasOwn(errorCatalog, code) ? (code as ErrorCode) : 'embedded-start-failed';
  throw new MigratorError(known, {
    message: 'The embedded Postgres could not be started.',
    detail: stderr,
    ...answer.error,
  });
}

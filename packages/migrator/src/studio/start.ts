import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import type { GenerateConfig } from '../config/config.js';
import { MigratorError, redact } from '../errors/migrator-error.js';

/** What the process of drizzle-kit's server is told. Holds the password. */
export interface StudioOrder {
  readonly root: string;
  readonly generate: GenerateConfig;
  /** As `dbCredentials` of drizzle.config.ts. */
  readonly credentials: object;
  readonly socketPath: string;
}

export interface RunningStudio {
  readonly socketPath: string;
  /** Resolves when it has ended by itself, with its last words. */
  readonly ended: Promise<string>;
  stop(): void;
}

/**
 * Starts the Studio server of the project's own drizzle-kit, on a socket in a folder that only this user can enter. Throws
 * `studio-failed` with its words, and the reason of the signal.
 */
export async function startStudio(
  order: Omit<StudioOrder, 'socketPath'>,
  signal?: AbortSignal | undefined,
): Promise<RunningStudio> {
  signal?.throwIfAborted();
  const folder = makePrivateFolder();
  const socketPath =
    process.platform === 'win32' ? `\\\\.\\pipe\\migrator-${randomBytes(16).toString('hex')}` : join(folder, 'studio');
  const child = fork(fileURLToPath(new URL('../studio/own-process.js', import.meta.url)), {
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
    // Ctrl-C in a terminal goes to all processes of its group: this one is stopped by us.
    detached: true,
  });
  const stop = () => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const words = lastWords(child);
  const ended = new Promise<string>((resolve) => {
    child.once('close', () => resolve(words()));
    child.once('error', (error) => resolve(error.message));
  });
  const ready = new Promise<true>((resolve) => child.once('message', () => resolve(true)));
  child.stdin?.on('error', () => {});
  child.stdin?.end(JSON.stringify({ ...order, socketPath } satisfies StudioOrder));
  // The schema is loaded first, which may take its time.
  signal?.addEventListener('abort', stop, { once: true });
  const outcome = await Promise.race([ready, ended]);
  signal?.removeEventListener('abort', stop);
  if (outcome === true) return { socketPath, ended, stop };
  stop();
  signal?.throwIfAborted();
  throw new MigratorError('studio-failed', {
    message: 'The Studio server of drizzle-kit did not start.',
    where: order.root,
    detail: outcome,
    state: 'Nothing was started.',
    fix: 'Mend what its words name; `migrator browse` shows tables and rows without drizzle-kit.',
  });
}

/** Bytes that a path of a socket may have everywhere: a longer one is cut off without a word, and lies in another folder then. */
const LONGEST_SOCKET = 100;

function makePrivateFolder(): string {
  for (const parent of [tmpdir(), '/tmp', homedir()]) {
    const start = join(parent, 'migrator-studio-');
    if (process.platform !== 'win32' && Buffer.byteLength(`${start}XXXXXX/studio`) > LONGEST_SOCKET) continue;
    try {
      return mkdtempSync(start);
    } catch {}
  }
  throw new MigratorError('studio-failed', {
    message: 'No folder can hold the socket of the Studio server.',
    where: tmpdir(),
    state: 'Nothing was started.',
    fix: 'Let TMPDIR name a folder that is there and may be written, with a short path.',
  });
}

const MOST_WORDS = 4000;

function lastWords(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-MOST_WORDS);
    });
  return () => redact(stripVTControlCharacters(text).trim());
}

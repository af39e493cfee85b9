import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { onTestFinished } from 'vitest';
import { BIN } from '../setup/cli.js';
import { writeProject } from './history.js';

export interface Run {
  readonly child: ChildProcess;
  /** What it has printed until now, both streams. */
  output(): string;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  /** Resolves when it has printed something like that; rejects when it ends without. */
  printed(pattern: RegExp): Promise<void>;
}

/** Starts `migrator` as a process of its own; killed when the test ends. `env` replaces the environment, but for PATH. */
export function startCli(root: string, args: readonly string[], env: Readonly<Record<string, string>>): Run {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output: text }));
  return {
    child,
    output: () => text,
    ended,
    printed: async (pattern) => {
      await until(() => pattern.test(text) || child.exitCode !== null, `output like ${pattern}; it printed:\n${text}`);
      if (!pattern.test(text)) throw new Error(`It ended without printing ${pattern}:\n${text}`);
    },
  };
}

/** Waits for something that must come true; generous, because the machine is shared. */
export async function until(
  check: () => unknown | Promise<unknown>,
  what: string | (() => string),
  limitMs = 20_000,
): Promise<void> {
  for (const deadline = Date.now() + limitMs; !(await check()); await sleep(15)) {
    if (Date.now() > deadline) throw new Error(`Waited ${limitMs} ms for ${typeof what === 'string' ? what : what()}`);
  }
}

/** A folder with these migrations, removed when the test ends. `edit` replaces one file. */
export function projectOf(files: Readonly<Record<string, string>>): {
  root: string;
  migrationsFolder: string;
  edit(tag: string, sql: string): void;
} {
  const root = writeProject(files);
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return {
    root,
    migrationsFolder: join(root, 'drizzle'),
    edit: (tag, sql) => writeFileSync(join(root, 'drizzle', `${tag}.sql`), sql),
  };
}

/** A session that stays open, as an application or a forgotten psql would; ended when the test ends. */
export async function openSession(url: string, name = 'forgotten psql') {
  const sql = postgres(url, {
    max: 1,
    prepare: false,
    fetch_types: false,
    onnotice() {},
    connection: { application_name: name },
  });
  onTestFinished(() => sql.end({ timeout: 0 }));
  const run = (text: string) => sql.unsafe(text).simple();
  const [row] = await sql.unsafe('select pg_backend_pid() as pid');
  return { run, pid: Number(row?.pid), end: () => sql.end({ timeout: 1 }) };
}

/** Sessions of ours on this database, as the server sees them. */
export const ourSessionsSql = `select pid, application_name, state, query from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and application_name like 'migrator%'`;

/** A few at a time: the machine has two cores. */
export async function each<T>(points: readonly T[], width: number, run: (point: T) => Promise<void>): Promise<void> {
  const queue = [...points];
  const worker = async () => {
    for (let point = queue.shift(); point !== undefined; point = queue.shift()) await run(point);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

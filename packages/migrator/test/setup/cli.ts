import { fileURLToPath } from 'node:url';
import { expect, inject } from 'vitest';
import { main } from '../../src/cli/main.js';
import { MigratorError } from '../../src/errors/migrator-error.js';
import { colorsFor } from '../../src/report/terminal.js';

/** The command line as users start it: the built bundle. */
export const BIN = fileURLToPath(new URL('../../bin/migrator.cjs', import.meta.url));

export interface CliRun {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  /** Both, with what differs from run to run made equal: durations, times, names of databases and machines. */
  readonly shown: string;
  readonly json: Record<string, unknown>;
}

/**
 * Plays one command line in this process, as in a folder, without a terminal; leaves the environment as it was. Whatever
 * the command prints, the server's password is not in it.
 */
export async function runCli(cwd: string, ...argv: string[]): Promise<CliRun> {
  const environment = { ...process.env };
  let out = '';
  let err = '';
  try {
    const exitCode = await main(argv, {
      cwd,
      env: process.env,
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      isTty: false,
      canAsk: false,
      columns: 80,
      color: colorsFor(false),
      signal: new AbortController().signal,
    });
    expect(out + err).not.toContain(new URL(inject('serverUrl')).password);
    return {
      exitCode,
      out,
      err,
      shown: normalise(out + err, cwd),
      get json() {
        return JSON.parse(out) as Record<string, unknown>;
      },
    };
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
  }
}

function normalise(text: string, cwd: string): string {
  return text
    .replaceAll(cwd, '<project>')
    .replace(/\b\w+@(?:localhost|127\.0\.0\.1):\d+\/\w+/g, 'user@host:5432/database')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}\S+$/gm, '2025-06-01 12:00:00  me@here')
    .replace(/\b\d+(?:\.\d)? m?s\b/g, '5 ms');
}

export async function failureOf(promise: Promise<unknown>): Promise<MigratorError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof MigratorError) return error;
    throw error;
  }
  throw new Error('It should have failed.');
}

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type FleetDatabase, readFleetList, readFleetRows } from '../api/fleet.js';
import { MigratorError, redact } from '../errors/migrator-error.js';
import type { GlobalOptions } from './command.js';
import type { Io } from './io.js';
import { openProject } from './open-project.js';

export interface FleetListFlags {
  readonly databases?: string;
  readonly query?: string;
  readonly command?: string;
}

/** The databases that one of the flags names. Throws `fleet-list`, `wrong-usage`, and what the database of a query says. */
export async function readList(flags: FleetListFlags & GlobalOptions, io: Io): Promise<FleetDatabase[]> {
  const { databases, query, command } = flags;
  const given = [databases, query, command].filter((flag) => flag !== undefined);
  if (given.length !== 1)
    throw new MigratorError('wrong-usage', {
      message: given.length === 0 ? 'Which databases?' : '`--databases`, `--query` and `--command` exclude each other.',
      fix: 'Give one: `--databases FILE` (a URL a line), `--query SQL` (rows of name and URL), or `--command CMD` (prints such lines).',
    });
  if (databases !== undefined)
    return readFleetList(readText(databases, io), databases === '-' ? 'standard input' : databases);
  if (command !== undefined) return readFleetList(await outputOf(command, io), 'output of `--command`');
  const { project } = await openProject(flags, io);
  return readFleetRows(project, query ?? '', { signal: io.signal });
}

function readText(file: string, io: Io): string {
  try {
    return readFileSync(file === '-' ? 0 : resolve(io.cwd, file), 'utf8');
  } catch (cause) {
    throw new MigratorError('fleet-list', {
      message: `The list cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: file,
      fix: 'Name a file with a URL a line, or `-` for standard input.',
      cause,
    });
  }
}

/** In a shell, as it was written on the command line. */
function outputOf(command: string, { cwd, env, signal }: Io): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(command, { cwd, env, shell: true, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.on('error', (error) => fail(signal.aborted ? signal.reason : error));
    child.on('close', (code, killedBy) => {
      if (code === 0) return done(out);
      fail(
        new MigratorError('fleet-list', {
          message: `The command of \`--command\` ended with ${killedBy ?? `exit code ${code}`}.`,
          ...(err.trim() && { detail: redact(err.trim().split('\n').slice(-10).join('\n')) }),
          state: 'Nothing was changed.',
          fix: 'Run it by itself. It has to print a URL, or `name=URL`, a line.',
        }),
      );
    });
  });
}

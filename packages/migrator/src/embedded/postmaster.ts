import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isAlive } from './process-identity.js';

/** What a server says about itself in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** The server that runs on this data directory now, ready or still starting; undefined for none or a stale file. */
export function readPostmaster(dataDirectory: string): Postmaster | undefined {
  const written = readPostmasterFile(dataDirectory);
  return written !== undefined && isPostmasterOf(written.pid, dataDirectory) ? written : undefined;
}

/** The file as written, whether or not such a process still runs. Line 1 is the pid, 4 the port, 8 the status. */
export function readPostmasterFile(dataDirectory: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3] ?? 0), ready: lines[7]?.trim() === 'ready' };
}

/** The pid may have gone to another program since; the command line of ours names the data directory. */
function isPostmasterOf(pid: number, dataDirectory: string): boolean {
  if (!isAlive(pid)) return false;
  const args = commandLine(pid);
  if (args === undefined) return process.platform !== 'linux';
  return basename(args[0] ?? '') === 'postgres' && args.includes(dataDirectory);
}

function commandLine(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return undefined;
  }
}

/** True when the data directory holds this database: needs no connection. */
export function hasDatabaseFolder(dataDirectory: string, oid: number): boolean {
  try {
    return statSync(join(dataDirectory, 'base', String(oid))).isDirectory();
  } catch {
    return false;
  }
}

import { closeSync, fstatSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries.js';
import { startFailed } from './failures.js';
import { readPostmaster, readPostmasterFile } from './postmaster.js';
import { type RunAs, spawnDetached } from './run-as.js';

export interface Launch {
  readonly binaries: Binaries;
  readonly who: RunAs;
  readonly dataDirectory: string;
  readonly logFile: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly onProgress: (message: string) => void;
}

export type LaunchResult =
  | { readonly outcome: 'ready'; readonly pid: number; readonly port: number }
  | { readonly outcome: 'port-taken' }
  /** Children of a killed server still hold the data. */
  | { readonly outcome: 'data-in-use' }
  | { readonly outcome: 'failed'; readonly output: string };

const pollMs = 10;
const saySlowAfterMs = 3_000;
const giveUpMs = 180_000;
const largestLog = 5 * 1024 * 1024;

/** Starts the server in a session of its own and waits until it accepts connections or has exited. */
export async function launch(plan: Launch): Promise<LaunchResult> {
  const log = openLog(plan.logFile);
  const logStart = fstatSync(log).size;
  const child = spawnDetached(plan.who, plan.binaries.postgres, serverArguments(plan), {
    stdio: ['ignore', log, log],
    env: ignoreStalePid(plan.dataDirectory),
  });
  closeSync(log);
  let spawnError: Error | undefined;
  child.once('error', (error) => {
    spawnError = error;
  });
  child.unref();

  const readOutput = () => readFileSync(plan.logFile).subarray(logStart).toString('utf8');
  const startedAt = Date.now();
  for (let told = false; ; ) {
    const found = readPostmaster(plan.dataDirectory);
    if (found?.ready && found.pid === child.pid) return { outcome: 'ready', pid: found.pid, port: found.port };
    if (spawnError !== undefined) return { outcome: 'failed', output: spawnError.message };
    if (child.exitCode !== null || child.signalCode !== null) return classify(readOutput());
    const waited = Date.now() - startedAt;
    if (waited > giveUpMs) throw startFailed(plan.dataDirectory, plan.logFile, readOutput());
    if (waited > saySlowAfterMs && !told) plan.onProgress('The server is recovering its data after a crash.');
    told ||= waited > saySlowAfterMs;
    await sleep(pollMs);
  }
}

/** No Unix socket: its path must be short and its folder safe, and nothing here needs one. */
function serverArguments(plan: Launch): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...plan.settings,
    port: String(plan.port),
  };
  return ['-D', plan.dataDirectory, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/**
 * A killed server leaves `postmaster.pid`; when that pid now belongs to another program, Postgres takes it for a running
 * server. Callers know that it is not. This variable, made for pg_ctl, says so without deleting the file, whose other
 * lines Postgres needs to notice children that still hold the data.
 */
function ignoreStalePid(dataDirectory: string): NodeJS.ProcessEnv {
  const stale = readPostmasterFile(dataDirectory);
  if (stale === undefined) {
    // Absent, or damaged beyond use: then Postgres would refuse it as "bogus data".
    rmSync(`${dataDirectory}/postmaster.pid`, { force: true });
    return {};
  }
  return { PG_GRANDPARENT_PID: String(stale.pid) };
}

function classify(output: string): LaunchResult {
  if (/could not create any TCP\/IP sockets/.test(output)) return { outcome: 'port-taken' };
  if (/pre-existing shared memory block/.test(output)) return { outcome: 'data-in-use' };
  return { outcome: 'failed', output };
}

function openLog(logFile: string): number {
  try {
    const log = openSync(logFile, 'a', 0o600);
    if (fstatSync(log).size > largestLog) truncateSync(logFile);
    return log;
  } catch {
    // Left by another user (`sudo` once): ours to replace, since the folder is ours.
    rmSync(logFile, { force: true });
    return openSync(logFile, 'a', 0o600);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { MigratorError } from '../errors/migrator-error.js';
import { type Cluster, openCluster } from './cluster.js';
import { ensureDatabase } from './database.js';
import { asEmbeddedFailure, startFailed } from './failures.js';
import { withFileLock } from './file-lock.js';
import { launch } from './launch.js';
import { type Layout, makeStateFolder } from './layout.js';
import { isPortFree, portCandidates } from './port.js';
import { readPostmaster } from './postmaster.js';
import { describeServer, findRunning } from './running.js';
import { writeState } from './state.js';
import { endLeftovers } from './stop-server.js';
import type { EmbeddedOptions, EmbeddedServer } from './types.js';

const attempts = 3;

/** The slow path of `ensureEmbedded`: whatever is missing (folder, data, server, database) is made, by one process at a time. */
export function bootEmbedded(layout: Layout, options: EmbeddedOptions): Promise<EmbeddedServer> {
  return withEmbeddedLock(layout, options.onProgress, () => bootLocked(layout, options));
}

/** Runs `work` while no other command starts, stops or resets this project's server. */
export async function withEmbeddedLock<T>(
  layout: Layout,
  onProgress: EmbeddedOptions['onProgress'],
  work: () => Promise<T>,
): Promise<T> {
  try {
    makeStateFolder(layout);
    const onWait = (pid: number) =>
      onProgress?.(`Waiting for another command (pid ${pid}) that starts or stops the database.`);
    return await withFileLock(layout.lockFile, onWait, work);
  } catch (error) {
    throw asEmbeddedFailure(error, layout.folder);
  }
}

/** Call with the lock held. A server that is killed while we connect is started again. */
export async function bootLocked(layout: Layout, options: EmbeddedOptions): Promise<EmbeddedServer> {
  const running = findRunning(layout, options.database);
  if (running !== undefined) return running;
  const onProgress = options.onProgress ?? (() => {});
  for (let attempt = 1; ; attempt++) {
    const cluster = await openCluster(layout, options, onProgress);
    const { port, startedNow } = await ensureServer(layout, options, cluster);
    const database = options.database ?? cluster.state.database;
    try {
      const { oid, createdNow } = await ensureDatabase(cluster.state, port, database);
      const databases = { ...cluster.state.databases, [database]: oid };
      const state = { ...cluster.state, port, databases };
      writeState(layout, state);
      return describeServer(layout, state, { port, database, startedNow, createdNow });
    } catch (error) {
      if (attempt < attempts && !readPostmaster(cluster.dataDirectory)?.ready) continue;
      const failure = asEmbeddedFailure(error, cluster.dataDirectory);
      if (failure instanceof MigratorError) throw failure;
      throw startFailed(cluster.dataDirectory, layout.logFile, error instanceof Error ? error.message : String(error));
    }
  }
}

async function ensureServer(
  layout: Layout,
  options: EmbeddedOptions,
  cluster: Cluster,
): Promise<{ port: number; startedNow: boolean }> {
  const running = await waitUntilReady(cluster.dataDirectory);
  if (running !== undefined) return { port: running.port, startedNow: false };
  const onProgress = options.onProgress ?? (() => {});
  const candidates = options.port === undefined ? portCandidates(layout.root, cluster.state.port) : [options.port];
  onProgress(`Starting Postgres ${cluster.binaries.version}.`);
  for (const port of candidates) {
    if (!(await isPortFree(port))) continue;
    const started = await startOn(layout, options, cluster, port);
    if (started === 'port-taken') continue;
    if (port !== candidates[0])
      onProgress(`Port ${candidates[0]} is taken by another program; the server uses ${port}.`);
    return { port, startedNow: true };
  }
  throw portTaken(candidates);
}

async function startOn(
  layout: Layout,
  options: EmbeddedOptions,
  { binaries, who, dataDirectory }: Cluster,
  port: number,
): Promise<'ready' | 'port-taken'> {
  const { logFile } = layout;
  const settings = options.settings ?? {};
  const onProgress = options.onProgress ?? (() => {});
  for (let attempt = 1; ; attempt++) {
    const result = await launch({ binaries, who, dataDirectory, logFile, port, settings, onProgress });
    if (result.outcome === 'ready' || result.outcome === 'port-taken') return result.outcome;
    if (result.outcome === 'failed') throw startFailed(dataDirectory, logFile, result.output);
    if (attempt === attempts)
      throw startFailed(dataDirectory, logFile, 'A process of a killed server still holds the data.');
    onProgress('Ending what is left of a server that was killed.');
    await endLeftovers(dataDirectory);
  }
}

/** A server that another command started and did not live to see ready. */
async function waitUntilReady(dataDirectory: string): Promise<{ port: number } | undefined> {
  for (const deadline = Date.now() + 60_000; ; await sleep(20)) {
    const found = readPostmaster(dataDirectory);
    if (found === undefined || found.ready || Date.now() > deadline) return found;
  }
}

function portTaken(candidates: readonly number[]): MigratorError {
  return new MigratorError('embedded-port-taken', {
    message: `The embedded Postgres found no free port: ${candidates.join(', ')} ${candidates.length === 1 ? 'is' : 'are'} taken.`,
    state: 'Nothing was started; the data is untouched.',
    fix: 'End the program that listens there, or choose another port.',
  });
}

import { accessSync, chmodSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findNativeFolder, usableBinaries } from './binaries.js';
import { forgetTemplate, type Login, makeThrowAwayCluster } from './cluster-template.js';
import { asEmbeddedFailure, startFailed } from './failures.js';
import { forgetCluster, type KeptCluster, type KeptPlace, keepCluster, restoreCluster } from './kept-clusters.js';
import { type Launch, launch } from './launch.js';
import { outsideFolders } from './owned-folder.js';
import { canHoldData } from './place.js';
import { isPortFree, portCandidates } from './port.js';
import { chooseRunAs, type RunAs } from './run-as.js';
import { serverUrl } from './running.js';
import { stopServer } from './stop-server.js';
import type { TemporaryOptions } from './temporary.js';
import type { TemporaryServer } from './types.js';
import { watchOver } from './watchdog.js';

/** The data is thrown away, so nothing is written to survive a crash. Autovacuum would only hold template databases. */
const fastSettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_wal_size: '4GB',
  checkpoint_timeout: '1h',
};

/** What is logged lies in memory too. */
const memorySettings = { max_wal_size: '256MB' };

export async function bootTemporary({
  settings = {},
  native: otherNative,
  keys = [],
  small = false,
}: TemporaryOptions): Promise<TemporaryServer> {
  const who = chooseRunAs();
  const folder = makeFolder(who, small);
  const watchdog = watchOver(folder);
  const dataDirectory = join(folder, 'data');
  const stop = async () => {
    await stopServer(dataDirectory, ['SIGQUIT', 'SIGKILL']);
    rmSync(folder, { recursive: true, force: true });
    watchdog.release();
  };
  try {
    const native = otherNative ?? findNativeFolder();
    const binaries = usableBinaries(native, who, [...outsideFolders(), () => folder], () => {});
    const plan = { binaries, who, dataDirectory, logFile: join(folder, 'postgres.log'), onProgress() {} };
    const launched = { ...plan, settings: { ...fastSettings, ...(small && memorySettings), ...settings } };
    const place = { native, version: binaries.version };
    const { login, port, kept } =
      (await restoreAndStart(place, keys, launched)) ?? (await makeAndStart(native, launched));
    return {
      url: serverUrl(login, port, 'postgres'),
      port,
      stop,
      kept,
      keep: (key, facts, query) => keepCluster(place, { dataDirectory, login, key, facts }, query),
    };
  } catch (error) {
    await stop();
    throw asEmbeddedFailure(error, folder);
  }
}

interface Started {
  readonly login: Login;
  readonly port: number;
  readonly kept?: KeptCluster;
}

async function restoreAndStart(
  place: KeptPlace,
  keys: readonly string[],
  plan: Omit<Launch, 'port'>,
): Promise<Started | undefined> {
  if (keys.length === 0) return undefined;
  const found = await restoreCluster(place, keys, dirname(plan.dataDirectory), plan.who);
  if (!found) return undefined;
  const { path, login, ...kept } = found;
  try {
    return { login, port: await start(plan), kept };
  } catch {
    forgetCluster(path);
    rmSync(plan.dataDirectory, { recursive: true, force: true });
    return undefined;
  }
}

async function makeAndStart(native: string, plan: Omit<Launch, 'port'>): Promise<Started> {
  const { login, copied } = await makeThrowAwayCluster(native, plan.binaries, plan.who, plan.dataDirectory);
  try {
    return { login, port: await start(plan) };
  } catch (error) {
    if (!copied) throw error;
    forgetTemplate(native);
    rmSync(plan.dataDirectory, { recursive: true, force: true });
    return await makeAndStart(native, plan);
  }
}

async function start(plan: Omit<Launch, 'port'>): Promise<number> {
  for (const port of portCandidates(plan.dataDirectory, undefined)) {
    if (!(await isPortFree(port))) continue;
    const result = await launch({ ...plan, port });
    if (result.outcome === 'ready') return port;
    if (result.outcome === 'failed') throw startFailed(plan.dataDirectory, plan.logFile, result.output);
  }
  throw startFailed(plan.dataDirectory, plan.logFile, 'No free port was found.');
}

/** Memory, for what is small; the system's temporary folder, unless the server's user cannot work there (TMPDIR inside a closed home). */
function makeFolder(who: RunAs, small: boolean): string {
  for (const parent of [...(small ? memoryFolders() : []), tmpdir(), '/var/tmp']) {
    const folder = makeFolderIn(parent);
    if (folder === undefined) continue;
    chmodSync(folder, 0o711);
    if (canHoldData(folder, who)) return folder;
    rmSync(folder, { recursive: true, force: true });
  }
  throw startFailed(tmpdir(), tmpdir(), 'Neither the temporary folder nor /var/tmp can hold the data.');
}

/** Undefined where there is no such folder (a TMPDIR of another machine), or nothing can be written there. */
function makeFolderIn(parent: string): string | undefined {
  try {
    return mkdtempSync(join(parent, 'melodia-postgres-'));
  } catch {
    return undefined;
  }
}

const PLENTY_BYTES = 2 * 1024 ** 3;

/** Linux' own, where it and the memory behind it have room; a TMPDIR says where somebody wants such things. */
function memoryFolders(): string[] {
  const folder = '/dev/shm';
  if (process.platform !== 'linux' || process.env.TMPDIR !== undefined) return [];
  try {
    const { bavail, bsize } = statfsSync(folder);
    accessSync(folder, constants.W_OK);
    return Math.min(bavail * bsize, availableMemory()) >= PLENTY_BYTES ? [folder] : [];
  } catch {
    return [];
  }
}

/** Within the limits of the container; Node tells since 20.13. */
function availableMemory(): number {
  return process.availableMemory?.() ?? freemem();
}

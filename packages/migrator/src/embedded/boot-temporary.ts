import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNativeFolder, usableBinaries } from './binaries.js';
import { forgetTemplate, type Login, makeThrowAwayCluster } from './cluster-template.js';
import { asEmbeddedFailure, startFailed } from './failures.js';
import { type Launch, launch } from './launch.js';
import { outsideFolders } from './owned-folder.js';
import { canHoldData } from './place.js';
import { isPortFree, portCandidates } from './port.js';
import { chooseRunAs, type RunAs } from './run-as.js';
import { serverUrl } from './running.js';
import { stopServer } from './stop-server.js';
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

export async function bootTemporary(
  settings: Readonly<Record<string, string>>,
  otherNative: string | undefined,
): Promise<TemporaryServer> {
  const who = chooseRunAs();
  const folder = makeFolder(who);
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
    const { login, port } = await makeAndStart(native, { ...plan, settings: { ...fastSettings, ...settings } });
    return { url: serverUrl(login, port, 'postgres'), port, stop };
  } catch (error) {
    await stop();
    throw asEmbeddedFailure(error, folder);
  }
}

async function makeAndStart(native: string, plan: Omit<Launch, 'port'>): Promise<{ login: Login; port: number }> {
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

/** The system's temporary folder, unless the server's user cannot work there (TMPDIR inside a closed home). */
function makeFolder(who: RunAs): string {
  for (const parent of [tmpdir(), '/var/tmp']) {
    const folder = mkdtempSync(join(parent, 'melodia-postgres-'));
    chmodSync(folder, 0o711);
    if (canHoldData(folder, who)) return folder;
    rmSync(folder, { recursive: true, force: true });
  }
  throw startFailed(tmpdir(), tmpdir(), 'Neither the temporary folder nor /var/tmp can hold the data.');
}

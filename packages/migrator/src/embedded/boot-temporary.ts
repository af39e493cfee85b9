import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Binaries, findNativeFolder, usableBinaries } from './binaries.js';
import { makeThrowAwayCluster } from './cluster-template.js';
import { asEmbeddedFailure, startFailed } from './failures.js';
import { launch } from './launch.js';
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

interface TemporaryCluster {
  readonly folder: string;
  readonly dataDirectory: string;
}

export async function bootTemporary(settings: Readonly<Record<string, string>>): Promise<TemporaryServer> {
  const who = chooseRunAs();
  const folder = makeFolder(who);
  const watchdog = watchOver(who, folder);
  const dataDirectory = join(folder, 'data');
  const stop = async () => {
    await stopServer(dataDirectory, ['SIGQUIT', 'SIGKILL']);
    rmSync(folder, { recursive: true, force: true });
    watchdog.release();
  };
  try {
    const native = findNativeFolder();
    const binaries = usableBinaries(native, who, [...outsideFolders(), () => folder], () => {});
    const login = await makeThrowAwayCluster(native, binaries, who, dataDirectory);
    const port = await start(binaries, who, { folder, dataDirectory }, { ...fastSettings, ...settings });
    return { url: serverUrl(login, port, 'postgres'), port, stop };
  } catch (error) {
    await stop();
    throw asEmbeddedFailure(error, folder);
  }
}

async function start(
  binaries: Binaries,
  who: RunAs,
  { folder, dataDirectory }: TemporaryCluster,
  settings: Readonly<Record<string, string>>,
): Promise<number> {
  const logFile = join(folder, 'postgres.log');
  const onProgress = () => {};
  for (const port of portCandidates(folder, undefined)) {
    if (!(await isPortFree(port))) continue;
    const result = await launch({ binaries, who, dataDirectory, logFile, port, settings, onProgress });
    if (result.outcome === 'ready') return port;
    if (result.outcome !== 'port-taken') {
      throw startFailed(dataDirectory, logFile, 'output' in result ? result.output : result.outcome);
    }
  }
  throw startFailed(dataDirectory, logFile, 'No free port was found.');
}

/** The system's temporary folder, unless the server's user cannot work there (TMPDIR inside a closed home). */
function makeFolder(who: RunAs): string {
  for (const parent of [tmpdir(), '/var/tmp']) {
    const folder = mkdtempSync(join(parent, 'melodia-postgres-'));
    chmodSync(folder, 0o711);
    if (canHoldData(folder, who)) {
      // Its own, so that the watchdog, which runs as the server's user, can remove it.
      if (who.uid !== undefined && who.gid !== undefined) chownSync(folder, who.uid, who.gid);
      return folder;
    }
    rmSync(folder, { recursive: true, force: true });
  }
  throw startFailed(tmpdir(), tmpdir(), 'Neither the temporary folder nor /var/tmp can hold the data.');
}

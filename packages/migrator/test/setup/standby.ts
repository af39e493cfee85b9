import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { onTestFinished } from 'vitest';
import { findNativeFolder, usableBinaries } from '../../src/embedded/binaries.js';
import { startTemporaryServer } from '../../src/embedded/index.js';
import { outsideFolders } from '../../src/embedded/owned-folder.js';
import { chooseRunAs, spawnDetached } from '../../src/embedded/run-as.js';
import { stopServer } from '../../src/embedded/stop-server.js';
import { watchOver } from '../../src/embedded/watchdog.js';
import { query } from './database.js';

export interface Pair {
  /** URLs, of superusers. */
  readonly primary: string;
  readonly standby: string;
}

/** A server of its own and a streaming standby of it, which calls itself `second`. Gone when the test ends. */
export async function startPair(): Promise<Pair> {
  const native = process.env.MIGRATOR_TEST_NATIVE ?? findNativeFolder();
  const server = await startTemporaryServer({ native, small: true, settings: { wal_level: 'logical' } });
  onTestFinished(() => server.stop());
  const folder = mkdtempSync(join(tmpdir(), 'migrator-standby-'));
  chmodSync(folder, 0o711);
  const watchdog = watchOver(folder);
  const dataDirectory = join(folder, 'data');
  onTestFinished(async () => {
    await stopServer(dataDirectory, ['SIGQUIT', 'SIGKILL']);
    rmSync(folder, { recursive: true, force: true });
    watchdog.release();
  });
  await copyRunning(server.url, dataDirectory);
  const { hostname, port, username, password } = new URL(server.url);
  const own = await freePort();
  const settings = {
    ...{ port: own, listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', max_connections: 200 },
    primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password} application_name=second`,
  };
  const who = chooseRunAs(dataDirectory);
  const binaries = usableBinaries(native, who, [...outsideFolders(), () => folder], () => {});
  const child = spawnDetached(
    who,
    binaries.postgres,
    ['-D', dataDirectory, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { stdio: 'ignore' },
  );
  child.unref();
  const url = new URL(server.url);
  url.port = String(own);
  await untilStreaming(server.url, url.href);
  return { primary: server.url, standby: url.href };
}

/** A base backup by hand: the embedded binaries have no pg_basebackup. */
async function copyRunning(url: string, target: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice() {} });
  try {
    const [place] = await sql.unsafe('show data_directory');
    const source = String(place?.data_directory);
    await sql.unsafe(`select pg_backup_start('pair', true)`);
    const { status, stderr } = spawnSync('cp', ['-a', source, target], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const [label] = await sql.unsafe('select labelfile from pg_backup_stop(false)');
    rmSync(join(target, 'postmaster.pid'), { force: true });
    writeFileSync(join(target, 'backup_label'), String(label?.labelfile));
    writeFileSync(join(target, 'standby.signal'), '');
    spawnSync('chown', ['-R', `--reference=${source}`, target]);
  } finally {
    await sql.end();
  }
}

async function untilStreaming(primary: string, standby: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const streaming = await query(primary, `select from pg_stat_replication where state = 'streaming'`);
    const ready = await query(standby, 'select 1').catch(() => []);
    if (streaming.length > 0 && ready.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The standby does not stream.');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

import { fork } from 'node:child_process';
import { startTemporaryServer } from '@melodia/migrator/embedded';
import postgres from 'postgres';

/** Postgres' own defaults where a throw-away server is set up to forget. */
export const DURABLE = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };

/** A server for one benchmark, and an unmeasured connection to it. `stop` ends both. */
export async function openServer(settings = DURABLE) {
  const server = await startTemporaryServer({ settings });
  const admin = postgres(server.url, { max: 1, onnotice: () => {} });
  const [{ version }] = await admin`select current_setting('server_version') as version`;
  return {
    version,
    port: server.port,
    admin,
    urlOf: (database, port = server.port) => {
      const url = new URL(server.url);
      url.pathname = `/${database}`;
      url.port = String(port);
      return url.href;
    },
    /** An empty database of that name; the write-ahead log of what was before is on disk. */
    fresh: async (database) => {
      await admin.unsafe(`drop database if exists "${database}" with (force)`);
      await admin.unsafe(`create database "${database}" template template0`);
      await admin.unsafe('checkpoint');
    },
    stop: async () => {
      await admin.end({ timeout: 1 });
      await server.stop();
    },
  };
}

/** The same server over a link with delay. */
export async function openSlowLink(serverPort, oneWayMs) {
  const child = fork(new URL('slow-proxy.mjs', import.meta.url), [String(serverPort), String(oneWayMs)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const port = await new Promise((resolve, reject) => {
    child.stdout.once('data', (data) => resolve(Number(data)));
    child.once('exit', () => reject(new Error('The proxy did not start.')));
  });
  return { port, stop: () => child.disconnect() };
}

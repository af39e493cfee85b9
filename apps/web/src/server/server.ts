import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startHeartbeat } from '@melodia/db/app';
import { createClient } from '@melodia/db/client';
import { assertCompatible } from '@melodia/db/compatibility';
import nextModule from 'next';
import { isOwnPost, setSafeHeaders } from './guard.js';
import { createProbes, reasonOf } from './health.js';
import { createLimits, limitedAddress } from './limits.js';
import type { Settings } from './settings.js';

export interface ServerOptions {
  /** With reloading on change, as `next dev`. */
  readonly dev: boolean;
  readonly log: (message: string) => void;
  /** Stops the server in order. */
  readonly signal: AbortSignal;
}

/** Where the pages find the connections and the limits: they are bundled apart from this file. See src/lib/db.ts, limits.ts. */
const CLIENT = Symbol.for('@melodia/web client');
const LIMITS = Symbol.for('@melodia/web limits');

/** How long requests that are being answered may go on. Milliseconds. */
const GRACE = 10_000;

/**
 * Serves the site until `signal`. Throws `IncompatibleDatabaseError`, or what Postgres says, if it cannot begin; then
 * nothing has listened.
 */
export async function runServer(settings: Settings, { dev, log, signal }: ServerOptions): Promise<void> {
  await using client = createClient({ app: settings.app, url: settings.databaseUrl, max: settings.connections });
  await assertCompatible(client.db);
  Object.assign(globalThis, { [CLIENT]: client, [LIMITS]: createLimits(settings) });
  const onError = (error: unknown) => log(`heartbeat: ${reasonOf(error)}`);
  await using _ = await startHeartbeat(client.db, settings.app, { onError });
  // CommonJS, whose types say `default` and whose value is the function itself.
  const next = nextModule as unknown as typeof nextModule.default;
  const site = next({ dev, dir: fileURLToPath(new URL('../..', import.meta.url)), quiet: !dev });
  await site.prepare();
  const handle = site.getRequestHandler();
  const probes = createProbes(client.db, log);
  const server = createServer((request, response) => {
    setSafeHeaders(response, settings);
    if (probes(request.url, response)) return;
    if (!isOwnPost(request, settings)) {
      response.writeHead(403, { 'content-type': 'text/plain' });
      response.end('This form was not sent by our site.\n');
      return;
    }
    tellAddress(request, settings);
    void handle(request, response);
  });
  server.listen(settings.port);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  // Next asks itself for the page that an action redirects to; otherwise at port 3000, or by https behind a proxy: whoever
  // is there would get the cookies.
  process.env.__NEXT_PRIVATE_ORIGIN = `http://127.0.0.1:${port}`;
  log(`http://localhost:${port}`);
  await aborted(signal);
  const closed = once(server, 'close');
  server.close();
  setTimeout(() => server.closeAllConnections(), dev ? 0 : GRACE).unref();
  await closed;
  await site.close();
  log('stopped');
}

/** For limits on guessing: whoever asks cannot choose it. */
function tellAddress(request: IncomingMessage, { trustsProxy }: Settings): void {
  const forwarded = trustsProxy ? request.headers['x-forwarded-for'] : undefined;
  // The last one was written by the proxy that we trust, the others by anybody.
  const last = (Array.isArray(forwarded) ? forwarded.at(-1) : forwarded)?.split(',').at(-1)?.trim();
  request.headers['x-melodia-address'] = limitedAddress(last || request.socket.remoteAddress || 'unknown');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

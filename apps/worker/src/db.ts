// The only file of the worker that connects, besides queue.ts.
import { type Client, createClient } from '@melodia/db/client';
import type { Settings } from './settings.js';

/** A connection for each job, one for the heartbeat and one for probes. */
export function connect({ app, concurrency, databaseUrl }: Settings): Client {
  return createClient({ app, url: databaseUrl, max: concurrency + 2 });
}

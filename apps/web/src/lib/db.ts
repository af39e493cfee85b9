import type { Database } from '@melodia/db';
import type { Client } from '@melodia/db/client';

/** The connections of this process. The server makes them before it serves: see src/server/server.ts. */
export function db(): Database {
  const client = (globalThis as Record<symbol, unknown>)[Symbol.for('@melodia/web client')] as Client | undefined;
  if (!client) throw new Error('The site is served by `node dist/server/main.js`, which connects to the database.');
  return client.db;
}

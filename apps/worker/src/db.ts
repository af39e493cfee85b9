// The only file of the worker that connects.
import { type Client, createClient } from '@melodia/db/client';

export function connect(): Client {
  return createClient({ applicationName: 'melodia-worker', max: 2 });
}

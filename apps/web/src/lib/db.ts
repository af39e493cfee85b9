// The only file of the site that connects.
import { type Client, createClient } from '@melodia/db/client';

export function connect(): Client {
  return createClient({ applicationName: 'melodia-web' });
}

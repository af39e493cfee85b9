// `pnpm dev`: the worker on the development database. In production `main.ts` runs alone.
import { prepareDevelopmentDatabase } from '@melodia/db/development';
import { installQueue } from './queue.js';
import { readSettings } from './settings.js';

const { url, embedded } = await prepareDevelopmentDatabase({
  onProgress: (message) => console.log(`worker: ${message}`),
});
if (url !== undefined) process.env.DATABASE_URL = url;
if (embedded) await installQueue(readSettings());
await import('./main.js');

// `pnpm dev`: the worker on the development database. In production `main.ts` runs alone.
import { prepareDevelopmentDatabase } from '@melodia/db/development';

const { url } = await prepareDevelopmentDatabase({ onProgress: (message) => console.log(`worker: ${message}`) });
if (url !== undefined) process.env.DATABASE_URL = url;
await import('./main.js');

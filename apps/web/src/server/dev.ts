// `pnpm dev`: the site on the development database, reloaded on change. In production `main.ts` runs alone.
import { prepareDevelopmentDatabase } from '@melodia/db/development';

const { url } = await prepareDevelopmentDatabase({ onProgress: (message) => console.log(`web: ${message}`) });
if (url !== undefined) process.env.DATABASE_URL = url;
Object.assign(process.env, { NODE_ENV: 'development' });
await import('./main.js');

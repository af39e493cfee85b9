// `pnpm db:seed`: the sample library, into whatever database is configured.
import { createClient } from '../client.js';
import { openDevelopmentDatabase } from '../development.js';
import { loadSampleData } from '../sample-data/index.js';
import { describeLoad } from './describe-load.js';

const { url } = await openDevelopmentDatabase({ onProgress: (message) => console.error(message) });
await using client = createClient({ url, max: 1, applicationName: 'melodia-seed' });
console.log(describeLoad(await loadSampleData(client.db)));

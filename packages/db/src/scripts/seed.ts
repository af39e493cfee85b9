// `pnpm db:seed`: the sample library, into whatever database is configured.
import { redact } from '@melodia/migrator';
import { createClient } from '../client.js';
import { openDevelopmentDatabase } from '../development.js';
import { loadSampleData } from '../sample-data/index.js';
import { describeLoad } from './describe-load.js';

try {
  const { url } = await openDevelopmentDatabase({ onProgress: (message) => console.error(message) });
  await using client = createClient({ url, max: 1, applicationName: 'melodia-seed' });
  console.log(describeLoad(await loadSampleData(client.db)));
} catch (error) {
  // drizzle-orm puts what Postgres said beneath the text of its query.
  const { message, fix, code } = (error instanceof Error && error.cause instanceof Error ? error.cause : error) as {
    message: string;
    fix?: string;
    code?: string;
  };
  const isBehind = code === '42P01' || code === '42703';
  const next = isBehind ? 'Run `pnpm db:migrate` first.' : fix;
  console.error(redact(`✗ ${message}${next === undefined ? '' : `\n  Next: ${next}`}`));
  process.exitCode = 1;
}

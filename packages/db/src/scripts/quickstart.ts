// `npm start`: a migrated database with something in it, and what to do next. A second run changes nothing.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { redact } from '@melodia/migrator';
import { createClient } from '../client.js';
import { openDevelopmentDatabase, packageFolder } from '../development.js';
import { loadSampleData } from '../sample-data/index.js';
import { describeLoad } from './describe-load.js';

const bin = fileURLToPath(new URL('bin/migrator.cjs', import.meta.resolve('@melodia/migrator/package.json')));

const { packageManager }: { packageManager: string } = JSON.parse(
  readFileSync(join(packageFolder, '../../package.json'), 'utf8'),
);

/** Runs our command line where drizzle.config.ts is. What it should print is shown at once, or given back. */
function migrator(verb: string, output: 'inherit' | 'pipe'): Promise<{ exitCode: number; text: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, verb], { cwd: packageFolder, stdio: ['ignore', output, 'inherit'] });
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? 1, text }));
  });
}

async function quickstart(): Promise<number> {
  const migrated = await migrator('migrate', 'inherit');
  if (migrated.exitCode !== 0) return migrated.exitCode;

  const { url, embedded } = await openDevelopmentDatabase();
  const [sample, status] = await Promise.all([embedded ? loadSample(url) : undefined, migrator('status', 'pipe')]);
  console.log(sample ?? 'Sample data goes into the embedded database only; `pnpm db:seed` adds it to yours.');
  console.log(`\n${status.text.trimEnd()}\n`);
  if (status.exitCode !== 0) return status.exitCode;

  const place = url === undefined ? 'as PGHOST and its like say' : redact(url);
  console.log(`Database   ${place}${embedded ? '   (`pnpm db:url` shows the password)' : ''}
Next       pnpm dev          the site and the worker on this database
           pnpm db:status    what is applied, when and by whom
           pnpm db:studio    look at the data in a browser
           npm test          every test, on a Postgres of its own
Without pnpm on your PATH, write \`npx -y ${packageManager}\` for \`pnpm\`.`);
  return 0;
}

async function loadSample(url: string | undefined): Promise<string> {
  await using client = createClient({ url, max: 1, applicationName: 'melodia-quickstart' });
  return describeLoad(await loadSampleData(client.db));
}

process.exitCode = await quickstart();

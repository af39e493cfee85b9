import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withScratch } from '../../src/scratch/index.js';
import { serverUrl } from '../setup/database.js';
import { FIXTURE, LOCK_CASES } from './lock-cases.js';
import { lineOf, measure } from './measure.js';

const golden = (version: number) => new URL(`./locks-pg${version}.tsv`, import.meta.url);

/** `UPDATE_LOCKS=1` writes the file anew, for a new case or a new Postgres; what has changed is then for a person to read. */
test('every kind of statement locks, rewrites and reads what the table of this Postgres version says', async () => {
  const [version, lines] = await withScratch({ url: serverUrl() }, async (scratch) => {
    const base = await scratch.create();
    await base.run(FIXTURE);
    const measured: string[] = [];
    for (const one of LOCK_CASES) measured.push(`${one.name}\t${lineOf(await measure(scratch, base, one))}`);
    return [scratch.serverVersion, measured];
  });
  const file = golden(version);
  if (process.env.UPDATE_LOCKS) writeFileSync(file, `${lines.join('\n')}\n`);
  expect(lines).toEqual(readFileSync(file, 'utf8').trimEnd().split('\n'));
}, 600_000);

import { afterAll, beforeAll, expect, test } from 'vitest';
import { rules } from '../../src/lint/index.js';
import { fillTables } from '../../src/sample-rows/index.js';
import { type Scratch, withScratch } from '../../src/scratch/index.js';
import { filesOf, readPages } from '../lint/pages.js';
import { serverUrl } from '../setup/database.js';
import { claimsOf, measure } from './measure.js';

let scratch: Scratch;
let end = () => {};
let ended: Promise<void>;

beforeAll(
  () =>
    new Promise<void>((ready, fail) => {
      ended = withScratch({ url: serverUrl() }, (opened) => {
        scratch = opened;
        ready();
        return new Promise<void>((resolve) => {
          end = resolve;
        });
      });
      ended.catch(fail);
    }),
);

afterAll(async () => {
  end();
  await ended;
}, 60_000);

const pages = new Map(readPages().map((page) => [page.id, page]));

/** The first bad block of a rule's page, on top of its set-up with rows in the tables. */
async function measureRule(id: string, rows: number) {
  const page = pages.get(id);
  const block = page?.bad[0];
  if (!page || !block) throw new Error(`The page of ${id} has no bad SQL.`);
  const base = await scratch.create();
  try {
    await base.run(page.setup);
    await fillTables(base.session, { schemas: ['public'], rows });
    const files = filesOf(block.sql).map(({ sql }) => sql);
    const last = files.pop() ?? '';
    for (const sql of files) await base.run(sql);
    const { timezone } = block.options;
    const setUp = timezone === undefined ? undefined : `set timezone to '${timezone}'`;
    return claimsOf([await measure(scratch, base, { sql: last, setUp })]);
  } finally {
    await base.drop();
  }
}

/** Made-up rows may be what a migration refuses, such as one with the value that an enum loses: then fewer of them. */
async function measureWithRows(id: string, mayFail: boolean) {
  for (const rows of [20, 2]) {
    const measured = await measureRule(id, rows);
    if (mayFail || measured.fails === undefined) return measured;
  }
  return measureRule(id, 1);
}

const claiming = rules.filter(({ claims, postgres }) => claims && (postgres?.to ?? 99) >= 15);

test.each(claiming)(
  'what $id claims is so',
  async ({ id, claims = {} }) => {
    const { locks, rewrites, scans, fails } = await measureWithRows(id, claims.fails !== undefined);
    const claimed = (names: readonly string[] | undefined) => [...(names ?? [])].sort();
    expect({
      ...(claims.fails !== undefined && { fails }),
      locks: Object.fromEntries(Object.keys(claims.locks ?? {}).map((name) => [name, locks[name]])),
      rewrites: claims.rewrites ? rewrites : [],
      scans: claims.scans ? scans : [],
    }).toEqual({
      ...(claims.fails !== undefined && { fails: claims.fails }),
      locks: claims.locks ?? {},
      rewrites: claimed(claims.rewrites),
      scans: claimed(claims.scans),
    });
  },
  60_000,
);

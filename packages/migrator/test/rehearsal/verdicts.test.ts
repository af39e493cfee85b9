import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptySchema, lint, lintFiles, rules } from '../../src/lint/index.js';
import { STABLE } from '../../src/lint/volatile.js';
import type { Scratch, ScratchDatabase } from '../../src/scratch/index.js';
import { withScratch } from '../../src/scratch/index.js';
import { loadParser } from '../../src/sql/parse.js';
import { serverUrl } from '../setup/database.js';
import { claimsOf, measure } from './measure.js';
import { VERDICT_CASES, VERDICT_FIXTURE } from './verdict-cases.js';

/** Locks that let nobody write. */
const STRONG: ReadonlySet<string> = new Set([
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
]);

let scratch: Scratch;
let base: ScratchDatabase;
let end = () => {};
let ended: Promise<void>;

beforeAll(async () => {
  await loadParser();
  await new Promise<void>((ready, fail) => {
    ended = withScratch({ url: serverUrl() }, async (opened) => {
      scratch = opened;
      base = await scratch.create();
      await base.run(VERDICT_FIXTURE);
      ready();
      await new Promise<void>((resolve) => {
        end = resolve;
      });
    });
    ended.catch(fail);
  });
}, 60_000);

afterAll(async () => {
  end();
  await ended;
}, 60_000);

/** Whether rows of a table in use are read or written while others may not write to it; or the SQLSTATE: a case must run. */
async function verdictOf(sql: string): Promise<string> {
  const claims = claimsOf([await measure(scratch, base, { sql: `set local timezone = 'UTC';\n${sql}` })]);
  if (claims.fails !== undefined) return `fails with ${claims.fails}`;
  const isStrong = Object.values(claims.locks).some((mode) => STRONG.has(mode));
  return isStrong && claims.rewrites.length + claims.scans.length > 0 ? 'blocks' : 'passes';
}

/** The rules about waiting that find something, of those that are on by default. */
function told(sql: string): string[] {
  const migrations = [VERDICT_FIXTURE, sql].map((text, position) => ({
    tag: `000${position}_m`,
    position,
    idx: position,
    when: position,
    path: `000${position}_m.sql`,
    file: { sql: text, hash: '' },
  }));
  const major = scratch.serverVersion;
  const files = lintFiles(migrations, {
    isLinted: ({ position }) => position === 1,
    serverVersion: major,
    oneTransaction: false,
  });
  const blocking = new Set(rules.filter(({ category }) => category === 'blocking').map(({ id }) => id));
  return lint(files, emptySchema(), { target: { major }, timeZone: 'UTC' })
    .filter(({ code, severity }) => blocking.has(code) && severity !== 'info')
    .map(({ code }) => code);
}

test('the lint tells of a statement that others wait for where a server shows it, and only there', async () => {
  const cases = VERDICT_CASES.filter(({ from = 0 }) => from <= scratch.serverVersion);
  const measured: string[] = [];
  const linted: string[] = [];
  for (const { sql } of cases) {
    measured.push(`${await verdictOf(sql)}: ${sql}`);
    linted.push(`${told(sql).length > 0 ? 'blocks' : 'passes'}: ${sql}`);
  }
  expect(linted).toEqual(measured);
}, 600_000);

test('no function of Postgres that is taken for stable has a volatile form', async () => {
  const names = [...STABLE].map((name) => `'${name}'`).join(', ');
  const rows = await base.session.rows<{ readonly proname: string }>(
    `select distinct proname from pg_proc where provolatile = 'v' and pronamespace = 'pg_catalog'::regnamespace and proname in (${names})`,
  );
  expect(rows.map(({ proname }) => proname)).toEqual([]);
});

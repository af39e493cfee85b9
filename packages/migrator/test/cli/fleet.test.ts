import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../setup/cli.js';
import { createDatabase, query, serverUrl } from '../setup/database.js';
import { makeProject, writeFiles } from '../setup/project.js';

const MIGRATIONS = {
  '0000_songs': 'create table songs (id serial primary key, title text);',
  '0001_titles': 'alter table songs add constraint title_short check (length(title) < 10);',
  '0002_plays': 'create table plays (song integer references songs);',
};

/** A fleet of copies of one database, all behind by the last two migrations; gone when the test is. */
async function makeFleet(count: number, more: Readonly<Record<string, string>> = {}) {
  const first = await createDatabase();
  const { root } = makeProject(first, { ...MIGRATIONS, ...more });
  await runCli(root, 'migrate', '--url', first.url, '--to', '0000_songs');
  const copies = Array.from({ length: count }, (_, n) => {
    const url = new URL(first.url);
    url.pathname += `_${n}`;
    return { url: url.href, name: url.pathname.slice(1), query: (text: string) => query(url.href, text) };
  });
  onTestFinished(async () => {
    for (const { name } of copies) await query(serverUrl(), `drop database if exists ${name} with (force)`);
  });
  for (const copy of copies)
    await query(serverUrl(), `create database ${copy.name} template ${first.name} strategy file_copy`);
  const name = (n: number) => `tenant-${String(n).padStart(3, '0')}`;
  writeFileSync(join(root, 'tenants.txt'), copies.map(({ url }, n) => `${name(n)}=${url}\n`).join(''));
  return { root, copies, name };
}

const fleet = (root: string, ...argv: string[]) => runCli(root, 'fleet', ...argv, '--databases', 'tenants.txt');
const states = (json: Record<string, unknown>) => {
  const counts: Record<string, number> = {};
  for (const { state } of json.databases as { state: string }[]) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};

/** 200 at night: see `pnpm test:nightly`. */
const SIZE = Number(process.env.MIGRATOR_FLEET_SIZE ?? 40);

test(`${SIZE} databases, three of which fail: the rest is done, the three are named, the second run finishes them`, async () => {
  const { root, copies, name } = await makeFleet(SIZE);
  const bad = [7, 19, SIZE - 1];
  for (const n of bad) await copies[n]?.query(`insert into songs (title) values ('far too long a title')`);
  const run = await fleet(root, 'migrate', '--concurrency', '8', '--keep-going', '--state', 'done.json');
  expect(run.exitCode, run.err).toBe(4);
  const table = run.out.slice(run.out.lastIndexOf('tenant-000'));
  const failed = table.split('\n').filter((line) => line.startsWith('✗'));
  expect(failed.map((line) => line.split(/\s+/)[1])).toEqual(bad.map(name));
  for (const line of failed) expect(line).toMatch(/title_short.*\[statement-failed\] at drizzle.0001_titles\.sql:1/);
  expect(run.out).toMatch(new RegExp(`${SIZE - 3} databases done, 3 failed\\.\\n {2}Next: run the same command again`));

  for (const n of bad) await copies[n]?.query('delete from songs');
  const again = await fleet(root, 'migrate', '--state', 'done.json', '--json');
  expect([again.exitCode, states(again.json)]).toEqual([0, { skipped: SIZE - 3, done: 3 }]);

  // Another goal begins anew, and there nothing is left to do.
  const status = await fleet(root, 'status', '--check', '--json', '--concurrency', '8');
  expect([status.exitCode, states(status.json)]).toEqual([0, { done: SIZE }]);
}, 120_000);

test('stops at the first failure; a canary that fails is the only one', async () => {
  const { root, copies, name } = await makeFleet(6);
  await copies[0]?.query(`insert into songs (title) values ('far too long a title')`);
  const run = await fleet(root, 'migrate', '--canary', '1', '--keep-going');
  expect(run.exitCode).toBe(4);
  expect(run.out).toMatch(/0 databases done, 1 failed, 5 not begun\./);
  const other = await fleet(root, 'migrate', '--canary', name(5), '--concurrency', '1', '--json');
  expect([other.exitCode, states(other.json)]).toEqual([4, { done: 1, failed: 1, 'not-begun': 4 }]);
  const status = await fleet(root, 'status', '--check', '--json');
  expect([status.exitCode, (status.json.databases as { upToDate: boolean }[]).map(({ upToDate }) => upToDate)]).toEqual(
    [5, [false, false, false, false, false, true]],
  );
});

test('refused by findings is 3, unreachable is 4; others go on, with backups; passwords are nowhere', async () => {
  const { root, copies } = await makeFleet(3);
  const password = new URL(serverUrl()).password;
  await copies[1]?.query(`update drizzle.__drizzle_migrations set hash = repeat('0', 64)`);
  const list = readFileSync(join(root, 'tenants.txt'), 'utf8');
  const away =
    list
      .split('\n')[0]
      ?.replace('tenant-000', 'away')
      .replace(/:\d+\/\w+$/, ':1/nobody') ?? '';
  writeFileSync(join(root, 'tenants.txt'), `${away}\n${list}`);
  const run = await fleet(root, 'migrate', '--keep-going', '--backup', 'kept', '--json');
  expect(run.exitCode).toBe(4);
  expect(run.out + run.err).not.toContain(password);
  const found = run.json.databases as { name: string; state: string; error?: { code: string; exitCode: number } }[];
  expect(found.map(({ name, state, error }) => [name, state, error?.exitCode])).toEqual([
    ['away', 'failed', 4],
    ['tenant-000', 'done', undefined],
    ['tenant-001', 'failed', 3],
    ['tenant-002', 'done', undefined],
  ]);
  expect(
    readdirSync(join(root, 'kept'))
      .map((file) => file.slice(0, 10))
      .sort(),
  ).toEqual(['tenant-000', 'tenant-002']);
});

test('phases: what is held back is told', async () => {
  const { root } = await makeFleet(2, { '0003_drop': '-- migrator: phase=contract\ndrop table plays;' });
  const run = await fleet(root, 'migrate', '--phase', 'expand');
  expect([run.exitCode, run.out]).toEqual([
    0,
    expect.stringMatching(/✓ {2}tenant-000 .* 2 migrations applied, up to 0002_plays, 1 held back\n/),
  ]);
  expect((await fleet(root, 'migrate', '--phase', 'contract')).out).toContain('1 migration applied, up to 0003_drop');
  expect((await fleet(root, 'migrate')).out).toContain('up to date');
});

test('drift: what one history makes is made once, and each is compared with it', async () => {
  const { root, copies } = await makeFleet(4);
  await fleet(root, 'migrate', '--to', '0001_titles');
  await copies[3]?.query(
    'alter table songs add column extra text; alter table songs drop constraint title_short; create role fleet_owner_of_none',
  );
  await copies[2]?.query('drop role fleet_owner_of_none');
  const run = await fleet(root, 'drift', '--check');
  expect(run.exitCode, run.out + run.err).toBe(5);
  expect(run.out).toMatch(/✓ {2}tenant-000 .* no drift, 1 pending\n/);
  expect(run.out).toMatch(/! {2}tenant-003 .* 2 differences, 1 pending\n/);
  const { json } = await fleet(root, 'drift', '--json');
  const [, , , last] = json.databases as { differences: { object: string }[] }[];
  expect(JSON.stringify(last)).toContain('public.songs.extra');
});

test('lists from a query and from a command; what is no list is refused before anything is changed', async () => {
  const { root, copies } = await makeFleet(2);
  const registry = await createDatabase();
  await registry.query('create table tenants (name text, url text, n integer)');
  for (const [n, { url }] of copies.entries())
    await registry.query(`insert into tenants values ('t${n}', '${url}', ${n})`);
  const asked = (sql: string) => runCli(root, 'fleet', 'status', '--url', registry.url, '--query', sql, '--json');
  const { json } = await asked('select name, url from tenants order by name');
  expect((json.databases as { name: string }[]).map(({ name }) => name)).toEqual(['t0', 't1']);
  expect((await asked('select url from tenants')).exitCode).toBe(0);
  expect((await asked('select name, url, n from tenants')).json).toMatchObject({ error: { code: 'fleet-list' } });
  expect((await asked('select url from tenants where false')).json).toMatchObject({ error: { code: 'fleet-list' } });
  expect((await asked('select nothing')).exitCode).toBe(4);

  const printed = await runCli(root, 'fleet', 'migrate', '--command', 'grep -v "^#" tenants.txt', '--json');
  expect([printed.exitCode, states(printed.json)]).toEqual([0, { done: 2 }]);
  const url = copies[0]?.url ?? '';
  const failing = await runCli(root, 'fleet', 'migrate', '--command', `echo "no such tenant: ${url}" >&2; exit 3`);
  expect([failing.exitCode, failing.err]).toEqual([2, expect.stringContaining('ended with exit code 3')]);
  expect((await runCli(root, 'fleet', 'status')).err).toContain('Which databases?');
  writeFiles(root, { 'tenants.txt': 'not a url\n' });
  expect((await fleet(root, 'migrate')).err).toContain('tenants.txt, line 1');
  writeFiles(root, { 'done.json': '{}', 'tenants.txt': `${url}\n` });
  expect((await fleet(root, 'migrate', '--state', 'done.json')).err).toContain('is not one that `migrator fleet` has');
});

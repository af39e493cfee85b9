import { afterAll, beforeAll, expect, test } from 'vitest';
import { listParked, purge } from '../../src/api/purge.js';
import { planRollback } from '../../src/api/rollback.js';
import { openTrash, parkTable } from '../../src/recoverable/index.js';
import { createDatabase, serverUrl, type TestDatabase } from '../setup/database.js';
import { type Pgbouncer, startPgbouncer } from '../setup/pgbouncer.js';
import { makeProject, writeFiles } from '../setup/project.js';
import { fingerprint } from './fingerprint.js';
import { startCli } from './harness.js';

let pgbouncer: Pgbouncer;
beforeAll(async () => {
  pgbouncer = await startPgbouncer(serverUrl());
});
afterAll(() => pgbouncer?.stop());

const parking = parkTable({ migration: '0003_drop' }, { schema: 'public', table: 'extra' });
const HISTORY: readonly (readonly [tag: string, up: string, down: string])[] = [
  ['0000_songs', 'create table songs (id int, title text); insert into songs values (1)', 'drop table songs'],
  ['0001_plays', 'alter table songs add plays int', 'alter table songs drop column plays'],
  [
    '0002_index',
    'create index concurrently songs_title on songs (title);\ncreate table extra (id int)',
    'drop index concurrently songs_title;\ndrop table extra',
  ],
  ['0003_drop', [...openTrash(), ...parking.up].join(';'), parking.down.join(';')],
];

async function setup() {
  const database = await createDatabase();
  const project = makeProject({ url: pgbouncer.through(database.url) }, Object.fromEntries(HISTORY));
  for (const [tag, , down] of HISTORY) writeFiles(project.root, { [`drizzle/${tag}.down.sql`]: down });
  const cli = (...argv: string[]) => startCli(project.root, argv, {}).ended;
  expect((await cli('migrate')).code).toBe(0);
  return { database, project, cli };
}

const locks = ({ query, name }: TestDatabase) =>
  query(
    `select from pg_locks l join pg_database d on d.oid = l.database where locktype = 'advisory' and datname = '${name}'`,
  );

test('rollback: all of it, one transaction or not; the direct URL is suggested, no lock is left', async () => {
  const { database, project, cli } = await setup();
  const { plan } = await planRollback(project, { steps: 2 });
  expect(plan.findings.map(({ code, severity, message }) => [code, severity, message])).toEqual([
    [
      'behind-pooler',
      'warning',
      'A pooler stands between migrator and the server, and `0002_index` runs outside of a transaction.',
    ],
  ]);
  const back = await cli('rollback', '--steps', '4', '--yes');
  expect(back.code, back.output).toBe(0);
  expect(back.output).toContain('[behind-pooler]');
  expect(back.output).toContain('Rolled back 4 migrations');
  expect(await database.query(`select from pg_tables where schemaname = 'public'`)).toEqual([]);
  await expect.poll(() => locks(database)).toEqual([]);
  expect((await cli('migrate')).code).toBe(0);
});

test('redo: the database is what it was, and it tells of the pooler too', async () => {
  const { database, cli } = await setup();
  const before = await fingerprint(database.url);
  const again = await cli('redo', '--steps', '3', '--yes');
  expect(again.code, again.output).toBe(0);
  expect(again.output).toContain('[behind-pooler]');
  expect(await fingerprint(database.url)).toEqual(before);
  await expect.poll(() => locks(database)).toEqual([]);
});

test('purge', async () => {
  const { database, project } = await setup();
  expect(await purge(project, { drops: await listParked(project) })).toMatchObject([{ name: 'public.extra' }]);
  expect(await listParked(project)).toEqual([]);
  await expect.poll(() => locks(database)).toEqual([]);
});

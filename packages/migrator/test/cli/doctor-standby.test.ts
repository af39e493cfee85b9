import { expect, onTestFinished, test } from 'vitest';
import { doctor } from '../../src/api/doctor.js';
import { readTarget } from '../../src/database/target.js';
import { replication, replicationWithin } from '../../src/doctor/checks/replication.js';
import { type Check, examine, Reader } from '../../src/doctor/index.js';
import { query } from '../setup/database.js';
import { makeFolder } from '../setup/project.js';
import { startPair } from '../setup/standby.js';

const FAR = 1024 ** 4;
/** Whatever is behind at all; a day is further than any lag of a test. */
const strict = replicationWithin({ lag: 86_400, unseen: 0, kept: 1024 ** 2 });

async function look(url: string, check: Check) {
  const target = readTarget({ url }, {});
  const reader = new Reader(target, undefined);
  onTestFinished(() => reader.close());
  await reader.connect();
  const patient = {
    ...{ root: '/', config: undefined, migrationsFolder: '/nowhere', relativeTo: '/', now: Date.now },
    ...{ tracking: { schema: 'drizzle', table: '__drizzle_migrations' }, usesEmbedded: false, target, reader },
  };
  const [result] = await examine(patient, [check], {});
  const { status, message, fix, details } = result ?? { status: 'none', message: '' };
  return { status, message, ...(fix && { fix }), ...(details && { details }) };
}

test('a primary and its standby: what is behind, what is kept, what waits, and what may not be seen', async () => {
  const { primary, standby } = await startPair();
  expect(await look(primary, replication)).toEqual({ status: 'ok', message: 'The standby is at most 30 s behind.' });

  const root = makeFolder();
  const report = await doctor({ root, migrationsFolder: `${root}/drizzle`, database: standby });
  const of = (id: string) => report.checks.find((check) => check.id === id);
  expect(report).toMatchObject({ ok: false, exitCode: 4, counts: { fail: 1, unknown: 0 } });
  expect(of('privileges')).toMatchObject({
    status: 'fail',
    message: 'This server is a standby: nothing can be written.',
    fix: 'Give the URL of the primary.',
  });
  expect(of('replication')).toMatchObject({
    status: 'warn',
    message: expect.stringMatching(/^This server is a standby(?:, whose last transaction is \d+ s old)?\.$/),
    fix: 'Give the URL of the primary: migrations are written there.',
  });

  await query(primary, `create role looker login password 'looker'`);
  const login = new URL(primary);
  login.username = 'looker';
  login.password = 'looker';
  expect(await look(login.href, replication)).toEqual({
    status: 'unknown',
    message: 'There are standbys, and the role may not see how far they are.',
    fix: 'Let a superuser run `grant pg_monitor to <role>`.',
  });

  await query(standby, 'select pg_wal_replay_pause()');
  await query(primary, 'create table songs as select n from generate_series(1, 100000) n');
  const behind = {
    status: 'warn',
    message:
      'A standby is behind: readers there see the schema change late, and a lock that a migration takes stops them.',
    fix: 'Wait until they have caught up before a migration that writes many rows; one that is paused goes on with `select pg_wal_replay_resume()` there.',
    details: [expect.stringMatching(/^second: (?:\d+ s, )?0\.0 GB$/)],
  };
  expect(await look(primary, strict)).toEqual(behind);
  // Its time grows with every answer of the standby, once in ten seconds.
  const timed = replicationWithin({ lag: 0.001, unseen: FAR, kept: FAR });
  await expect.poll(() => look(primary, timed), { timeout: 20_000 }).toEqual(behind);
  await query(standby, 'select pg_wal_replay_resume()');

  const waitFor = async (name: string) => {
    await query(primary, `alter system set synchronous_standby_names = '${name}'`);
    await query(primary, 'select pg_reload_conf()');
  };
  await waitFor('third');
  const waiting = {
    status: 'warn',
    message:
      'Every commit waits for a synchronous standby (`synchronous_standby_names = third`), and none is connected.',
    fix: 'Start the standby, or `alter system reset synchronous_standby_names` and `select pg_reload_conf()`.',
  };
  await expect.poll(() => look(primary, replication), { timeout: 20_000 }).toEqual(waiting);
  await waitFor('second');
  await expect.poll(async () => (await look(primary, replication)).status, { timeout: 20_000 }).toBe('ok');

  await query(primary, `create database other`);
  await query(
    primary.replace(/postgres$/, 'other'),
    `select pg_create_logical_replication_slot('odd_one', 'pgoutput')`,
  );
  await query(primary, 'insert into songs select n from generate_series(1, 100000) n');
  await expect
    .poll(() => look(primary, strict), { timeout: 20_000 })
    .toEqual({
      status: 'warn',
      message: 'A replication slot that nobody reads keeps the log: a migration that writes much may fill the disk.',
      fix: "Start its reader again, or `select pg_drop_replication_slot('odd_one')`.",
      details: ['odd_one: 0.0 GB'],
    });
  expect((await look(primary, replication)).status).toBe('ok');
}, 120_000);

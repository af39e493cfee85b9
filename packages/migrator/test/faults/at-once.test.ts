import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../setup/database.js';
import { type Pgbouncer, startPgbouncer } from '../setup/pgbouncer.js';
import { fingerprint } from './fingerprint.js';
import { each, openSession, ourSessionsSql, projectOf, startCli, until } from './harness.js';
import { MIXED_HISTORY } from './history.js';

const advisoryLocks = `select pid, classid from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;

let pgbouncer: Pgbouncer;
beforeAll(async () => {
  pgbouncer = await startPgbouncer(inject('serverUrl'));
}, 180_000);
afterAll(() => pgbouncer?.stop());

/** What the history makes when one migrator runs it alone. */
async function undisturbed(root: string): Promise<string[]> {
  const { url } = await createDatabase();
  expect((await startCli(root, ['migrate'], { DATABASE_URL: url }).ended).code).toBe(0);
  return fingerprint(url);
}

async function expectOneWorker(
  database: TestDatabase,
  root: string,
  urls: readonly string[],
  files: number,
): Promise<void> {
  const expected = await undisturbed(root);
  const runs = await Promise.all(urls.map((url) => startCli(root, ['migrate'], { DATABASE_URL: url }).ended));
  const failed = runs.filter(({ code }) => code !== 0);
  expect(failed, failed.map(({ output }) => output).join('\n')).toEqual([]);
  const did = runs.map(({ output }) => /Applied \d+ migrations?|nothing to apply/.exec(output)?.[0]).sort();
  expect(did).toEqual([`Applied ${files} migrations`, ...Array(urls.length - 1).fill('nothing to apply')]);
  expect(await fingerprint(database.url)).toEqual(expected);
  expect(
    await database.query(`select deadlocks::int from pg_stat_database where datname = current_database()`),
  ).toEqual([{ deadlocks: 0 }]);
  await until(async () => (await database.query(advisoryLocks)).length === 0, 'the locks to be free');
}

describe('thirty-two migrators, started at once on an empty database', () => {
  test('one works, the others wait for it: everything is applied once, all exit 0, nothing deadlocks', {
    timeout: 120_000,
  }, async () => {
    const database = await createDatabase();
    const { root } = projectOf(MIXED_HISTORY);
    await expectOneWorker(database, root, Array(32).fill(database.url), Object.keys(MIXED_HISTORY).length);
  });

  test('the same when half of them come through PgBouncer', { timeout: 120_000 }, async () => {
    const database = await createDatabase();
    const { root } = projectOf(MIXED_HISTORY);
    const urls = Array.from({ length: 32 }, (_, n) => (n % 2 ? database.url : pgbouncer.through(database.url)));
    await expectOneWorker(database, root, urls, Object.keys(MIXED_HISTORY).length);
  });
});

describe('two migrators with a pending file that takes a second', () => {
  const credits = 'create table credits (amount int);';
  test.each([
    ['in a transaction', `select pg_sleep(1);\n--> statement-breakpoint\ninsert into credits values (100);`, 0],
    [
      'outside of one, with CONCURRENTLY',
      `select pg_sleep(1);\n--> statement-breakpoint\ncreate index concurrently credits_amount on credits (amount);\n--> statement-breakpoint\ninsert into credits values (100);`,
      1,
    ],
  ])('apply it once and both exit 0, in 50 tries of 50: %s', { timeout: 180_000 }, async (_, sql, indexes) => {
    const { root } = projectOf({ '0000_credits': credits, '0001_grant': sql });
    await each(
      Array.from({ length: 50 }, (_, n) => n),
      8,
      async () => {
        const { url, query } = await createDatabase();
        const first = startCli(root, ['migrate', '--to', '0000_credits'], { DATABASE_URL: url });
        expect((await first.ended).code, first.output()).toBe(0);
        const runs = await Promise.all([0, 1].map(() => startCli(root, ['migrate'], { DATABASE_URL: url }).ended));
        expect(
          runs.map(({ code }) => code),
          runs.map(({ output }) => output).join('\n'),
        ).toEqual([0, 0]);
        expect(
          await query(`select (select sum(amount)::int from credits) as amount, (select count(*)::int from drizzle.__drizzle_migrations) as rows,
            (select count(*)::int from pg_index where indrelid = 'credits'::regclass and indisvalid) as indexes`),
        ).toEqual([{ amount: 100, rows: 2, indexes }]);
      },
    );
  });
});

describe('through PgBouncer in transaction mode', () => {
  test('a fresh database, nothing to do, status; the direct URL is suggested and no lock is left', async () => {
    const database = await createDatabase();
    const { root } = projectOf(MIXED_HISTORY);
    const expected = await undisturbed(root);
    const env = { DATABASE_URL: pgbouncer.through(database.url) };
    const fresh = await startCli(root, ['migrate'], env).ended;
    expect(fresh.code, fresh.output).toBe(0);
    expect(fresh.output).toContain('[behind-pooler]');
    expect(fresh.output).toContain('direct URL');
    expect(await fingerprint(database.url)).toEqual(expected);
    await until(async () => (await database.query(advisoryLocks)).length === 0, 'the locks to be free');

    const again = await startCli(root, ['migrate'], env).ended;
    expect([again.code, again.output]).toEqual([0, expect.stringContaining('nothing to apply')]);
    const status = await startCli(root, ['status', '--check'], env).ended;
    expect([status.code, status.output]).toEqual([0, expect.stringContaining('Up to date.')]);
  });

  test('settings of a run do not reach the next client of the pooler', async () => {
    const database = await createDatabase();
    const { root } = projectOf(MIXED_HISTORY);
    const url = pgbouncer.through(database.url);
    expect((await startCli(root, ['migrate', '--lock-timeout', '777ms'], { DATABASE_URL: url }).ended).code).toBe(0);
    const settings = `select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement, current_setting('synchronous_commit') as sync,
      current_setting('idle_in_transaction_session_timeout') as idle, current_setting('client_connection_check_interval') as check`;
    const direct = await database.query(settings);
    // Server connections of the pool that the run has used, all of them: open transactions keep them apart.
    const clients = await Promise.all([0, 1, 2].map(() => openSession(url, 'app')));
    for (const client of clients) {
      await client.run('begin');
      expect([...(await client.run(settings))]).toEqual(direct);
    }
    for (const client of clients) await client.run('commit');
  });

  test.each([
    ['a pooled run waits for a direct one', true],
    ['a direct run waits for a pooled one', false],
  ])('%s, and then has nothing to do', async (_, secondIsPooled) => {
    const database = await createDatabase();
    const { root } = projectOf({ '0000_slow': 'create table a (); select pg_sleep(2);' });
    const pooled = pgbouncer.through(database.url);
    const first = startCli(root, ['migrate'], { DATABASE_URL: secondIsPooled ? database.url : pooled });
    await until(
      async () => (await database.query(`${ourSessionsSql} and query like '%pg_sleep(2)%'`)).length > 0,
      'the first run',
    );
    const second = startCli(root, ['migrate'], { DATABASE_URL: secondIsPooled ? pooled : database.url });
    expect((await first.ended).code, first.output()).toBe(0);
    expect((await second.ended).code, second.output()).toBe(0);
    expect(second.output()).toMatch(/waiting \d+ m?s for another run: pid \d+ \(migrator lock, /);
    expect(second.output()).toContain('nothing to apply');
  });

  test('a run that is killed leaves its statement behind; a direct run ends that, and ends as an undisturbed one', async () => {
    const history = {
      '0000_tables': 'create table songs (id int); insert into songs select generate_series(1, 100);',
      '0001_slow': 'update songs set id = id + 1;\n--> statement-breakpoint\nselect pg_sleep(60);',
    };
    const database = await createDatabase();
    const { root, edit } = projectOf(history);
    const killed = startCli(root, ['migrate'], { DATABASE_URL: pgbouncer.through(database.url) });
    await until(
      async () => (await database.query(`${ourSessionsSql} and query like '%pg_sleep(60)%'`)).length > 0,
      'its statement to run',
    );
    killed.child.kill('SIGKILL');
    await killed.ended;
    edit('0001_slow', 'update songs set id = id + 1;');
    const next = await startCli(root, ['migrate'], { DATABASE_URL: database.url }).ended;
    expect(next.code, next.output).toBe(0);
    expect(await database.query('select min(id)::int, max(id)::int from songs')).toEqual([{ min: 2, max: 101 }]);
    expect(await database.query(`${ourSessionsSql} and state = 'active'`)).toEqual([]);
    await until(async () => (await database.query(advisoryLocks)).length === 0, 'the locks to be free');
  });
});

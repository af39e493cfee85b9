import { expect, onTestFinished, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { failureOf } from '../setup/cli.js';
import { createDatabase, serverUrl } from '../setup/database.js';
import { startPgbouncer } from '../setup/pgbouncer.js';
import { makeProject } from '../setup/project.js';
import { openSession, ourSessionsSql, startCli, until } from './harness.js';

const ROWS = 1500;
const KILLS = 4;

/** Each row takes a while, so that a kill meets it anywhere: in the statement, at the commit, between two batches. */
const SCHEMA = `create table songs (id uuid primary key, n int not null default 0);
insert into songs select md5(i::text)::uuid from generate_series(1, ${ROWS}) i;`;
const SLOW = '-- migrator: backfill batch=60\nupdate songs set n = n + 1 where pg_sleep(0.0005) is not null;';

test(`killed ${KILLS} times while an application writes, each row is changed exactly once`, async () => {
  const database = await createDatabase();
  const project = makeProject(database, { '0000_songs': SCHEMA, '0001_slow': SLOW });
  await migrate(project, { to: '0000_songs' });
  const batches = async () =>
    Number(
      (
        await database.query(`select coalesce(max(batches), 0) as b from drizzle.__migrator_backfills`).catch(() => [])
      )[0]?.b ?? 0,
    );

  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = await batches();
    const run = startCli(project.root, ['migrate'], {});
    await until(async () => (await batches()) > before + (kill % 3), 'another batch');
    run.child.kill('SIGKILL');
    await run.ended;
    // An application adds rows, before and behind the cursor, and deletes one that is not done.
    await database.query(
      `insert into songs select md5('late' || ${kill})::uuid, 100; delete from songs where n = 0 and id = (select id from songs where n = 0 order by id desc limit 1)`,
    );
  }
  const status = startCli(project.root, ['status'], {});
  expect((await status.ended).output).toMatch(/0001_slow +pending \(backfill stopped at \d+ %\)/);
  const last = startCli(project.root, ['migrate'], {});
  const { code, output } = await last.ended;
  expect([code, output]).toEqual([0, expect.stringContaining('✓ 0001_slow')]);
  expect(await database.query('select n % 100 as n, count(*)::int from songs where n < 100 group by 1')).toEqual([
    { n: 1, count: ROWS - KILLS },
  ]);
  expect(
    await database.query(
      `select status, rows_changed = ${ROWS - KILLS} + (select count(*) from songs where n = 101) as counted from drizzle.__migrator_backfills`,
    ),
  ).toEqual([{ status: 'done', counted: true }]);
});

test('an interrupt keeps the cursor; two at once do it once; a locked row is waited for', async () => {
  const database = await createDatabase();
  const project = makeProject(database, {
    '0000_songs': SCHEMA.replace(String(ROWS), '400'),
    '0001_slow': SLOW.replace('0.0005', '0.002'),
  });
  await migrate(project, { to: '0000_songs' });
  const run = startCli(project.root, ['migrate'], {});
  const visited = async () =>
    Number(
      (await database.query(`select rows_visited as v from drizzle.__migrator_backfills`).catch(() => []))[0]?.v ?? 0,
    );
  await until(async () => (await visited()) > 0, 'a batch');
  run.child.kill('SIGINT');
  const { code } = await run.ended;
  expect(code).toBe(130);
  expect(await visited()).toBeGreaterThan(0);
  expect(await database.query(ourSessionsSql)).toEqual([]);

  const application = await openSession(database.url, 'application');
  await application.run(
    'begin; update songs set n = n + 100 where id = (select id from songs order by id desc limit 1)',
  );
  const timeouts = { lockTimeoutMs: 100, lockRetries: 1 };
  const blocked = await failureOf(migrate(project, { timeouts }));
  expect(blocked.code).toBe('lock-timeout');
  expect(blocked.detail).toContain('Blocked by');
  await application.run('commit');

  const both = await Promise.all([migrate(project), migrate(project)]);
  expect(both.flatMap(({ done }) => done)).toHaveLength(1);
  expect(await database.query('select n % 100 as n, count(*)::int from songs group by 1')).toEqual([
    { n: 1, count: 400 },
  ]);
});

test('it waits for transactions that are open for too long, and gives up in the end', async () => {
  const database = await createDatabase();
  const project = makeProject(database, { '0000_songs': SCHEMA.replace(String(ROWS), '40'), '0001_fill': SLOW });
  await migrate(project, { to: '0000_songs' });
  const forgotten = await openSession(database.url);
  await forgotten.run('begin; select 1');
  const backfill = { maxTransactionMs: 1, maxPauseMs: 1 };
  const error = await failureOf(migrate(project, { backfill }));
  expect(error).toMatchObject({
    code: 'backfill-paused',
    message: expect.stringMatching(
      /^`0001_fill` has paused for 0 s, because a transaction of forgotten psql \(pid \d+\) is open for \d+ s\.$/,
    ),
  });
  const waits = migrate(project, {
    backfill: { maxTransactionMs: 1 },
    onEvent: (event) => {
      if (event.type === 'backfill-paused') void forgotten.run('commit');
    },
  });
  expect((await waits).done).toHaveLength(1);
});

test('behind a transaction pooler too, a connection that is lost keeps what is done and says so', async () => {
  const pgbouncer = await startPgbouncer(serverUrl());
  onTestFinished(() => pgbouncer.stop());
  const database = await createDatabase();
  const files = { '0000_songs': SCHEMA.replace(String(ROWS), '300'), '0001_slow': SLOW };
  for (const url of [pgbouncer.through(database.url), database.url]) {
    const project = makeProject({ url }, files);
    await migrate(project, { to: '0000_songs' });
    let batches = 0;
    const lost = await failureOf(
      migrate(project, {
        onEvent: ({ type }) => {
          if (type !== 'backfill-progress') return;
          batches += 1;
          // The session of the batches is the one in a transaction of its own; the other holds the run lock.
          if (batches === 2)
            void database.query(
              `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ~ 'pg_sleep' and pid <> pg_backend_pid()`,
            );
        },
      }),
    );
    expect(lost).toMatchObject({
      code: 'connection-lost',
      state: expect.stringMatching(
        /\d+ rows are done \(\d+ changed\), up to .*; `migrator migrate` goes on behind them\./,
      ),
    });
    expect((await migrate(project)).done).toHaveLength(1);
    expect(await database.query('select n, count(*)::int from songs group by 1')).toEqual([{ n: 1, count: 300 }]);
    await database.query('drop schema drizzle cascade; drop table songs');
  }
});

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../setup/database.js';
import { openSession, ourSessionsSql, projectOf, startCli, until } from './harness.js';

const SONGS = 'create table songs (id int primary key, plays int not null default 0); insert into songs values (1);';

async function setup(sql: string) {
  const database = await createDatabase();
  const project = projectOf({ '0000_songs': SONGS, '0001_next': sql });
  const start = (...args: string[]) => startCli(project.root, ['migrate', ...args], { DATABASE_URL: database.url });
  const first = await start('--to', '0000_songs').ended;
  expect(first.code, first.output).toBe(0);
  return { database, ...project, start };
}

const isRunning = async ({ query }: TestDatabase, text: string) =>
  (await query(`${ourSessionsSql} and state = 'active' and query ~* '^${text}'`)).length > 0;

/** Fifty queries a second, each sent when it is due, whether or not those before it have been answered. */
async function probe(url: string) {
  const clients = await Promise.all(Array.from({ length: 10 }, () => openSession(url, 'application')));
  const delays: Promise<number>[] = [];
  let stopped = false;
  const loop = (async () => {
    const started = performance.now();
    for (let n = 0; !stopped; n += 1) {
      const due = started + n * 20;
      await sleep(Math.max(0, due - performance.now()));
      const sent = performance.now();
      delays.push(
        clients[n % clients.length]
          ?.run('select plays from songs where id = 1')
          .then(() => performance.now() - sent) as Promise<number>,
      );
    }
  })();
  return async () => {
    stopped = true;
    await loop;
    return Promise.all(delays);
  };
}

describe('a forgotten transaction that holds the table', () => {
  test('delays the migration, which names it, and not the application; the migration follows when it ends', async () => {
    const { database, start } = await setup('alter table songs add column title text;');
    const stop = await probe(database.url);
    const forgotten = await openSession(database.url);
    await forgotten.run('begin');
    await forgotten.run('select plays from songs for share');
    const since = (
      await database.query<{ since: Date }>(
        `select xact_start as since from pg_stat_activity where pid = ${forgotten.pid}`,
      )
    )[0]?.since;
    const held = performance.now();
    const run = start('--lock-timeout', '300ms', '--lock-retries', '100');
    await run.printed(/lock timeout, attempt 5 in/);
    const heldMs = performance.now() - held;
    await forgotten.run('commit');
    const { code, output } = await run.ended;
    expect(code, output).toBe(0);

    const blockedBy = `blocked by pid ${forgotten.pid} (forgotten psql, postgres@127.0.0.1, idle in transaction since ${since?.toISOString().slice(11, 19)} UTC): select plays from songs for share`;
    expect(output).toContain(blockedBy);

    // Behind an ALTER without a limit, queries would have waited for as long as the transaction was open.
    const delays = await stop();
    expect(heldMs).toBeGreaterThan(2500);
    expect(Math.max(...delays)).toBeLessThan(300 + 1200);
    const slow = delays.filter((delay) => delay > 150);
    expect(slow.length).toBeLessThan(delays.length / 2);
  });

  test('for too long: gives up, names it and its query, keeps nothing, and succeeds later', async () => {
    const { database, start } = await setup('alter table songs add column title text;');
    const forgotten = await openSession(database.url);
    await forgotten.run('begin');
    await forgotten.run('select plays from songs for share');
    const { code, output } = await start('--lock-timeout', '400ms', '--lock-retries', '1').ended;
    expect(code, output).toBe(4);
    expect(output).toContain(
      '`0001_next` could not get a lock in 2 attempts: canceling statement due to lock timeout.',
    );
    expect(output).toContain('[lock-timeout]');
    expect(output).toMatch(
      new RegExp(`Blocked by pid ${forgotten.pid} \\(forgotten psql, .*: select plays from songs for share`),
    );
    expect(output).toContain(`select pg_terminate_backend(${forgotten.pid})`);
    await forgotten.run('commit');
    expect((await start().ended).code).toBe(0);
  });

  test('under --atomic: the whole run is tried again', async () => {
    const { database, start } = await setup('alter table songs add column title text;');
    const forgotten = await openSession(database.url);
    await forgotten.run('begin; select plays from songs for share');
    const run = start('--atomic', '--lock-timeout', '200ms', '--lock-retries', '100');
    await run.printed(/lock timeout, attempt 2 in/);
    await forgotten.run('commit');
    expect((await run.ended).code, run.output()).toBe(0);
  });

  test('delays CREATE INDEX CONCURRENTLY for as long as it takes, named, and is not a reason to give up', async () => {
    const { database, start } = await setup('create index concurrently songs_plays on songs (plays);');
    const forgotten = await openSession(database.url);
    await forgotten.run('begin; update songs set plays = 1');
    const run = start('--lock-timeout', '100ms', '--lock-retries', '0');
    await run.printed(new RegExp(`statement 1 has waited .*\n.*blocked by pid ${forgotten.pid} `));
    await sleep(500);
    await forgotten.run('commit');
    expect((await run.ended).code, run.output()).toBe(0);
  });
});

describe('the lock of a run', () => {
  test('a second run says who holds it, and gives up at --lock-wait with exit code 4', async () => {
    const { database, start } = await setup('select pg_sleep(60);');
    const first = start();
    await until(() => isRunning(database, 'select pg_sleep'), 'the first run');
    const [holder] = await database.query<{ pid: number; since: Date }>(
      `select pid, xact_start as since from pg_stat_activity where application_name = 'migrator lock' and datname = current_database()`,
    );
    const who = `pid ${holder?.pid} (migrator lock, postgres@127.0.0.1, idle in transaction since ${holder?.since.toISOString().slice(11, 19)} UTC)`;
    const second = await start('--lock-wait', '1500ms').ended;
    expect(second.code).toBe(4);
    expect(second.output).toContain(`for another run: ${who}`);
    expect(second.output).toMatch(/gave up after [1-9][\d.]* s\. \[lock-not-obtained\]/);
    expect(second.output).toContain(`at ${who}`);
    first.child.kill('SIGINT');
    await first.ended;
  });

  test('is let go when its process is killed', async () => {
    const { database, start, edit } = await setup('select pg_sleep(60);');
    const first = start();
    await until(() => isRunning(database, 'select pg_sleep'), 'the first run');
    first.child.kill('SIGKILL');
    edit('0001_next', 'select 1;');
    const second = await start().ended;
    expect(second.code, second.output).toBe(0);
  });

  test.each([
    ['in a transaction', 'update songs set plays = plays + 1; select pg_sleep(60);', '^select pg_sleep'],
    ['in CREATE INDEX CONCURRENTLY', 'create index concurrently songs_plays on songs (plays);', '^create index'],
    ['in a wait for the next attempt', 'alter table songs add column title text;', ''],
  ])('lost %s: the run stops, and the next one finishes', async (_, sql, statement) => {
    const { database, start, edit } = await setup(sql);
    const other = await openSession(database.url);
    if (!sql.startsWith('update')) await other.run('begin; lock table songs in row exclusive mode');
    const run = start('--lock-timeout', '100ms');
    if (statement) await until(() => isRunning(database, statement.slice(1)), statement);
    else await run.printed(/lock timeout, attempt/);
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'migrator lock' and datname = current_database()`,
    );
    const { code, output } = await run.ended;
    expect([code, output]).toEqual([4, expect.stringContaining('[lock-lost]')]);
    expect(output).toContain('another one may begin at any time');
    await until(async () => (await database.query(ourSessionsSql)).length === 0, 'its sessions to end', 5000);
    await other.run('rollback');
    if (sql.startsWith('update')) edit('0001_next', 'update songs set plays = plays + 1;');
    const next = await start().ended;
    expect(next.code, next.output).toBe(0);
    expect(await database.query('select indexrelid from pg_index where not indisvalid')).toEqual([]);
  });
});

describe('time limits of the role', () => {
  const limits = {
    lock_timeout: '200ms',
    statement_timeout: '400ms',
    idle_in_transaction_session_timeout: '500ms',
    idle_session_timeout: '500ms',
    transaction_timeout: '700ms',
  };

  async function limited(sql: string) {
    const bundle = await setup(sql);
    const { database, root } = bundle;
    const role = `limited_${database.name}`;
    await database.query(`create role ${role} superuser login password 'secret'`);
    for (const [name, value] of Object.entries(limits))
      await database.query(`alter role ${role} set ${name} = '${value}'`);
    const url = database.as(role, 'secret');
    const start = (...args: string[]) => startCli(root, ['migrate', ...args], { DATABASE_URL: url });
    const drop = () =>
      database.query(`reassign owned by ${role} to postgres; drop owned by ${role}; drop role ${role}`);
    return { ...bundle, start, drop };
  }

  test('do not end a long migration, nor the lock that stays silent meanwhile', async () => {
    const { start, drop } = await limited('update songs set plays = plays + 1; select pg_sleep(2);');
    const { code, output } = await start().ended;
    expect(code, output).toBe(0);
    await drop();
  });

  test('do not end CREATE INDEX CONCURRENTLY while it waits for a transaction', async () => {
    const { database, start, drop } = await limited('create index concurrently songs_plays on songs (plays);');
    const other = await openSession(database.url);
    await other.run('begin; update songs set plays = 1');
    const run = start('--lock-retries', '0');
    await run.printed(/blocked by pid/);
    await sleep(1500);
    await other.run('commit');
    expect((await run.ended).code, run.output()).toBe(0);
    await drop();
  });

  test('do not end the repair of an INVALID index either', async () => {
    const { database, start, drop } = await limited(
      'create index concurrently if not exists songs_plays on songs (plays);',
    );
    await database.query(
      "create index songs_plays on songs (plays); update pg_index set indisvalid = false where indexrelid = 'songs_plays'::regclass",
    );
    const other = await openSession(database.url);
    await other.run('begin; update songs set plays = 1');
    const run = start('--lock-retries', '0');
    await until(() => isRunning(database, 'drop index concurrently'), 'the repair');
    await sleep(1000);
    await other.run('commit');
    expect((await run.ended).code, run.output()).toBe(0);
    expect(await database.query('select indexrelid from pg_index where not indisvalid')).toEqual([]);
    await drop();
  });

  test('do not end a run that waits for another one, or for a lock between attempts', async () => {
    const { database, start, drop } = await limited(
      'select plays from songs; alter table songs add column title text;',
    );
    const holder = await openSession(database.url);
    await holder.run('begin; lock table songs in access share mode');
    const first = start('--lock-timeout', '100ms', '--lock-retries', '100');
    const second = start();
    await Promise.race([first, second].map((run) => run.printed(/waiting .* for another run/)));
    await Promise.race([first, second].map((run) => run.printed(/lock timeout, attempt 5 in/)));
    await holder.run('commit');
    expect((await first.ended).code, first.output()).toBe(0);
    expect((await second.ended).code, second.output()).toBe(0);
    await drop();
  });
});

import { describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../setup/database.js';
import { openSession, ourSessionsSql, projectOf, type Run, startCli, until } from './harness.js';

const SONGS = 'create table songs (id int primary key, plays int not null default 0); insert into songs values (1);';

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

async function setup(sql: string) {
  const database = await createDatabase();
  const project = projectOf({ '0000_songs': SONGS, '0001_next': sql });
  const start = (...args: string[]) => startCli(project.root, ['migrate', ...args], { DATABASE_URL: database.url });
  const first = await start('--to', '0000_songs').ended;
  expect(first.code, first.output).toBe(0);
  const running = (text: string) =>
    until(
      async () => (await database.query(`${ourSessionsSql} and state = 'active' and query ~* '^${text}'`)).length > 0,
      `${text} to run in the server`,
    );
  return { database, ...project, start, running };
}

/** The signal ends the run; two seconds later nothing of it is left in the server. */
async function expectStopped(
  run: Run,
  signal: 'SIGINT' | 'SIGTERM',
  code: number,
  database: TestDatabase,
): Promise<string> {
  run.child.kill(signal);
  const ended = await run.ended;
  expect(ended.code, ended.output).toBe(code);
  expect(ended.output).toContain(`Stopped by ${signal}.`);
  expect(ended.output).toContain(signal === 'SIGINT' ? '[interrupted]' : '[terminated]');
  await until(async () => (await database.query(ourSessionsSql)).length === 0, 'our sessions to be gone', 2000);
  return ended.output;
}

async function expectFinished(next: Run, { query }: TestDatabase): Promise<void> {
  const ended = await next.ended;
  expect(ended.code, ended.output).toBe(0);
  expect(await query('select count(*)::int as applied from drizzle.__drizzle_migrations')).toEqual([{ applied: 2 }]);
  expect(await query(`select indexrelid::regclass from pg_index where not indisvalid`)).toEqual([]);
}

describe.each(SIGNALS)('%s', (signal, code) => {
  test('in a transaction: the statement is cancelled, everything rolled back, the table free', async () => {
    const { database, start, running, edit } = await setup(
      'update songs set plays = plays + 1;\n--> statement-breakpoint\nselect pg_sleep(120);',
    );
    const run = start();
    await running('select pg_sleep');
    const output = await expectStopped(run, signal, code, database);
    expect(output).toContain('No migration was applied by this run.');
    expect(await database.query('set lock_timeout = 100; lock table songs; select plays from songs')).toEqual([
      { plays: 0 },
    ]);
    edit('0001_next', 'update songs set plays = plays + 1;');
    await expectFinished(start(), database);
    expect(await database.query('select plays from songs')).toEqual([{ plays: 1 }]);
  });

  test('in CREATE INDEX CONCURRENTLY that waits for an open transaction: no INVALID index stays', async () => {
    const { database, start, running } = await setup(
      'update songs set plays = plays + 1;\n--> statement-breakpoint\ncreate index concurrently on songs (plays);',
    );
    const other = await openSession(database.url);
    await other.run('begin; update songs set plays = plays + 0');
    const run = start('--lock-timeout', '200ms', '--lock-retries', '1000');
    // The first statement needs the row; the build then waits for whoever holds a lock on the table.
    await run.printed(/blocked by pid/);
    await other.run('rollback');
    await other.run('begin; lock table songs in row exclusive mode');
    await running('create index concurrently');
    const output = await expectStopped(run, signal, code, database);
    expect(output).toMatch(/first 1 of 2 statements are kept|No migration was applied/);
    await other.run('rollback');
    await expectFinished(start(), database);
    expect(
      await database.query(
        `select indexrelid::regclass::text as name from pg_index where indrelid = 'songs'::regclass order by 1`,
      ),
    ).toEqual([{ name: 'songs_pkey' }, { name: 'songs_plays_idx' }]);
    expect(await database.query('select plays from songs')).toEqual([{ plays: 1 }]);
  });

  test('in an unnamed CREATE INDEX CONCURRENTLY that is the first statement', async () => {
    const { database, start, running } = await setup('create index concurrently on songs (plays);');
    const other = await openSession(database.url);
    await other.run('begin; lock table songs in row exclusive mode');
    const run = start();
    await running('create index concurrently');
    await expectStopped(run, signal, code, database);
    await other.run('rollback');
    await expectFinished(start(), database);
    expect(await database.query(`select count(*)::int as n from pg_index where indrelid = 'songs'::regclass`)).toEqual([
      { n: 2 },
    ]);
  });

  test('while it waits for another run: it leaves at once, and that run is not disturbed', async () => {
    const { database, start, running } = await setup('select pg_sleep(3);');
    const worker = start();
    await running('select pg_sleep');
    const waiter = start();
    await waiter.printed(/waiting .* for another run/);
    waiter.child.kill(signal);
    const ended = await waiter.ended;
    expect([ended.code, ended.output]).toEqual([code, expect.stringContaining(`Stopped by ${signal}.`)]);
    await expectFinished(worker, database);
  });

  test('between two attempts at a lock: it does not wait for the next', async () => {
    const { database, start } = await setup('alter table songs add column title text;');
    const other = await openSession(database.url);
    await other.run('begin; select from songs');
    const run = start('--lock-timeout', '100ms');
    await run.printed(/lock timeout, attempt \d+ in/);
    await expectStopped(run, signal, code, database);
    await other.run('commit');
    await expectFinished(start(), database);
  });

  test('while a locked tracking table cannot be read', async () => {
    const { database, start, running } = await setup('select 1;');
    const other = await openSession(database.url);
    await other.run('begin; lock table drizzle.__drizzle_migrations');
    const run = start();
    await running('select coalesce');
    await expectStopped(run, signal, code, database);
    await other.run('rollback');
    await expectFinished(start(), database);
  });

  test('with --atomic: nothing of the run is kept', async () => {
    const { database, start, running, edit } = await setup('select pg_sleep(120);');
    const run = start('--atomic');
    await running('select pg_sleep');
    await expectStopped(run, signal, code, database);
    edit('0001_next', 'select 1;');
    await expectFinished(start('--atomic'), database);
  });
});

test('a second SIGINT leaves at once and says what may be left', async () => {
  const { database, start, running } = await setup('select pg_sleep(120);');
  const run = start();
  await running('select pg_sleep');
  // A server that does not answer: its process for this session is stopped.
  const [backend] = await database.query<{ pid: number }>(
    `${ourSessionsSql} and query like '%pg_sleep%' and state = 'active'`,
  );
  const pid = Number(backend?.pid);
  process.kill(pid, 'SIGSTOP');
  try {
    run.child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(run.child.exitCode).toBeNull();
    run.child.kill('SIGINT');
    const { code, output } = await run.ended;
    expect(code).toBe(130);
    expect(output).toContain('A statement may still be running in the server, and hold its locks');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await until(async () => (await database.query(ourSessionsSql)).length === 0, 'the server to end it');
});

import { describe, expect, test } from 'vitest';
import { type MigrateOptions, migrate } from '../../src/api/migrate.js';
import type { MigrationEvent } from '../../src/core/types.js';
import { failureOf } from '../setup/cli.js';
import { createDatabase, type TestDatabase } from '../setup/database.js';
import { openSession, ourSessionsSql, projectOf, until } from './harness.js';

const SONGS = 'create table songs (id int primary key, title text, plays int not null default 0);';
const BREAK = '\n--> statement-breakpoint\n';

async function setup(...statements: string[]) {
  const database = await createDatabase();
  const { migrationsFolder, edit } = projectOf({ '0000_songs': SONGS, '0001_next': statements.join(BREAK) });
  const events: MigrationEvent[] = [];
  const run = (options: MigrateOptions = {}) =>
    migrate({ database: database.url, migrationsFolder }, { ...options, onEvent: (event) => void events.push(event) });
  await run({ to: '0000_songs' });
  return { database, run, events, edit: (...next: string[]) => edit('0001_next', next.join(BREAK)) };
}

/** Starts a run, waits until the server runs such a statement for it, and has the run killed as by `kill -9`. */
async function killIn(statement: string, { database, run }: Awaited<ReturnType<typeof setup>>): Promise<void> {
  const failure = failureOf(run());
  let backends: { pid: number; application_name: string }[] = [];
  await until(async () => {
    backends = await database.query(ourSessionsSql);
    const busy = await database.query(`${ourSessionsSql} and state = 'active' and query ~* '^${statement}'`);
    return busy.length > 0;
  }, statement);
  // The server ends all of its sessions, so it can note nothing more: to the database the same as kill -9.
  for (const { pid } of backends) await database.query(`select pg_terminate_backend(${pid})`);
  await failure;
  await until(async () => (await database.query(ourSessionsSql)).length === 0, 'its sessions to end');
}

function indexesOf({ query }: TestDatabase) {
  return query<{ name: string; valid: boolean }>(
    `select indexrelid::regclass::text as name, indisvalid as valid from pg_index where indrelid = 'songs'::regclass and not indisprimary order by 1`,
  );
}

const valid = (...names: string[]) => names.map((name) => ({ name, valid: true }));

describe('a file that stopped in the middle', () => {
  const first = 'create index concurrently songs_title on songs (title);';
  const grant = `insert into songs values (1, 'a');`;

  test('goes on behind what is done, once the statement that failed is mended', async () => {
    const { database, run, edit } = await setup(first, grant, 'insert into nowhere values (1);');
    const error = await failureOf(run());
    expect([error.code, error.result?.failed?.statementsKept]).toEqual(['statement-failed', 2]);
    expect(error.state).toContain('The first 2 of 3 statements are kept; `migrator migrate` goes on behind them.');
    edit(first, grant, `insert into songs values (2, 'b');`);
    expect((await run()).done).toMatchObject([{ tag: '0001_next', statements: 1 }]);
    expect(await database.query('select id from songs order by id')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test('is refused if a statement that is done was edited, until it is put back', async () => {
    const last = 'insert into nowhere values (1);';
    const { database, run, edit } = await setup(first, grant, last);
    await failureOf(run());
    edit(first, `insert into songs values (7, 'edited');`, 'select 1;');
    const refused = await failureOf(run());
    expect([refused.code, refused.exitCode, refused.findings?.map(({ code }) => code)]).toEqual([
      'refused',
      3,
      ['edited-while-half-applied'],
    ]);
    edit(first, grant, 'select 1;');
    await run();
    expect(await database.query('select id from songs')).toEqual([{ id: 1 }]);
  });

  test.each([
    ['drop index concurrently missing_index;', '42704'],
    ['create database template1;', '42P04'],
  ])('fails again if nothing was mended: %s', async (statement, sqlstate) => {
    const { run } = await setup(first, statement);
    for (const _ of [1, 2, 3]) expect((await failureOf(run())).data?.sqlstate).toBe(sqlstate);
  });
});

describe('CREATE INDEX CONCURRENTLY', () => {
  const duplicates = `insert into songs values (1, 'same'), (2, 'same');`;

  test.each([
    ['by name', 'create unique index concurrently u on songs (title);', ['u']],
    ['with IF NOT EXISTS', 'create unique index concurrently if not exists u on songs (title);', ['u']],
    ['without a name', 'create unique index concurrently on songs (title);', ['songs_title_idx']],
  ])('that failed on duplicates is built once the data is mended: %s', async (_, statement, names) => {
    const { database, run } = await setup(duplicates, statement, `insert into songs values (3, 'other');`);
    expect((await failureOf(run())).data?.sqlstate).toBe('23505');
    expect(await indexesOf(database)).toEqual([]);
    await database.query(`update songs set title = 'mended' where id = 2`);
    await run();
    expect(await indexesOf(database)).toEqual(valid(...names));
    expect(await database.query('select count(*)::int as n from songs')).toEqual([{ n: 3 }]);
  });

  test.each([
    ['without IF NOT EXISTS', 'create unique index concurrently u on songs (title);'],
    [
      'with IF NOT EXISTS, which would call it success',
      'create unique index concurrently if not exists u on songs (title);',
    ],
  ])('rebuilds an INVALID index that somebody else left: %s', async (_, statement) => {
    const { database, run, events } = await setup(statement);
    await database.query(duplicates);
    await expect(database.query('create unique index concurrently u on songs (title)')).rejects.toThrow(
      'could not create',
    );
    expect(await indexesOf(database)).toEqual([{ name: 'u', valid: false }]);
    await database.query(`update songs set title = 'mended' where id = 2`);
    await run();
    expect(await indexesOf(database)).toEqual(valid('u'));
    expect(events).toContainEqual({ type: 'repaired-index', tag: '0001_next', index: 0, name: 'u' });
  });

  test.each([
    ['by name', 'create index concurrently i on songs (title);', 'i'],
    ['without a name', 'create index concurrently on songs (title);', 'songs_title_idx'],
  ])('that was killed half built is built anew: %s', async (_, statement, name) => {
    const bundle = await setup(statement, `insert into songs values (5, 'e');`);
    const { database, run, events } = bundle;
    const other = await openSession(database.url);
    await other.run('begin; lock table songs in row exclusive mode');
    await killIn('create index', bundle);
    expect(await indexesOf(database)).toEqual([{ name, valid: false }]);
    await other.run('rollback');
    await run();
    expect(await indexesOf(database)).toEqual(valid(name));
    expect(events).toContainEqual({ type: 'repaired-index', tag: '0001_next', index: 0, name });
    expect(await database.query('select id from songs')).toEqual([{ id: 5 }]);
  });

  test('that failed does not take an index made by hand since then for its own', async () => {
    const { database, run } = await setup(duplicates, 'create unique index concurrently on songs (title);');
    await failureOf(run());
    await database.query(`update songs set title = 'mended' where id = 2; create index by_hand on songs (plays)`);
    await run();
    expect(await indexesOf(database)).toEqual(valid('by_hand', 'songs_title_idx'));
  });
});

test('a tracking table that is locked when the row is due: the statement before it does not run again', async () => {
  const { database, run, events } = await setup('create index concurrently i on songs (title);');
  const other = await openSession(database.url);
  await other.run('begin; lock table drizzle.__drizzle_migrations in share mode');
  const done = run({ timeouts: { lockTimeoutMs: 100 } });
  await until(() => events.some(({ type }) => type === 'retrying'), 'the second attempt');
  await other.run('rollback');
  expect((await done).done.map(({ tag }) => tag)).toEqual(['0001_next']);
  expect(await indexesOf(database)).toEqual(valid('i'));
});

describe('what else runs outside of transactions, killed in the middle', () => {
  test('DROP INDEX CONCURRENTLY', async () => {
    const bundle = await setup('drop index concurrently old;', `insert into songs values (5, 'e');`);
    const { database, run } = bundle;
    await database.query('create index old on songs (title)');
    const other = await openSession(database.url);
    await other.run('begin; lock table songs in row exclusive mode');
    await killIn('drop index', bundle);
    await other.run('rollback');
    await run();
    expect(await indexesOf(database)).toEqual([]);
    expect(await database.query('select id from songs')).toEqual([{ id: 5 }]);
  });

  test.each([
    ['killed', true],
    ['stopped in order', false],
  ])('DETACH PARTITION CONCURRENTLY, %s', async (_, killed) => {
    const bundle = await setup(
      'alter table parts detach partition part1 concurrently;',
      `insert into songs values (5, 'e');`,
    );
    const { database, run } = bundle;
    await database.query(
      'create table parts (id int) partition by range (id); create table part1 partition of parts for values from (0) to (10)',
    );
    const other = await openSession(database.url);
    await other.run('begin; select * from parts');
    if (killed) await killIn('alter table', bundle);
    else {
      const stop = new AbortController();
      const failure = failureOf(run({ signal: stop.signal }));
      await until(
        async () => (await database.query(`${ourSessionsSql} and state = 'active' and query ~* '^alter table'`)).length,
        'the statement',
      );
      // Its first transaction is through when the partition is marked.
      await until(
        async () => (await database.query('select from pg_inherits where inhdetachpending')).length > 0,
        'the partition to be marked',
      );
      stop.abort();
      expect((await failure).code).toBe('interrupted');
    }
    expect(await database.query('select inhdetachpending as pending from pg_inherits')).toEqual([{ pending: true }]);
    await other.run('commit');
    await run();
    expect(await database.query('select from pg_inherits')).toEqual([]);
    expect(await database.query('select id from songs')).toEqual([{ id: 5 }]);
  });

  test.each([
    ['INDEX', 'reindex index concurrently old;'],
    ['SCHEMA', 'reindex schema concurrently public;'],
  ])('REINDEX %s CONCURRENTLY leaves no second index', async (_, statement) => {
    const bundle = await setup(statement, `insert into songs values (5, 'e');`);
    const { database, run } = bundle;
    await database.query('create index old on songs (title)');
    const other = await openSession(database.url);
    await other.run('begin; lock table songs in row exclusive mode');
    await killIn('reindex', bundle);
    expect((await indexesOf(database)).length).toBeGreaterThan(1);
    await other.run('rollback');
    await run();
    expect(await indexesOf(database)).toEqual(valid('old'));
    expect(await database.query('select id from songs')).toEqual([{ id: 5 }]);
  });
});

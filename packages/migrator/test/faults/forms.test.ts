import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type MigrateOptions, migrate } from '../../src/api/migrate.js';
import { sha256 } from '../../src/core/hash.js';
import type { MigrationEvent } from '../../src/core/types.js';
import { failureOf } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { ourSessionsSql, projectOf, startCli, until } from './harness.js';

const FILES = {
  '0000_songs': 'create table songs (id int);',
  '0001_one': 'insert into songs values (1);',
  '0002_two': 'insert into songs values (2);',
};

async function setup(files: Readonly<Record<string, string>> = FILES) {
  const database = await createDatabase();
  const project = projectOf(files);
  const cli = (...args: string[]) => startCli(project.root, ['migrate', ...args], { DATABASE_URL: database.url }).ended;
  const run = (options: MigrateOptions = {}) =>
    migrate({ database: database.url, migrationsFolder: project.migrationsFolder }, options);
  const songs = async () =>
    (await database.query<{ id: number }>('select id from songs order by id')).map(({ id }) => id);
  return { database, ...project, cli, run, songs };
}

describe('--atomic', () => {
  test('takes everything back when the last of them fails', async () => {
    const { database, cli } = await setup({ ...FILES, '0003_bad': 'insert into nowhere values (1);' });
    const { code, output } = await cli('--atomic');
    expect([code, output]).toEqual([4, expect.stringContaining('Nothing of this run was kept.')]);
    expect(
      await database.query(
        `select to_regclass('songs') as songs, (select count(*)::int from drizzle.__drizzle_migrations) as rows`,
      ),
    ).toEqual([{ songs: null, rows: 0 }]);
  });

  test.each([
    ['CREATE INDEX CONCURRENTLY', 'create index concurrently i on songs (id);'],
    ['a COMMIT of the file', 'commit; begin;'],
    ['an enum value that is used at once', `alter type mood add value 'b'; select 'b'::mood;`],
  ])('is refused where that cannot be: %s', async (_, sql) => {
    const { database, cli } = await setup({
      '0000_songs': `create table songs (id int); create type mood as enum ('a');`,
      '0001_alone': sql,
    });
    const { code, output } = await cli('--atomic');
    expect([code, output]).toEqual([3, expect.stringContaining('[not-atomic]')]);
    expect(await database.query(`select to_regclass('songs') as songs`)).toEqual([{ songs: null }]);
  });
});

describe('a saved plan', () => {
  test('runs as it was saved', async () => {
    const { cli, songs } = await setup();
    expect((await cli('--to', '0001_one', '--plan-out', 'plan.json')).code).toBe(0);
    const { code, output } = await cli('--plan', 'plan.json');
    expect([code, output]).toEqual([0, expect.stringContaining('Applied 2 migrations')]);
    expect(await songs()).toEqual([1]);
  });

  test.each<[string, (bundle: Awaited<ReturnType<typeof setup>>) => unknown, RegExp]>([
    ['the history has moved', ({ cli }) => cli('--to', '0000_songs'), /tracking table has changed/],
    [
      'a file has changed',
      ({ edit }) => edit('0001_one', 'insert into songs values (9);'),
      /migrations have changed .*`0001_one`/,
    ],
  ])('is refused when %s', async (_, change, message) => {
    const bundle = await setup();
    const { database, cli } = bundle;
    await cli('--plan-out', 'plan.json');
    await change(bundle);
    const before = await database.query(`select to_regclass('songs') as songs`);
    const { code, output } = await cli('--plan', 'plan.json');
    expect([code, output]).toEqual([3, expect.stringContaining('[history-moved]')]);
    expect(output).toMatch(message);
    expect(await database.query(`select to_regclass('songs') as songs`)).toEqual(before);
    expect((await cli('--plan', 'plan.json', '--dry-run')).code).toBe(3);
  });

  test('is refused when it was edited by hand', async () => {
    const { cli, root } = await setup();
    await cli('--plan-out', 'plan.json');
    const path = join(root, 'plan.json');
    const saved = JSON.parse(readFileSync(path, 'utf8')) as { options: object };
    writeFileSync(path, JSON.stringify({ ...saved, options: { allowEdited: true } }));
    const { code, output } = await cli('--plan', 'plan.json');
    expect([code, output]).toEqual([2, expect.stringContaining('The plan was edited since it was made.')]);
  });
});

describe('--force', () => {
  test('asks; with --yes runs the migration again and updates its row', async () => {
    const { database, cli, songs, edit } = await setup();
    await cli();
    const sql = 'insert into songs values (3);';
    edit('0001_one', sql);
    const asked = await cli('--force', '0001_one');
    expect([asked.code, asked.output]).toEqual([2, expect.stringContaining('[needs-confirmation]')]);
    expect(asked.output).toContain('insert into songs values (3);');
    expect(await songs()).toEqual([1, 2]);

    const forced = await cli('--force', '0001_one', '--yes');
    expect(forced.code, forced.output).toBe(0);
    expect(await songs()).toEqual([1, 2, 3]);
    expect(await database.query('select hash from drizzle.__drizzle_migrations order by id')).toEqual(
      [FILES['0000_songs'], sql, FILES['0002_two']].map((text) => ({ hash: sha256(text) })),
    );
    expect((await cli()).output).toContain('nothing to apply');
  });

  test('of a migration that is not applied is refused', async () => {
    const { cli } = await setup();
    const { code, output } = await cli('--force', '0001_one', '--yes');
    expect([code, output]).toEqual([3, expect.stringContaining('[not-applied]')]);
  });
});

test('--to stops behind a migration, and goes on from there', async () => {
  const { cli, songs } = await setup();
  expect((await cli('--to', '0001_one')).code).toBe(0);
  expect(await songs()).toEqual([1]);
  expect((await cli()).code).toBe(0);
  expect(await songs()).toEqual([1, 2]);
});

describe('the library', () => {
  test('an AbortSignal stops the run: cancelled in the server, and the error carries the result', async () => {
    const { database, run } = await setup({ ...FILES, '0003_slow': 'select pg_sleep(60);', '0004_never': 'select 1;' });
    const stop = new AbortController();
    const failure = failureOf(run({ signal: stop.signal }));
    await until(
      async () => (await database.query(`${ourSessionsSql} and query like '%pg_sleep(60)%'`)).length > 0,
      'it',
    );
    await until(
      async () => (await database.query('select from drizzle.__drizzle_migrations')).length === 3,
      'three rows',
    );
    stop.abort(new Error('shutting down'));
    const error = await failure;
    expect([error.code, error.message]).toEqual(['interrupted', 'The run was stopped by its caller: shutting down']);
    expect(error.result?.done.map(({ tag }) => tag)).toEqual(Object.keys(FILES));
    expect([error.result?.failed?.tag, error.result?.notRun]).toEqual(['0003_slow', ['0004_never']]);
    await until(async () => (await database.query(ourSessionsSql)).length === 0, 'no session of ours', 2000);
  });

  test('a signal that is aborted already: nothing is begun', async () => {
    const { database, run } = await setup();
    expect((await failureOf(run({ signal: AbortSignal.abort() }))).code).toBe('interrupted');
    expect(await database.query(`select to_regclass('drizzle.__drizzle_migrations') as t`)).toEqual([{ t: null }]);
  });

  test('ten replicas that start at once: one applies, all go on, each is told how it went', async () => {
    const { run, songs } = await setup();
    const events: MigrationEvent[][] = Array.from({ length: 10 }, () => []);
    const results = await Promise.all(events.map((list) => run({ onEvent: (event) => void list.push(event) })));
    const worked = results.findIndex(({ done }) => done.length > 0);
    expect(results.map(({ done }) => done.length).sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 3]);
    expect(await songs()).toEqual([1, 2]);
    const types = events[worked]?.map(({ type }) => type).filter((type) => type !== 'lock-waiting');
    const step = ['step-started', 'statement-finished', 'step-finished'];
    expect(types).toEqual(['run-started', ...step, ...step, ...step, 'run-finished']);
    for (const [n, list] of events.entries())
      if (n !== worked) expect(list.every(({ type }) => type === 'lock-waiting')).toBe(true);
  });

  test('two projects in one process do not wait for each other', async () => {
    const [one, two] = [await setup(), await setup()];
    const waited: MigrationEvent[] = [];
    const onEvent = (event: MigrationEvent) => void (event.type === 'lock-waiting' && waited.push(event));
    const results = await Promise.all([one.run({ onEvent }), two.run({ onEvent })]);
    expect(results.map(({ done }) => done.length)).toEqual([3, 3]);
    expect(waited).toEqual([]);
  });

  test('paths in errors are relative to where the caller is', async () => {
    const { root, database, migrationsFolder } = await setup({ '0000_bad': 'select\n  nothing;' });
    const error = await failureOf(migrate({ database: database.url, migrationsFolder, relativeTo: root }));
    expect(error.where).toBe(`${join('drizzle', '0000_bad.sql')}:2:3`);
    expect(error.result?.failed?.tag).toBe('0000_bad');
  });
});

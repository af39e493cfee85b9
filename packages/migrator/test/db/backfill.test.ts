import { describe, expect, test } from 'vitest';
import { type MigrateOptions, migrate } from '../../src/api/migrate.js';
import { runBackfill } from '../../src/api/run-backfill.js';
import { status } from '../../src/api/status.js';
import type { MigrationEvent } from '../../src/core/types.js';
import { failureOf } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { makeProject } from '../setup/project.js';

const BACKFILL = '-- migrator: backfill batch=7\n';

/** A database with `schema`, and a project whose second migration is `sql`. */
async function setup(schema: string, sql: string) {
  const database = await createDatabase();
  const project = makeProject(database, { '0000_schema': schema, '0001_backfill': sql });
  await migrate(project, { to: '0000_schema' });
  const events: MigrationEvent[] = [];
  return {
    query: database.query,
    project,
    events,
    run: (options: MigrateOptions = {}) =>
      migrate(project, { ...options, onEvent: (event) => void events.push(event) }),
    state: async () =>
      (
        await database.query(
          `select status, batches, rows_visited::int as visited, rows_changed::int as changed, cursor from drizzle.__migrator_backfills`,
        )
      )[0],
    edit: (next: string) => project.write({ '0000_schema': schema, '0001_backfill': next }),
  };
}

const SONGS = `create table songs (id bigint primary key, n int not null default 0, title text);
insert into songs select i * i, 0, 't' || i from generate_series(1, 100) i;`;

describe('each row is changed exactly once, along', () => {
  test.each([
    ['sparse bigints', 'id bigint primary key', 'i * i * 1000003::bigint'],
    ['uuids', 'id uuid primary key', `md5(i::text)::uuid`],
    ['texts of an odd collation', 'id text collate "und-x-icu" primary key', `chr(64 + i % 60) || i || '''\\é'`],
    ['times', 'id timestamptz primary key', `'2020-01-01'::timestamptz + i * interval '1.000001 s'`],
    ['numerics', 'id numeric primary key', 'i / 7.0'],
    ['chars', 'id char(8) primary key', `to_hex(i)`],
    ['floats', 'id float8 primary key', 'i / 7::float8'],
  ])('%s', async (_, key, value) => {
    const { run, query, state } = await setup(
      `create table songs (${key}, n int not null default 0); insert into songs select ${value} from generate_series(1, 100) i;`,
      `${BACKFILL}update songs set n = n + 1;`,
    );
    await run();
    expect(await query('select n, count(*)::int from songs group by n')).toEqual([{ n: 1, count: 100 }]);
    expect(await state()).toMatchObject({ status: 'done', visited: 100, changed: 100 });
    expect(await query('select count(*)::int as n from drizzle.__drizzle_migrations')).toEqual([{ n: 2 }]);
  });
});

const onlyOnce = 'select n, count(*)::int from songs group by n order by n';

describe('what stands in the table', () => {
  test('a composite key with partitions, a trigger and a generated column', async () => {
    const { run, query } = await setup(
      `create table songs (tenant int, id uuid, n int not null default 0, twice int generated always as (n * 2) stored, primary key (tenant, id)) partition by range (tenant);
create table songs_1 partition of songs for values from (0) to (3);
create table songs_2 partition of songs for values from (3) to (9);
create table seen (tenant int, id uuid);
create function see() returns trigger language plpgsql as $$ begin insert into seen values (new.tenant, new.id); return new; end $$;
create trigger see after update on songs for each row execute function see();
insert into songs select i % 5, md5(i::text)::uuid from generate_series(1, 100) i;`,
      `${BACKFILL}update songs as s set n = n + 1 where s.n = 0 or s.n = 1 returning s.id;`,
    );
    await run();
    expect(await query('select n, twice, count(*)::int from songs group by 1, 2')).toEqual([
      { n: 1, twice: 2, count: 100 },
    ]);
    expect(await query('select count(*)::int, count(distinct id)::int as ids from seen')).toEqual([
      { count: 100, ids: 100 },
    ]);
  });

  test('nothing', async () => {
    const { run, state } = await setup(
      'create table songs (id int primary key, n int);',
      `${BACKFILL}update songs set n = 1`,
    );
    expect((await run()).done).toMatchObject([{ tag: '0001_backfill' }]);
    expect(await state()).toMatchObject({ status: 'done', visited: 0, batches: '0' });
  });

  test('rows that the statement itself adds are not visited, nor those of a trigger for ever', async () => {
    const { run, query } = await setup(
      SONGS,
      `${BACKFILL}insert into songs (id, n) select id + 1000000, 7 from songs;`,
    );
    await run();
    expect(await query(onlyOnce)).toEqual([
      { n: 0, count: 100 },
      { n: 7, count: 100 },
    ]);
    const fed = await setup(
      `${SONGS}
create function feed() returns trigger language plpgsql as $$ begin insert into songs values (new.id + 1000000); return new; end $$;
create trigger feed after update on songs for each row execute function feed();`,
      `${BACKFILL}update songs set n = n + 1;`,
    );
    await fed.run();
    expect(await fed.query(onlyOnce)).toEqual([
      { n: 0, count: 100 },
      { n: 1, count: 200 },
    ]);
  });

  test('deletes, joins, and inserts into another table', async () => {
    const { run, query, project } = await setup(
      `${SONGS} create table plays (song bigint primary key); create table banned (title text);
insert into banned select 't' || i from generate_series(1, 100, 3) i;`,
      `${BACKFILL}delete from songs s using banned b where b.title = s.title;`,
    );
    await run();
    expect(await query('select count(*)::int as n from songs')).toEqual([{ n: 66 }]);
    project.write({
      ...{
        '0000_schema': `${SONGS} create table plays (song bigint primary key); create table banned (title text);
insert into banned select 't' || i from generate_series(1, 100, 3) i;`,
        '0001_backfill': `${BACKFILL}delete from songs s using banned b where b.title = s.title;`,
      },
      '0002_plays': `${BACKFILL}with x as (select 'no' as title) insert into plays select s.id from songs s left join x on x.title = s.title order by s.title on conflict do nothing;`,
    });
    await run();
    expect(await query('select count(*)::int as n from plays')).toEqual([{ n: 66 }]);
  });
});

describe('what stops it', () => {
  test('a row that fails is found by halving; what was done stays, and it goes on when the row is mended', async () => {
    const { run, query, state, project } = await setup(
      `${SONGS} alter table songs add constraint small check (n < 1 or title <> 't42');`,
      '-- migrator: backfill\nupdate songs set n = n + 1;',
    );
    const error = await failureOf(run());
    expect(error).toMatchObject({
      code: 'backfill-row-failed',
      message:
        '`0001_backfill` failed at the row id = 1764 of songs: new row for relation "songs" violates check constraint "small" (23514)',
      where: 'drizzle/0001_backfill.sql:2',
    });
    expect(error.state).toBe(
      '41 rows are done (41 changed), up to id = 1681, and stay so; `migrator migrate` goes on behind them. No migration was applied by this run.',
    );
    expect(await query(onlyOnce)).toEqual([
      { n: 0, count: 59 },
      { n: 1, count: 41 },
    ]);
    expect(await state()).toMatchObject({ status: 'failed', visited: 41, cursor: '{1681}' });
    const report = await status(project);
    expect(report.backfills.get('0001_backfill')).toMatchObject({ now: 'failed', percent: 41 });
    await query('alter table songs drop constraint small');
    await run();
    expect(await query(onlyOnce)).toEqual([{ n: 1, count: 100 }]);
  });

  test('an edit of the statement, but not of its comments', async () => {
    const { run, edit, query } = await setup(SONGS, `${BACKFILL}update songs set n = 1 / (100 - id) + n + 1;`);
    expect((await failureOf(run())).code).toBe('backfill-row-failed');
    await query('delete from songs where id = 100');
    edit(`${BACKFILL}update songs set n = n + 2;`);
    const error = await failureOf(run());
    expect(error.findings).toMatchObject([
      {
        code: 'backfill-edited',
        message: 'The backfill `0001_backfill` has done 9 rows (9 changed), and its statement has been edited since.',
        fix: `Restore drizzle/0001_backfill.sql as it ran; or, if the rows that are done are right, as behind the correction of what failed, run \`migrator migrate --allow-edited\`, which goes on behind them. If the new statement may run over them too: \`delete from "drizzle"."__migrator_backfills" where tracking_table = '__drizzle_migrations' and tag = '0001_backfill' and created_at = 1735689660000\`.`,
      },
    ]);
    edit(`-- migrator: backfill batch=3\n-- why\nupdate songs set n = 1 / (100 - id) + n + 1;`);
    expect((await run()).done).toHaveLength(1);
    expect(await query(onlyOnce)).toEqual([{ n: 1, count: 99 }]);
  });

  test('a correction, for the rows that are not done, where that is allowed; before the first batch anyhow', async () => {
    const { run, edit, query } = await setup(SONGS, `${BACKFILL}update songs set n = 1 / (1 - id);`);
    const first = await failureOf(run());
    expect([first.code, first.state]).toEqual(['backfill-row-failed', expect.stringContaining('None of its batches')]);
    edit(`${BACKFILL}update songs set n = 1 + 1 / (100 - id);`);
    const second = await failureOf(run());
    expect(second.message).toContain('the row id = 100');
    expect(second.fix).toContain('go on with `migrator migrate --allow-edited`');
    edit(`${BACKFILL}update songs set n = 2;`);
    const begun = await failureOf(run());
    expect(begun.findings).toMatchObject([{ code: 'backfill-edited', severity: 'error' }]);
    expect((await run({ allowEdited: true })).done).toHaveLength(1);
    expect(await query(onlyOnce)).toEqual([
      { n: 1, count: 9 },
      { n: 2, count: 91 },
    ]);
    expect((await query('select hash from drizzle.__migrator_backfills')).length).toBe(1);
  });

  test.each([
    [
      'no key',
      'create table songs (id int, n int)',
      'update songs set n = 1',
      'The table "songs" has no primary key that batches can go along.',
    ],
    [
      'a view',
      'create table t (id int, n int); create view songs as select * from t',
      'update songs set n = 1',
      'The view "songs" has no primary key that batches can go along.',
    ],
    [
      'its key',
      'create table songs (id int primary key, n int)',
      'update songs set id = n',
      'The statement changes `id`, a column of the key that its batches go along: a row could be changed twice, or never.',
    ],
    [
      'heirs',
      'create table songs (id int primary key, n int); create table hits () inherits (songs)',
      'update songs set n = 1',
      'Other tables inherit from "songs", and no key is unique over all of them.',
    ],
    [
      'an aggregate',
      'create table songs (id int primary key, n int); create table p (n int)',
      'insert into p select sum(n) from songs',
      'The SELECT aggregates (`sum`), which would be worked out for each batch by itself.',
    ],
    ['no table', 'create table t ()', 'update songs set n = 1', 'There is no table "songs" to go along.'],
  ])('%s', async (_, schema, sql, message) => {
    const { run } = await setup(schema, `${BACKFILL}${sql}`);
    expect(await failureOf(run())).toMatchObject({ code: 'backfill-key', message });
  });

  test('another key by the directive, if it is one', async () => {
    const schema =
      'create table songs (id int primary key, isrc text not null unique, title text unique, n int); insert into songs select i, i, i, 0 from generate_series(1, 20) i;';
    const { run, query, edit } = await setup(
      schema,
      '-- migrator: backfill key=title batch=3\nupdate songs set id = id + 100, n = n + 1',
    );
    expect(await failureOf(run())).toMatchObject({
      code: 'backfill-key',
      fix: 'Write one of its keys into the directive: `-- migrator: backfill key=id` or `-- migrator: backfill key=isrc`.',
    });
    edit('-- migrator: backfill key=isrc batch=3\nupdate songs set id = id + 100, n = n + 1');
    await run();
    expect(await query('select n, min(id), max(id) from songs group by n')).toEqual([{ n: 1, min: 101, max: 120 }]);
  });

  test('--atomic, and a file that cannot run in batches', async () => {
    const { run, edit, query } = await setup(SONGS, `${BACKFILL}update songs set n = 1;`);
    expect((await failureOf(run({ atomic: true }))).findings).toMatchObject([
      {
        code: 'not-atomic',
        message:
          '`--atomic` asks for one transaction, but `0001_backfill` cannot be part of one: it runs in batches, each a transaction.',
      },
    ]);
    edit(`${BACKFILL}update songs set n = 1;\nupdate songs set n = 2;`);
    expect((await failureOf(run())).findings).toMatchObject([
      {
        code: 'backfill-unsuitable',
        at: { line: 3 },
        message: '`0001_backfill` says `-- migrator: backfill`, but it has 2 statements.',
      },
    ]);
    expect(await query(onlyOnce)).toEqual([{ n: 0, count: 100 }]);
  });
});

test('runBackfill runs the one that it is told, and nothing else', async () => {
  const { project, query } = await setup(SONGS, `${BACKFILL}update songs set n = n + 1;`);
  const next = {
    '0000_schema': SONGS,
    '0001_backfill': `${BACKFILL}update songs set n = n + 1;`,
    '0002_next': 'drop table songs;',
  };
  project.write(next);
  expect(await failureOf(runBackfill(project, { tag: '0002_next' }))).toMatchObject({
    code: 'refused',
    message: '`0002_next` is no backfill.',
  });
  expect((await runBackfill(project, { tag: '0001_backfill' })).done).toMatchObject([{ tag: '0001_backfill' }]);
  expect((await runBackfill(project, { tag: '0001_backfill' })).done).toEqual([]);
  expect(await query(onlyOnce)).toEqual([{ n: 1, count: 100 }]);
});

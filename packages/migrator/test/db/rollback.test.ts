import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { redo } from '../../src/api/redo.js';
import { planRollback, type RollbackOptions, rollback } from '../../src/api/rollback.js';
import { status } from '../../src/api/status.js';
import type { MigrationEvent } from '../../src/core/types.js';
import { readCatalog as readCatalogText, readEverything, readTracking } from '../setup/catalog.js';
import { failureOf } from '../setup/cli.js';
import { createDatabase, createRole, type TestDatabase } from '../setup/database.js';
import { drizzleKitMigrate } from '../setup/drizzle-kit.js';
import { makeProject, writeFiles } from '../setup/project.js';

interface Pair {
  readonly up: string;
  readonly down?: string;
}

const SONGS: Readonly<Record<string, Pair>> = {
  '0000_songs': { up: 'create table songs (id serial primary key, title text);', down: 'drop table songs;' },
  '0001_plays': { up: 'alter table songs add plays int;', down: 'alter table songs drop column plays;' },
  '0002_index': {
    up: 'create index concurrently songs_title on songs (title);',
    down: 'drop index concurrently songs_title;',
  },
  '0003_albums': { up: 'create table albums (id int);', down: 'drop table albums;' },
};

async function setup(pairs: Readonly<Record<string, Pair>> = SONGS) {
  const database = await createDatabase();
  const project = makeProject(database, {});
  const write = (next: Readonly<Record<string, Pair>>) => {
    project.write(Object.entries(next).map(([tag, { up }]) => ({ tag, sql: up })));
    for (const [tag, { down }] of Object.entries(next))
      if (down !== undefined) writeFiles(project.root, { [`drizzle/${tag}.down.sql`]: down });
  };
  write(pairs);
  const events: MigrationEvent[] = [];
  const back = (options: RollbackOptions = {}) =>
    rollback(project, { ...options, onEvent: (event) => void events.push(event) });
  return { database, project, write, events, back };
}

const tagsOf = ({ done }: { done: readonly { tag: string }[] }) => done.map(({ tag }) => tag);
const appliedTags = async (project: Parameters<typeof status>[0]) =>
  (await status(project)).comparison.statuses.filter(({ row }) => row).map(({ migration }) => migration.tag);

/** A column that was dropped and made again is another one. */
const readCatalog = async (database: TestDatabase) => (await readCatalogText(database)).replaceAll(/ #\d+/g, '');

const codesOf = (findings: readonly { code: string; severity: string }[] | undefined) =>
  (findings ?? []).map(({ code, severity }) => `${severity} ${code}`);

describe('rollback', () => {
  test.each<[string, RollbackOptions, string[]]>([
    ['the last one', {}, ['0003_albums']],
    ['several', { steps: 3 }, ['0003_albums', '0002_index', '0001_plays']],
    ['all, if there are fewer', { steps: 9 }, ['0003_albums', '0002_index', '0001_plays', '0000_songs']],
    ['down to a tag, which stays', { to: '0001_plays' }, ['0003_albums', '0002_index']],
    ['nothing above the newest', { to: '0003_albums' }, []],
  ])('%s', async (_name, options, undone) => {
    const { database, project, back } = await setup();
    const tags = Object.keys(SONGS);
    const left = tags.slice(0, tags.length - undone.length);
    const last = left.at(-1);
    if (last) await migrate(project, { to: last });
    const before = last ? await readCatalog(database) : undefined;
    await migrate(project);
    const after = await readCatalog(database);

    expect(tagsOf(await back(options))).toEqual(undone);

    if (before) expect(await readCatalog(database)).toBe(before);
    expect(await appliedTags(project)).toEqual(left);
    await migrate(project);
    expect(await readCatalog(database)).toBe(after);
  });

  test('of everything, up again, and down again', async () => {
    const { database, project, back } = await setup();
    await migrate(project);
    const after = await readCatalog(database);
    for (let round = 0; round < 2; round += 1) {
      await back({ steps: 4 });
      expect(await readTracking(database)).toEqual([]);
      await migrate(project);
      expect(await readCatalog(database)).toBe(after);
    }
  });

  test('status tells that, when and by whom; and the log keeps what ran', async () => {
    const { database, project, back } = await setup();
    await migrate(project);
    await back();
    const [last] = (await status(project)).comparison.statuses.slice(-1);
    expect(last).toMatchObject({ state: 'pending', rolledBack: { status: 'rolled-back', by: expect.any(String) } });
    expect(
      await database.query(
        `select direction, status, down_sql from drizzle.__migrator_log where tag = '0003_albums' order by id`,
      ),
    ).toEqual([
      { direction: 'up', status: 'applied', down_sql: 'drop table albums;' },
      { direction: 'down', status: 'rolled-back', down_sql: 'drop table albums;' },
    ]);
    await migrate(project);
    const [again] = (await status(project)).comparison.statuses.slice(-1);
    expect(again?.log?.status).toBe('applied');
    expect(again?.rolledBack).toBeUndefined();
  });

  test('the order is that of application, not of the journal', async () => {
    const { project, write, back } = await setup({});
    const { '0001_plays': late, ...rest } = SONGS;
    const files = { '0000_songs': rest['0000_songs'] as Pair, '0003_albums': rest['0003_albums'] as Pair };
    write(files);
    await migrate(project);
    project.write([
      { tag: '0000_songs', sql: files['0000_songs'].up, when: Date.UTC(2025, 0, 1) },
      { tag: '0001_plays', sql: late?.up ?? '', when: Date.UTC(2025, 0, 1) + 30_000 },
      { tag: '0003_albums', sql: files['0003_albums'].up, when: Date.UTC(2025, 0, 1) + 60_000 },
    ]);
    writeFiles(project.root, { 'drizzle/0001_plays.down.sql': late?.down });
    await migrate(project, { outOfOrder: true });
    expect(tagsOf(await back())).toEqual(['0001_plays']);
    expect(tagsOf(await back())).toEqual(['0003_albums']);
  });

  test('a down that fails leaves everything as it was, and points into the file', async () => {
    const { database, project, back } = await setup({
      ...SONGS,
      '0004_broken': {
        up: 'create table x (id int);',
        down: 'drop table x;\n--> statement-breakpoint\ndrop table missing;',
      },
    });
    await migrate(project);
    const before = await readCatalog(database);
    const error = await failureOf(back({ steps: 2 }));
    expect(error).toMatchObject({
      code: 'statement-failed',
      where: 'drizzle/0004_broken.down.sql:3:1',
      state: 'Nothing of this migration was kept. No migration was rolled back by this run; not run: 1.',
      fix: 'Correct drizzle/0004_broken.down.sql and run `migrator rollback` again.',
    });
    expect(await readCatalog(database)).toBe(before);
    expect((await status(project)).upToDate).toBe(true);
  });

  test('what drizzle-kit has applied is undone with the files; and it applies what was rolled back', async () => {
    const pairs = { '0000_songs': SONGS['0000_songs'] as Pair, '0001_plays': SONGS['0001_plays'] as Pair };
    const { database, project, back } = await setup(pairs);
    await drizzleKitMigrate(project.migrationsFolder, database.url);
    const after = await readCatalog(database);
    expect(tagsOf(await back())).toEqual(['0001_plays']);
    await drizzleKitMigrate(project.migrationsFolder, database.url);
    expect((await readCatalog(database)).replaceAll(/.*__drizzle_migrations.*\n/g, '')).toBe(
      after.replaceAll(/.*__drizzle_migrations.*\n/g, ''),
    );
    expect((await status(project)).comparison.statuses.at(-1)).not.toHaveProperty('log');
    expect(tagsOf(await back({ steps: 2 }))).toEqual(['0001_plays', '0000_songs']);
  });
});

describe('which SQL', () => {
  const own = 'drop table albums; create table kept_by_log (id int);';
  const files = { ...SONGS, '0003_albums': { up: 'create table albums (id int);', down: own } };
  const tables = ({ query }: TestDatabase) =>
    query<{ name: string }>(`select tablename as name from pg_tables where schemaname = 'public' order by 1`).then(
      (rows) => rows.map(({ name }) => name),
    );

  test('what the log kept, where the file has changed; and it says so', async () => {
    const { database, project, write, back } = await setup(files);
    await migrate(project);
    write({ ...files, '0003_albums': { up: 'create table albums (id int);', down: 'drop table albums;' } });
    const preview = await planRollback(project);
    expect(codesOf(preview.plan.findings)).toEqual(['warning stored-down']);
    expect(preview.plan.steps[0]?.source).toBe('log');
    await back({ preview });
    expect(await tables(database)).toEqual(['kept_by_log', 'songs']);
  });

  test('the file all the same, with useFiles', async () => {
    const { database, project, write, back } = await setup(files);
    await migrate(project);
    write({ ...files, '0003_albums': { up: 'create table albums (id int);', down: 'drop table albums;' } });
    await back({ useFiles: true });
    expect(await tables(database)).toEqual(['songs']);
  });

  test('what the log kept, where the files are gone, all of them', async () => {
    const { database, project, back } = await setup();
    await migrate(project);
    rmSync(join(project.root, 'drizzle'), { recursive: true });
    const preview = await planRollback(project, { to: '0000_songs' });
    expect(preview.plan.steps.map(({ tag, source }) => `${tag} ${source}`)).toEqual([
      '0003_albums log',
      '0002_index log',
      '0001_plays log',
    ]);
    await back({ steps: 4 });
    expect(await tables(database)).toEqual([]);
  });

  test('the file, where the log kept one that is empty or gives up', async () => {
    const { database, project, write, back } = await setup({
      '0000_a': { up: 'create table a (id int);', down: '-- to be written\n' },
      '0001_b': { up: 'create table b (id int);', down: '-- migrator: irreversible nobody has tried\n' },
    });
    await migrate(project);
    write({
      '0000_a': { up: 'create table a (id int);', down: 'drop table a;' },
      '0001_b': { up: 'create table b (id int);', down: 'drop table b;' },
    });
    await back({ steps: 2 });
    expect(await tables(database)).toEqual([]);
  });

  test.each<[string, Pair, Pair | undefined, string, string]>([
    ['no file', { up: 'select 1;' }, undefined, 'down-missing', 'drizzle/0000_a.down.sql'],
    ['an empty file', { up: 'select 1;', down: '-- nothing\n' }, undefined, 'down-empty', 'drizzle/0000_a.down.sql'],
    [
      'a reason',
      { up: 'select 1;', down: '-- migrator: irreversible the data are merged' },
      undefined,
      'irreversible',
      'drizzle/0000_a.down.sql',
    ],
    [
      'COPY',
      { up: 'select 1;', down: 'copy t from stdin;' },
      undefined,
      'copy-needs-client',
      'drizzle/0000_a.down.sql',
    ],
  ])('refused: %s', async (_name, pair, _later, code, file) => {
    const { database, project, back } = await setup({
      '0000_a': pair,
      '0001_b': { up: 'select 2;', down: 'select 2;' },
    });
    await migrate(project);
    const before = await readEverything(database);
    const error = await failureOf(back({ steps: 2 }));
    expect(error).toMatchObject({ code: 'refused', exitCode: 3 });
    expect(error.findings).toMatchObject([{ code, severity: 'error', tag: '0000_a', at: { file } }]);
    expect(await readEverything(database)).toEqual(before);
  });

  test('refused: edited since drizzle-kit applied it, unless the files are asked for', async () => {
    const { database, project, write, back } = await setup({
      '0000_a': { up: 'create table a (id int);', down: 'drop table a;' },
    });
    await drizzleKitMigrate(project.migrationsFolder, database.url);
    write({ '0000_a': { up: 'create table a (id bigint);', down: 'drop table a;' } });
    expect(codesOf((await failureOf(back())).findings)).toEqual(['error down-unsure']);
    expect(tagsOf(await back({ useFiles: true }))).toEqual(['0000_a']);
  });

  test('refused: a tag that is not applied, and one that does not exist', async () => {
    const { project, back } = await setup();
    await migrate(project, { to: '0001_plays' });
    expect(codesOf((await failureOf(back({ to: '0003_albums' }))).findings)).toEqual(['error not-applied']);
    expect(await failureOf(back({ to: '0001_play' }))).toMatchObject({ code: 'unknown-migration' });
    expect(await failureOf(back({ steps: -1 }))).toMatchObject({ code: 'wrong-usage' });
  });

  test('refused: while a migration is half applied', async () => {
    const { project, back } = await setup({
      ...SONGS,
      '0004_half': {
        up: '-- migrator: no-transaction\nvacuum songs;\ncreate table x (id missing);',
        down: 'drop table x;',
      },
    });
    await failureOf(migrate(project));
    expect(codesOf((await failureOf(back())).findings)).toContain('error half-applied');
  });
});

describe('what would be lost', () => {
  test('rows of dropped tables and values of dropped columns, followed through renames; nothing for what is empty', async () => {
    const { database, project } = await setup({
      '0000_songs': { up: 'create table songs (id int, a text, b text);', down: 'drop table songs;' },
      '0001_rename': {
        up: 'alter table songs rename to tracks; alter table tracks rename column a to "A";',
        down: 'alter table tracks rename column "A" to a; alter table tracks rename to songs;',
      },
      '0002_empty': { up: 'create table empty (id int);', down: 'drop table if exists empty, not_there;' },
      '0003_c': { up: 'alter table tracks add c int;', down: 'alter table tracks drop column c;' },
    });
    await migrate(project);
    await database.query('insert into tracks select n, n, null, nullif(n % 2, 0) from generate_series(1, 10) n');
    const { losses } = await planRollback(project, { steps: 4 });
    expect(losses).toEqual([
      { tag: '0003_c', kind: 'column', name: 'tracks.c', rows: 5, estimated: false },
      { tag: '0000_songs', kind: 'table', name: 'songs', rows: 10, estimated: false },
    ]);
  });

  test('the values of a generated column are no loss: they are computed from what stays', async () => {
    const { project, database } = await setup({
      '0000_songs': { up: 'create table songs (title text);' },
      '0001_upper': {
        up: 'alter table songs add up text generated always as (upper(title)) stored, add other text;',
        down: 'alter table songs drop column up, drop column other;',
      },
    });
    await migrate(project);
    await database.query(`insert into songs (title, other) values ('a', 'b')`);
    const { losses } = await planRollback(project);
    expect(losses.map(({ name }) => name)).toEqual(['songs.other']);
  });

  test('a table that somebody holds is estimated, not waited for', async () => {
    const { database, project } = await setup({
      '0000_songs': { up: 'create table songs (id int);', down: 'drop table songs;' },
    });
    await migrate(project);
    await database.query('insert into songs select generate_series(1, 1000); analyze songs');
    const held = database.query('begin; lock table songs; select pg_sleep(2); commit');
    await expect.poll(() => database.query(`select from pg_locks where relation = 'songs'::regclass`)).toHaveLength(1);
    const started = Date.now();
    const { losses } = await planRollback(project);
    expect(Date.now() - started).toBeLessThan(1900);
    expect(losses).toMatchObject([{ rows: 1000, estimated: true }]);
    await held;
  });

  test('rows without a value for a column that becomes NOT NULL again: refused, with their number', async () => {
    const { database, project, back } = await setup({
      '0000_songs': { up: 'create table songs (id int, title text not null);', down: 'drop table songs;' },
      '0001_null': {
        up: 'alter table songs alter column title drop not null;',
        down: 'alter table songs alter column title set not null;',
      },
    });
    await migrate(project);
    await database.query('insert into songs values (1), (2)');
    const error = await failureOf(back());
    expect(error.findings).toMatchObject([
      {
        code: 'rows-without-value',
        message: '2 rows have no value in songs.title, which the rollback makes NOT NULL again.',
      },
    ]);
    const preview = await planRollback(project);
    expect(await failureOf(back({ preview }))).toMatchObject({ code: 'refused' });
    await database.query(`update songs set title = ''`);
    expect(tagsOf(await back())).toEqual(['0001_null']);
  });
});

describe('what cannot be one transaction', () => {
  const files = {
    '0000_songs': { up: 'create table songs (id int, title text);', down: 'drop table songs;' },
    '0001_indexes': {
      up: 'create index songs_a on songs (id); create index songs_b on songs (title); create table x (id int);',
      down: 'drop index concurrently songs_a;\ndrop table x;\ndrop index concurrently songs_b;\ndrop table blocker;',
    },
  };

  test('stops on the way, says so everywhere, and goes on there', async () => {
    const { database, project, back } = await setup(files);
    await migrate(project);
    const error = await failureOf(back({ steps: 2 }));
    expect(error).toMatchObject({ code: 'statement-failed' });
    expect(error.state).toBe(
      'The first 3 of 4 statements are kept; `migrator rollback` goes on behind them. No migration was rolled back by this run; not run: 1.',
    );
    const report = await status(project);
    expect(report.upToDate).toBe(false);
    expect(report.comparison.statuses[1]).toMatchObject({ state: 'applied', halfRolledBack: { statementsDone: 3 } });
    expect(codesOf((await failureOf(migrate(project))).findings)).toEqual(['error half-rolled-back']);

    await database.query('create table blocker (id int)');
    const { plan } = await planRollback(project);
    expect(plan.steps[0]?.startAt).toBe(3);
    expect(tagsOf(await back())).toEqual(['0001_indexes']);
    expect((await status(project)).comparison.statuses[1]).toMatchObject({ state: 'pending' });
    expect(tagsOf(await migrate(project))).toEqual(['0001_indexes']);
  });

  test('goes on with the text that it began with, and refuses if that is nowhere', async () => {
    const { database, project, write, back } = await setup(files);
    await migrate(project);
    await failureOf(back());
    await database.query('create table blocker (id int)');
    const edited = { ...files, '0001_indexes': { ...files['0001_indexes'], down: 'drop table x;' } };
    write(edited);
    await database.query(
      'alter table drizzle.__migrator_log rename column down_sql to hidden; alter table drizzle.__migrator_log add down_sql text',
    );
    expect(codesOf((await failureOf(back({ useFiles: true }))).findings)).toEqual(['error edited-while-half-applied']);
    await database.query(
      'alter table drizzle.__migrator_log drop down_sql; alter table drizzle.__migrator_log rename column hidden to down_sql',
    );
    expect(tagsOf(await back({ useFiles: true }))).toEqual(['0001_indexes']);
  });
});

describe('with others', () => {
  test('two at once: one migration is rolled back, not two', async () => {
    const { project, back } = await setup();
    await migrate(project);
    const results = await Promise.allSettled([back(), back()]);
    const done = results.flatMap((result) => (result.status === 'fulfilled' ? tagsOf(result.value) : []));
    expect(done).toEqual(['0003_albums']);
    const failed = results.find(({ status: state }) => state === 'rejected') as PromiseRejectedResult;
    expect(failed.reason).toMatchObject({ code: 'history-moved' });
    expect(await appliedTags(project)).toEqual(['0000_songs', '0001_plays', '0002_index']);
  });

  test('two at once to one end: both come there, whoever goes which part of the way', async () => {
    const { project, back } = await setup();
    await migrate(project);
    const preview = await planRollback(project, { to: '0000_songs' });
    const results = await Promise.all([back({ to: '0000_songs', preview }), back({ to: '0000_songs' })]);
    expect(results.map(tagsOf).sort()).toEqual([[], ['0003_albums', '0002_index', '0001_plays']]);
    expect(await appliedTags(project)).toEqual(['0000_songs']);
    await migrate(project);
    const shown = await planRollback(project, { to: '0000_songs' });
    await back({ to: '0002_index' });
    expect(tagsOf(await back({ to: '0000_songs', preview: shown }))).toEqual(['0002_index', '0001_plays']);
    // More than was shown is never undone.
    const less = await planRollback(project, { to: '0000_songs' });
    await migrate(project);
    expect(await failureOf(back({ to: '0000_songs', preview: less }))).toMatchObject({ code: 'history-moved' });
  });

  test('a lock that is not given up: tried again, then told; nothing is kept', async () => {
    const { database, project, back, events } = await setup();
    await migrate(project);
    const held = database.query('begin; lock table albums; select pg_sleep(4); commit');
    await expect.poll(() => database.query(`select from pg_locks where relation = 'albums'::regclass`)).toHaveLength(1);
    const error = await failureOf(back({ timeouts: { lockTimeoutMs: 100, lockRetries: 1 } }));
    expect(error).toMatchObject({ code: 'lock-timeout', exitCode: 4 });
    expect(error.fix).toContain('migrator rollback');
    expect(events.some(({ type }) => type === 'retrying')).toBe(true);
    await held;
    expect(tagsOf(await back())).toEqual(['0003_albums']);
  });

  test('a role that may not write the tracking table, and a standby session, change nothing', async () => {
    const { database, project } = await setup();
    await migrate(project);
    const role = await createRole(database);
    await database.query(
      `grant usage on schema drizzle to ${role.name}; grant select on all tables in schema drizzle to ${role.name}`,
    );
    const before = await readEverything(database);
    const poor = { ...project, database: database.as(role.name, role.password) };
    await failureOf(rollback(poor));
    await failureOf(
      rollback({ ...project, database: `${database.url}?options=-c%20default_transaction_read_only%3Don` }),
    );
    expect(((await readEverything(database)) as string[])[0]).toBe((before as string[])[0]);
  });
});

describe('redo', () => {
  test('rolls back and applies again, with an edited file, under one lock', async () => {
    const { database, project, write } = await setup();
    await migrate(project);
    write({ ...SONGS, '0003_albums': { up: 'create table albums (id bigint);', down: 'drop table albums;' } });
    const { down, up } = await redo(project, { steps: 2 });
    expect([tagsOf(down), tagsOf(up)]).toEqual([
      ['0003_albums', '0002_index'],
      ['0002_index', '0003_albums'],
    ]);
    expect(
      await database.query(`select data_type from information_schema.columns where table_name = 'albums'`),
    ).toEqual([{ data_type: 'bigint' }]);
    expect((await status(project)).upToDate).toBe(true);
  });

  test('applies nothing else that is pending', async () => {
    const { project } = await setup();
    await migrate(project, { to: '0001_plays' });
    const { up } = await redo(project);
    expect(tagsOf(up)).toEqual(['0001_plays']);
    expect(await appliedTags(project)).toEqual(['0000_songs', '0001_plays']);
  });

  test('says what is left if it cannot be applied again', async () => {
    const { project, write } = await setup();
    await migrate(project);
    write({ ...SONGS, '0003_albums': { up: 'create table albums (id missing);', down: 'drop table albums;' } });
    const error = await failureOf(redo(project, { steps: 2 }));
    expect(error.code).toBe('statement-failed');
    expect(error.state).toBe(
      'Nothing of this migration was kept. Applied by this run: 1. Rolled back, and not applied again: `0003_albums`.'.replace(
        '; not run: 0',
        '',
      ),
    );
    expect(await appliedTags(project)).toEqual(['0000_songs', '0001_plays', '0002_index']);
  });

  test('is refused before anything happens where the file is not there', async () => {
    const { database, project } = await setup();
    await migrate(project);
    rmSync(join(project.root, 'drizzle', '0003_albums.sql'));
    const before = await readEverything(database);
    expect(codesOf((await failureOf(redo(project))).findings)).toContain('error file-missing');
    expect(await readEverything(database)).toEqual(before);
  });
});

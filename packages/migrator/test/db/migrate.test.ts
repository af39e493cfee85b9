import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { type MigrateOptions, migrate, plan } from '../../src/api/migrate.js';
import type { Project } from '../../src/api/project.js';
import { status } from '../../src/api/status.js';
import { sha256 } from '../../src/core/hash.js';
import type { MigrationEvent } from '../../src/core/types.js';
import type { MigratorError } from '../../src/errors/migrator-error.js';
import { readCatalog, readTracking } from '../setup/catalog.js';
import { failureOf } from '../setup/cli.js';
import { createDatabase, type TestDatabase } from '../setup/database.js';
import { runNode } from '../setup/drizzle-kit.js';
import { FIRST, type MigrationFile, makeProject } from '../setup/project.js';

type Migrations = readonly MigrationFile[] | Readonly<Record<string, string>>;

async function setup(migrations: Migrations) {
  const database = await createDatabase();
  const project = makeProject(database, migrations);
  const events: MigrationEvent[] = [];
  const run = (options: MigrateOptions = {}) =>
    migrate(project, { ...options, onEvent: (event) => void events.push(event) });
  return { database, project, events, run };
}

const tagsOf = (result: { done: readonly { tag: string }[] } | undefined) => result?.done.map(({ tag }) => tag);

/** Whatever a run did: another one finds nothing to do, and writes nothing. */
async function expectSettled(project: Project, database: TestDatabase): Promise<void> {
  const before = [await readCatalog(database), await logOf(database)];
  expect(tagsOf(await migrate(project))).toEqual([]);
  expect((await status(project)).upToDate).toBe(true);
  expect([await readCatalog(database), await logOf(database)]).toEqual(before);
}

function logOf({ query }: TestDatabase) {
  return query<{ tag: string; status: string; done: number; total: number }>(
    `select tag, status, statements_done as done, statements_total as total from drizzle.__migrator_log order by id`,
  );
}

const applied = (tag: string, statements = 1) => ({ tag, status: 'applied', done: statements, total: statements });

const noteTransaction = `create table if not exists transactions (id xid8); insert into transactions select pg_current_xact_id();`;

describe('migrate', () => {
  test('applies everything in journal order and records each file as drizzle would', async () => {
    const files = { '0000_songs': 'create table songs (id int);', '0001_plays': 'create table plays (id int);' };
    const { database, project, run } = await setup(files);
    const result = await run();
    expect(result).toEqual({
      direction: 'up',
      done: Object.keys(files).map((tag) => ({ tag, statements: 1, durationMs: expect.any(Number) })),
      notRun: [],
      durationMs: expect.any(Number),
    });
    expect(await readTracking(database)).toEqual(
      Object.values(files).map((sql, n) => ({ hash: sha256(sql), created_at: String(FIRST + n * 60_000) })),
    );
    expect(await logOf(database)).toEqual([applied('0000_songs'), applied('0001_plays')]);
    await expectSettled(project, database);
  });

  test('gives each migration a transaction of its own', async () => {
    const { database, run } = await setup({
      '0000_a': noteTransaction,
      '0001_b': noteTransaction,
      '0002_c': noteTransaction,
    });
    await run();
    expect(
      await database.query('select count(distinct id)::int as n, count(*)::int as rows from transactions'),
    ).toEqual([{ n: 3, rows: 3 }]);
  });

  test('gives all of them one transaction with --atomic', async () => {
    const { database, run } = await setup({
      '0000_a': noteTransaction,
      '0001_b': noteTransaction,
      '0002_c': noteTransaction,
    });
    await run({ atomic: true });
    expect(
      await database.query('select count(distinct id)::int as n, count(*)::int as rows from transactions'),
    ).toEqual([{ n: 1, rows: 3 }]);
    expect((await readTracking(database)).length).toBe(3);
  });

  test('records an empty file, and one with comments only', async () => {
    const { database, project, run } = await setup({
      '0000_a': '',
      '0001_b': '-- nothing to do\n--> statement-breakpoint\n',
      '0002_c': 'create table c ();',
    });
    expect(tagsOf(await run())).toEqual(['0000_a', '0001_b', '0002_c']);
    expect((await readTracking(database)).length).toBe(3);
    await expectSettled(project, database);
  });

  test('runs a file with a byte order mark, which drizzle cannot', async () => {
    const { database, project, run } = await setup({ '0000_a': '\uFEFFcreate table a ();\ncreate table b ();' });
    await run();
    expect(await database.query(`select count(*)::int as n from pg_tables where schemaname = 'public'`)).toEqual([
      { n: 2 },
    ]);
    await expectSettled(project, database);
  });

  test('stops behind --to, and goes on from there', async () => {
    const { run } = await setup({
      '0000_a': 'create table a ();',
      '0001_b': 'create table b ();',
      '0002_c': 'create table c ();',
    });
    expect(tagsOf(await run({ to: '0001_b' }))).toEqual(['0000_a', '0001_b']);
    expect(tagsOf(await run())).toEqual(['0002_c']);
  });

  test('with --out-of-order applies what drizzle-kit would hide for ever', async () => {
    const a = { tag: '0000_a', sql: 'create table a ();', when: FIRST };
    const b = { tag: '0001_b', sql: 'create table b ();', when: FIRST + 1000 };
    const c = { tag: '0002_c', sql: 'create table c ();', when: FIRST + 1000 };
    const { database, project, run } = await setup([b]);
    await run();
    project.write([a, b, c]);
    const before = await readCatalog(database);
    const refusal = await failureOf(run());
    expect([refusal.code, refusal.exitCode]).toEqual(['refused', 3]);
    expect(blocking(refusal)).toEqual(['out-of-order 0000_a', 'out-of-order 0002_c']);
    expect(await readCatalog(database)).toBe(before);
    expect(tagsOf(await run({ outOfOrder: true }))).toEqual(['0000_a', '0002_c']);
    await expectSettled(project, database);
  });

  test('refuses an edited migration, and with --allow-edited goes on without running it again', async () => {
    const { database, project, run } = await setup({ '0000_a': 'create table a ();' });
    await run();
    project.write({ '0000_a': 'create table a (id int);', '0001_b': 'create table b ();' });
    const before = await readCatalog(database);
    const refusal = await failureOf(run());
    expect(blocking(refusal)).toEqual(['edited-migration 0000_a']);
    expect(refusal.findings?.[0]?.message).toContain('its statements no longer mean the same');
    expect(await readCatalog(database)).toBe(before);
    expect(tagsOf(await run({ allowEdited: true }))).toEqual(['0001_b']);
  });

  test.each([
    ['line endings', 'create table a (\r\n  id int\r\n);', 'only its line endings differ'],
    [
      'white space and comments',
      '-- songs\ncreate  table a(id integer);',
      'only white space, comments or spelling differ, the statements mean the same',
    ],
  ])('goes on where an applied file differs in %s only', async (_, edited, what) => {
    const { project, run } = await setup({ '0000_a': 'create table a (\n  id int\n);' });
    await run();
    project.write({ '0000_a': edited, '0001_b': 'create table b ();' });
    const report = await status(project);
    expect(report.findings.map(({ code, severity }) => `${severity} ${code}`)).toContain('warning edited-migration');
    expect(report.findings[0]?.message).toContain(what);
    expect(tagsOf(await run())).toEqual(['0001_b']);
    expect((await status(project)).upToDate).toBe(true);
  });

  test('tells what happened as events, in order', async () => {
    const { events, run } = await setup({ '0000_a': `select 1;\nselect 2;`, '0001_b': 'select 3;' });
    await run();
    expect(
      events
        .filter(({ type }) => type !== 'notice')
        .map((event) => ('tag' in event ? `${event.type} ${event.tag}` : event.type)),
    ).toEqual([
      'run-started',
      'step-started 0000_a',
      'statement-finished 0000_a',
      'statement-finished 0000_a',
      'step-finished 0000_a',
      'step-started 0001_b',
      'statement-finished 0001_b',
      'step-finished 0001_b',
      'run-finished',
    ]);
  });
});

describe('a statement that fails', () => {
  const files = {
    '0000_first': 'create table first (id int);',
    '0001_broken': `create table second (id int);
--> statement-breakpoint
-- né en 1990 🎵
insert into second
  select missing from first;
--> statement-breakpoint
create table third (id int);`,
    '0002_last': 'create table last (id int);',
  };

  test('is pointed at in its file, and everything before the migration is kept', async () => {
    const { database, project, run } = await setup(files);
    const error = await failureOf(run());
    expect({ ...shownOf(error) }).toEqual({
      code: 'statement-failed',
      exitCode: 4,
      message: '`0001_broken` failed in statement 2 of 3: column "missing" does not exist (42703)',
      where: 'drizzle/0001_broken.sql:5:10',
      detail: [
        '  3 | -- né en 1990 🎵',
        '  4 | insert into second',
        '> 5 |   select missing from first;',
        '    |          ^',
        '  6 | --> statement-breakpoint',
        '  7 | create table third (id int);',
      ].join('\n'),
      state: 'Nothing of this migration was kept. Applied by this run: 1; not run: 1.',
      fix: 'Something the statement needs is not there. Check whether an earlier migration was skipped: `migrator status`.',
    });
    expect(error.data).toEqual({ tag: '0001_broken', statement: 2, line: 5, column: 10, sqlstate: '42703' });
    expect(error.result).toMatchObject({
      done: [{ tag: '0000_first' }],
      failed: { tag: '0001_broken', statementsKept: 0, statement: { index: 1, line: 4 } },
      notRun: ['0002_last'],
    });
    expect(await tablesOf(database)).toEqual(['first']);
    expect((await readTracking(database)).length).toBe(1);
    expect(await logOf(database)).toEqual([
      applied('0000_first'),
      { tag: '0001_broken', status: 'failed', done: 0, total: 3 },
    ]);

    project.write({ ...files, '0001_broken': files['0001_broken'].replace('missing', 'id') });
    expect(tagsOf(await run())).toEqual(['0001_broken', '0002_last']);
    await expectSettled(project, database);
  });

  test('with --atomic takes everything back, and nothing is recorded as applied', async () => {
    const { database, project, run } = await setup(files);
    const error = await failureOf(run({ atomic: true }));
    expect(shownOf(error)).toMatchObject({
      code: 'statement-failed',
      where: 'drizzle/0001_broken.sql:5:10',
      state: 'Nothing of this run was kept. No migration was applied by this run; not run: 2.',
    });
    expect(error.result).toMatchObject({ done: [], notRun: ['0000_first', '0002_last'] });
    expect(await tablesOf(database)).toEqual([]);
    expect(await readTracking(database)).toEqual([]);
    expect((await plan(project)).steps).toHaveLength(3);
  });

  test.each([
    [
      'a syntax error',
      'create table a ();\ncreat table b ();',
      ':2:1',
      '42601',
      'Correct drizzle/0000_a.sql and run `migrator migrate` again.',
    ],
    [
      'an object that exists',
      'create table a ();\ncreate table a ();',
      ':2:1',
      '42P07',
      'The object exists already: somebody made it by hand, or a migration was generated twice. If the database has all that the migration makes, run `migrator repair --mark-applied 0000_a`; if it has only this, write the statement with IF NOT EXISTS.',
    ],
    [
      'a constraint that does not hold',
      `create table a (b int check (b > 0));\n\n  insert into a values (-1);`,
      ':3:3',
      '23514',
      'Correct drizzle/0000_a.sql and run `migrator migrate` again.',
    ],
    [
      'an error raised in a DO block',
      `select 1;\ndo $$ begin\n  raise exception 'stop' using hint = 'no';\nend $$;`,
      ':3:3',
      'P0001',
      'Correct drizzle/0000_a.sql and run `migrator migrate` again.',
    ],
    [
      'a deferred constraint, at the commit',
      `create table a (id int primary key, b int references a deferrable initially deferred);\ninsert into a values (1, 2);`,
      '',
      '23503',
      'Correct drizzle/0000_a.sql and run `migrator migrate` again.',
    ],
  ])('is told with its place: %s', async (_, sql, place, sqlstate, fix) => {
    const { database, run } = await setup({ '0000_a': sql });
    const error = await failureOf(run());
    expect({ where: error.where, sqlstate: error.data?.sqlstate, fix: error.fix }).toEqual({
      where: `drizzle/0000_a.sql${place}`,
      sqlstate,
      fix,
    });
    expect(await tablesOf(database)).toEqual([]);
    expect(await readTracking(database)).toEqual([]);
  });
});

describe('what cannot run in a transaction', () => {
  const table =
    'create table songs (id int, title text);\ninsert into songs select n, n::text from generate_series(1, 100) n;';

  test('CREATE INDEX CONCURRENTLY is built between the transactions around it', async () => {
    const { database, project, run } = await setup({
      '0000_songs': table,
      '0001_index': `alter table songs add plays int;\ncreate index concurrently songs_title on songs (title);\nupdate songs set plays = 0;`,
    });
    expect(tagsOf(await run())).toEqual(['0000_songs', '0001_index']);
    expect(await database.query(`select indisvalid from pg_index where indexrelid = 'songs_title'::regclass`)).toEqual([
      { indisvalid: true },
    ]);
    expect(await database.query('select count(*)::int as n from songs where plays = 0')).toEqual([{ n: 100 }]);
    await expectSettled(project, database);
  });

  test.each([
    ['VACUUM', 'vacuum (analyze) songs;'],
    ['DROP INDEX CONCURRENTLY', 'create index i on songs (id);\ndrop index concurrently i;'],
    ['REINDEX CONCURRENTLY', 'create index i on songs (id);\nreindex index concurrently i;'],
    [
      'a DO block with COMMIT',
      'do $$ begin for i in 1..3 loop insert into songs values (i); commit; end loop; end $$;',
    ],
    [
      'the directive',
      '-- migrator: no-transaction\ncreate procedure p() language plpgsql as $$ begin commit; end $$;\ncall p();',
    ],
  ])('%s runs on its own', async (_, sql) => {
    const { database, project, run } = await setup({ '0000_songs': table, '0001_odd': sql });
    expect(tagsOf(await run())).toEqual(['0000_songs', '0001_odd']);
    await expectSettled(project, database);
  });

  test('an enum value is committed before it is used, in one file', async () => {
    const { database, project, run } = await setup({
      '0000_mood': `create type mood as enum ('sad');\ncreate table days (mood mood);`,
      '0001_ok': `alter type mood add value 'ok';\ninsert into days values ('ok');\nalter table days alter mood set default 'ok';`,
    });
    await run();
    expect(await database.query('select mood::text from days')).toEqual([{ mood: 'ok' }]);
    await expectSettled(project, database);
  });

  test('an enum value is used by a later file', async () => {
    const { database, project, run } = await setup({
      '0000_mood': `create type mood as enum ('sad');\ncreate table days (mood mood);`,
      '0001_ok': `alter type mood add value 'ok';`,
      '0002_use': `insert into days values ('ok');`,
    });
    await run();
    await expectSettled(project, database);
  });

  test('what had run of it is kept when a statement fails, and the next run goes on there', async () => {
    const { database, project, run } = await setup({
      '0000_songs': table,
      '0001_index':
        'create index concurrently a on songs (id);\ncreate index concurrently b on songs (missing);\ncreate index concurrently c on songs (id);',
    });
    const error = await failureOf(run());
    expect(shownOf(error)).toMatchObject({
      message: '`0001_index` failed in statement 2 of 3: column "missing" does not exist (42703)',
      where: 'drizzle/0001_index.sql:2:1',
      state: 'The first 1 of 3 statements are kept; `migrator migrate` goes on behind them. Applied by this run: 1.',
    });
    expect(error.result?.failed?.statementsKept).toBe(1);
    expect((await status(project)).comparison.statuses[1]).toMatchObject({
      state: 'pending',
      halfApplied: { statementsDone: 1, statementsTotal: 3 },
    });

    project.write({
      '0000_songs': table,
      '0001_index':
        'create index concurrently a on songs (title);\ncreate index concurrently b on songs (id);\ncreate index concurrently c on songs (id);',
    });
    expect((await failureOf(run())).findings?.map(({ code }) => code)).toEqual(['edited-while-half-applied']);

    project.write({
      '0000_songs': table,
      '0001_index':
        'create index concurrently a on songs (id);\ncreate index concurrently b on songs (title);\ncreate index concurrently c on songs (id);',
    });
    expect(tagsOf(await run())).toEqual(['0001_index']);
    expect(
      await database.query(
        `select indexrelid::regclass::text as name from pg_index where indrelid = 'songs'::regclass and indisvalid order by 1`,
      ),
    ).toEqual([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    await expectSettled(project, database);
  });

  test('a unique index that cannot be built leaves no INVALID index behind', async () => {
    const { database, run } = await setup({
      '0000_songs': table,
      '0001_index': 'create unique index concurrently u on songs ((1));',
    });
    const error = await failureOf(run());
    expect(error.data?.sqlstate).toBe('23505');
    expect(await database.query(`select indexrelid from pg_index where indrelid = 'songs'::regclass`)).toEqual([]);
  });
});

describe('a file with transactions of its own', () => {
  test.each([
    [
      'COMMIT first, to leave drizzle’s transaction',
      'commit;\ncreate index concurrently i on songs (id);\nbegin;\nalter table songs add x int;',
    ],
    ['COMMIT last', 'alter table songs add x int;\ncommit;'],
    ['BEGIN and COMMIT around it', 'begin;\nalter table songs add x int;\ncommit;'],
    [
      'BEGIN and COMMIT around it, twice',
      'begin;\nalter table songs add x int;\ncommit;\nbegin;\nalter table songs add y int;\ncommit;',
    ],
    [
      'START TRANSACTION with an isolation level, END',
      'start transaction isolation level serializable;\nalter table songs add x int;\nend;',
    ],
    [
      'a savepoint that is rolled back to',
      'alter table songs add x int;\nsavepoint s;\nalter table songs add y int;\nrollback to s;',
    ],
  ])('%s', async (_, sql) => {
    const { database, project, run } = await setup({ '0000_songs': 'create table songs (id int);', '0001_own': sql });
    expect(tagsOf(await run())).toEqual(['0000_songs', '0001_own']);
    expect(
      await database.query(`select attname from pg_attribute where attrelid = 'songs'::regclass and attname = 'x'`),
    ).toEqual([{ attname: 'x' }]);
    await expectSettled(project, database);
  });

  test('keeps what it has committed when a later statement fails, says so, and does not run it again', async () => {
    const own = (rest: string) => `begin;\ninsert into songs values (1);\ncommit;\n${rest}`;
    const { database, project, run } = await setup({
      '0000_songs': 'create table songs (id int);',
      '0001_own': own('insert into nowhere values (1);'),
    });
    const error = await failureOf(run());
    expect(error.state).toBe(
      'The first 3 of 4 statements are kept; `migrator migrate` goes on behind them. Applied by this run: 1.',
    );
    project.write({ '0000_songs': 'create table songs (id int);', '0001_own': own('insert into songs values (2);') });
    await run();
    expect(await database.query('select id from songs order by id')).toEqual([{ id: 1 }, { id: 2 }]);
    await expectSettled(project, database);
  });
});

describe('a migration that touches the tracking table', () => {
  const wipe = 'delete from drizzle.__drizzle_migrations;';
  test.each([
    ['first of many', ['select 1;', wipe, 'create table c ();', 'create table d ();']],
    ['last', ['select 1;', 'create table b ();', wipe]],
    ['twice', ['select 1;', wipe, 'create table c ();', wipe, 'create table e ();']],
  ])('survives: %s', async (_, sqls) => {
    const { database, run } = await setup(Object.fromEntries(sqls.map((sql, n) => [`000${n}_m`, sql])));
    expect(tagsOf(await run())).toEqual(sqls.map((_sql, n) => `000${n}_m`));
    const kept = await readTracking(database);
    expect(kept.map(({ hash }) => hash)).toEqual(sqls.slice(sqls.lastIndexOf(wipe)).map((sql) => sha256(sql)));
  });
});

describe('several migrators at once', () => {
  let cli: string;
  beforeAll(() => {
    const folder = fileURLToPath(new URL('../../node_modules/.cache/migrator-under-test', import.meta.url));
    cli = join(folder, `cli-${process.pid}.mjs`);
    buildSync({
      entryPoints: [fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url))],
      outfile: cli,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      define: { MIGRATOR_VERSION: '"0.0.0-test"' },
      logLevel: 'error',
    });
  });
  const processes = (project: { root: string }, count: number, ...flags: string[]) =>
    Promise.all(Array.from({ length: count }, () => runNode(project.root, [cli, 'migrate', ...flags])));

  test('two processes with a pending file that takes a second apply it once, and both exit 0', async () => {
    const files = { '0000_credits': 'create table credits (amount int);' };
    const { database, project, run } = await setup(files);
    await run();
    project.write({
      ...files,
      '0001_grant': 'select pg_sleep(1);\ninsert into credits values (100);',
      '0002_more': 'insert into credits values (1);',
    });
    const finished = await processes(project, 2);
    expect(finished.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(finished.map(({ output }) => /Applied 2 migrations|nothing to apply/.exec(output)?.[0]).sort()).toEqual([
      'Applied 2 migrations',
      'nothing to apply',
    ]);
    expect(await database.query('select sum(amount)::int as credits from credits')).toEqual([{ credits: 101 }]);
    expect((await readTracking(database)).length).toBe(3);
  });

  test('eight cold starts on an empty database apply each file once, and all exit 0', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [
        `${String(n).padStart(4, '0')}_t`,
        `create table t${n} (id int);\ninsert into t${n} values (1);`,
      ]),
    );
    const { database, project } = await setup(files);
    const finished = await processes(project, 8);
    expect(
      finished.map(({ exitCode }) => exitCode),
      finished.map(({ output }) => output).join('\n'),
    ).toEqual(Array(8).fill(0));
    expect((await readTracking(database)).length).toBe(20);
    expect(await database.query('select count(*)::int as n from t19')).toEqual([{ n: 1 }]);
    await expectSettled(project, database);
  });

  test('eight in one process do, too', async () => {
    const { database, project } = await setup({ '0000_a': 'create table a (id int);\ninsert into a values (1);' });
    const results = await Promise.all(Array.from({ length: 8 }, () => migrate(project)));
    expect(results.flatMap((result) => tagsOf(result))).toEqual(['0000_a']);
    expect(await database.query('select count(*)::int as n from a')).toEqual([{ n: 1 }]);
  });

  test('one that may not wait says who holds the lock, and changes nothing', async () => {
    const { database, project } = await setup({ '0000_slow': 'select pg_sleep(3);' });
    const stop = new AbortController();
    let started: () => void = () => {};
    const hasStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    const onEvent = ({ type }: MigrationEvent) => (type === 'step-started' ? started() : undefined);
    const slow = expect(migrate(project, { signal: stop.signal, onEvent })).rejects.toThrow('enough');
    await hasStarted;
    const error = await failureOf(migrate(project, { lockWaitMs: 0 }));
    expect([error.code, error.exitCode]).toEqual(['lock-not-obtained', 4]);
    expect(error.message).toMatch(
      /^Another migration run holds the lock of drizzle\.__drizzle_migrations; gave up after [\d.]+ s\.$/,
    );
    expect(error.where).toMatch(
      /^pid \d+ \(migrator lock, postgres@127\.0\.0\.1, idle in transaction since [\d:]+ UTC\)/,
    );
    expect(error.state).toBe('Nothing was changed by this run.');
    stop.abort(new Error('enough'));
    await slow;
    expect(await readTracking(database)).toEqual([]);
  });
});

function shownOf({ code, exitCode, message, where, detail, state, fix }: MigratorError) {
  return { code, exitCode, message, where, detail, state, fix };
}

function blocking({ findings = [] }: MigratorError): string[] {
  return findings.filter(({ severity }) => severity === 'error').map(({ code, tag }) => `${code} ${tag}`);
}

async function tablesOf({ query }: TestDatabase): Promise<unknown[]> {
  const rows = await query(`select tablename from pg_tables where schemaname = 'public' order by 1`);
  return rows.map(({ tablename }) => tablename);
}

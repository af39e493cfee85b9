import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type MigrateOptions, migrate } from '../../src/api/migrate.js';
import { status } from '../../src/api/status.js';
import type { MigrationEvent } from '../../src/core/types.js';
import { failureOf } from '../setup/cli.js';
import { createDatabase, createRole } from '../setup/database.js';
import { startPgbouncer } from '../setup/pgbouncer.js';
import { openSession, projectOf, startCli, until } from './harness.js';

const BREAK = '\n--> statement-breakpoint\n';

async function setup(files: Readonly<Record<string, string>>, prepare = 'select 1') {
  const database = await createDatabase();
  await database.query(prepare);
  const { root, migrationsFolder, edit } = projectOf(files);
  const project = { database: database.url, migrationsFolder };
  const run = (options: MigrateOptions = {}) => migrate(project, options);
  return { database, root, project, run, edit };
}

const tables = `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'i') and n.nspname in ('public', 'tenant') order by 1`;

const namesOf = (rows: readonly { name?: unknown }[]) => rows.map(({ name }) => name);

describe('what a file sets for its session', () => {
  const schemas = 'create schema tenant; create table public.t (x int)';

  test('is set again when the file is resumed', async () => {
    const { database, run } = await setup(
      {
        '0000_tenant': [
          'set search_path to tenant',
          'create table t (x int)',
          'insert into t values (1), (1)',
          'create unique index concurrently ti on t (x)',
          'create table after_it (x int)',
        ].join(BREAK),
      },
      schemas,
    );
    expect((await failureOf(run())).code).toBe('statement-failed');
    await database.query('delete from tenant.t where ctid = (select min(ctid) from tenant.t)');
    await run();
    expect(namesOf(await database.query(tables))).toEqual(['public.t', 'tenant.after_it', 'tenant.t', 'tenant.ti']);
  });

  test('is not there for the next file, as in a run of its own', async () => {
    const { database, run } = await setup(
      { '0000_a': 'set search_path to tenant; create table a (x int);', '0001_b': 'create table b (x int);' },
      schemas,
    );
    await run();
    expect(namesOf(await database.query(tables))).toEqual(['public.b', 'public.t', 'tenant.a']);
  });

  test('another role may own what is made, and need know nothing of the tracking table', async () => {
    const database = await createDatabase();
    const role = await createRole(database);
    await database.query(`grant create, usage on schema public to "${role.name}"`);
    const { migrationsFolder } = projectOf({
      '0000_a': `set role "${role.name}"; create table a (x int);`,
      '0001_b': `set role "${role.name}"${BREAK}create index concurrently ai on a (x)${BREAK}create table b (x int)`,
      '0002_c': 'create table c (x int);',
    });
    expect((await migrate({ database: database.url, migrationsFolder })).done).toHaveLength(3);
    expect(
      await database.query(
        `select relname, pg_get_userbyid(relowner) = '${role.name}' as theirs from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
      ),
    ).toEqual([
      { relname: 'a', theirs: true },
      { relname: 'b', theirs: true },
      { relname: 'c', theirs: false },
    ]);
  });

  test('a temporary table is gone when the file is resumed: that is refused, and said', async () => {
    const { run } = await setup({
      '0000_a': [
        'create temp table ids (x int)',
        'create table a (x int)',
        'create index concurrently ai on b (x)',
      ].join(BREAK),
    });
    expect((await failureOf(run())).code).toBe('statement-failed');
    const error = await failureOf(run());
    expect(error.findings).toMatchObject([{ code: 'session-state-lost', at: { line: 1 } }]);
  });

  test('RESET ALL takes nothing of ours along', async () => {
    const { run, database } = await setup({
      '0000_a': 'reset all; discard temp;',
      '0001_b': `create table seen as select current_setting('application_name') as name`,
    });
    expect((await run()).done).toHaveLength(2);
    expect(await database.query('select name from seen')).toEqual([{ name: expect.stringMatching(/^migrator\//) }]);
  });
});

describe('an INVALID index', () => {
  test('is not taken for the real one by a plain IF NOT EXISTS', async () => {
    const { database, run } = await setup(
      { '0000_a': 'create unique index if not exists ti on t (x);' },
      'create table t (x int); insert into t values (1), (1)',
    );
    await database.query('create unique index concurrently ti on t (x)').catch(() => {});
    expect((await failureOf(run())).message).toContain('could not create unique index');
    await database.query('delete from t where ctid = (select min(ctid) from t)');
    await run();
    expect(await database.query(`select indisvalid from pg_index where indexrelid = 'ti'::regclass`)).toEqual([
      { indisvalid: true },
    ]);
  });

  test('is dropped although VACUUM is at work on its table', async () => {
    const { database, run } = await setup(
      { '0000_a': 'create index if not exists ti on t (x);' },
      'create table t (x int); insert into t values (1), (1)',
    );
    await database.query('create unique index concurrently ti on t (x)').catch(() => {});
    // What VACUUM holds, for as long as the test needs it.
    const vacuum = await openSession(database.url);
    await vacuum.run('begin; lock table t in share update exclusive mode');
    const events: MigrationEvent[] = [];
    const ran = run({ timeouts: { lockTimeoutMs: 200, lockRetries: 50 }, onEvent: (event) => events.push(event) });
    await until(() => events.some(({ type }) => type === 'retrying'), 'the second attempt');
    await vacuum.run('commit');
    await ran;
    expect(await database.query(`select indisvalid from pg_index where indexrelid = 'ti'::regclass`)).toEqual([
      { indisvalid: true },
    ]);
  });

  test('that another session is building is waited for, not dropped', async () => {
    const { database, run } = await setup(
      { '0000_a': 'create index concurrently if not exists ti on t (x);' },
      'create table t (x int)',
    );
    const reader = await openSession(database.url);
    await reader.run('begin isolation level repeatable read; insert into t values (1)');
    const builder = await openSession(database.url);
    // postgres.js sends nothing until somebody waits for it.
    const built = builder.run('create index concurrently ti on t (x)').then(() => {});
    await until(
      async () => (await database.query('select from pg_stat_progress_create_index')).length > 0,
      'the build',
    );
    const events: MigrationEvent[] = [];
    const ran = run({ onEvent: (event) => events.push(event) });
    await until(
      () => events.some((event) => event.type === 'notice' && event.message.includes('waiting for its end')),
      'the wait',
    );
    await reader.run('commit');
    await built;
    await ran;
    expect(await database.query(`select indisvalid from pg_index where indexrelid = 'ti'::regclass`)).toEqual([
      { indisvalid: true },
    ]);
  });
});

test('a failure behind a COMMIT that nobody could read is not recorded as applied, also behind a pooler', async () => {
  const rows = Array.from({ length: 40_000 }, (_, n) => `insert into big values (${n}, '${'x'.repeat(80)}');`).join(
    '\n',
  );
  const { database, project } = await setup({
    '0000_big': `create table big (n int, t text);\ncommit;\n${rows}\ninsert into nope values (1);`,
  });
  const pooler = await startPgbouncer(database.url);
  onTestFinished(() => pooler.stop());
  const error = await failureOf(migrate({ ...project, database: pooler.through(database.url) }));
  expect(error.state).toContain('a COMMIT in the text');
  expect(await database.query('select * from drizzle.__drizzle_migrations')).toEqual([]);
});

test('times are read whatever the DateStyle of the database is', async () => {
  const { database, project, run } = await setup({ '0000_a': 'select 1;' });
  await database.query(`alter database "${database.name}" set datestyle = 'German'`);
  await run();
  expect((await status(project)).comparison.statuses[0]?.log?.finishedAt?.getFullYear()).toBeGreaterThan(2025);
});

test('a forced run that stops on the way is said, and goes on there', async () => {
  const { database, project, run, edit } = await setup(
    {
      '0000_a': ['create index concurrently if not exists ai on t (x)', 'insert into t values (1)', 'select 1'].join(
        BREAK,
      ),
    },
    'create table t (x int)',
  );
  await run();
  edit(
    '0000_a',
    ['create index concurrently if not exists ai on t (x)', 'insert into t values (1)', 'select nothing'].join(BREAK),
  );
  const error = await failureOf(run({ force: '0000_a' }));
  expect(error.state).toContain('`migrator migrate --force 0000_a` goes on behind them');
  const codes = async () =>
    (await status(project)).findings.map(({ code }) => code).filter((code) => code !== 'snapshot-missing');
  expect(await codes()).toEqual(['edited-migration', 'half-forced']);
  edit(
    '0000_a',
    ['create index concurrently if not exists ai on t (x)', 'insert into t values (1)', 'select 2'].join(BREAK),
  );
  await run({ force: '0000_a' });
  expect(await database.query('select count(*)::int as n from t')).toEqual([{ n: 2 }]);
  expect(await codes()).toEqual([]);
});

describe('a listener that fails stops the run in order', () => {
  const files = Object.fromEntries(
    Array.from({ length: 15 }, (_, n) => [`00${String(n).padStart(2, '0')}_t`, `create table t${n} (x int);`]),
  );

  test.each([
    [
      'throws',
      () => {
        throw new Error('full disk');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('full disk');
      },
    ],
  ])('one that %s', async (_, fail) => {
    const { database, run } = await setup(files);
    const error = await failureOf(
      run({ onEvent: (event) => (event.type === 'step-finished' ? (fail() as unknown as undefined) : undefined) }),
    );
    expect(error.message).toContain('full disk');
    expect(error.result?.done.length).toBeGreaterThan(0);
    const [{ rows = 0 } = {}] = await database.query<{ rows: number }>(
      'select count(*)::int as rows from drizzle.__drizzle_migrations',
    );
    expect(rows).toBeLessThan(15);
    expect((await run()).done).toHaveLength(15 - rows);
  });
});

describe('the process ends', () => {
  const env = (url: string) => ({ DATABASE_URL: url });

  test('at once after a failure before the first query', async () => {
    const { database, root } = await setup({ '0000_a': 'select 1;' });
    const run = startCli(root, ['migrate', '--to', 'nope'], env(database.url));
    await run.printed(/no migration `nope`/);
    const patience = setTimeout(() => run.child.kill('SIGKILL'), 8000);
    expect((await run.ended).code).toBe(2);
    clearTimeout(patience);
  });

  test.each([
    ['one silent server', 1],
    ['several', 2],
  ])('at a signal while it connects to %s', async (_, hosts) => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    onTestFinished(() => void silent.close());
    const connected = new Promise((resolve) => silent.once('connection', resolve));
    const { port } = silent.address() as { port: number };
    const { root } = projectOf({ '0000_a': 'select 1;' });
    const url = `postgres://u:p@${Array(hosts).fill(`127.0.0.1:${port}`).join(',')}/d${hosts > 1 ? '?target_session_attrs=read-write' : ''}`;
    const run = startCli(root, ['migrate'], env(url));
    await connected;
    run.child.kill('SIGINT');
    const patience = setTimeout(() => run.child.kill('SIGKILL'), 6000);
    expect((await run.ended).code, run.output()).toBe(130);
    clearTimeout(patience);
  });
});

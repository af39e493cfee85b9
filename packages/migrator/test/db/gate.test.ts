import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type MigrateOptions, migrate, plan } from '../../src/api/migrate.js';
import type { MigrationEvent } from '../../src/core/types.js';
import { MigratorError } from '../../src/errors/migrator-error.js';
import type { GateSettings } from '../../src/gate/settings.js';
import { HEARTBEAT_COLUMNS } from '../../src/gate/settings.js';
import { colorsFor, renderError } from '../../src/report/terminal.js';
import { failureOf, runCli } from '../setup/cli.js';
import { createDatabase, createRole, type TestDatabase } from '../setup/database.js';
import { startPgbouncer } from '../setup/pgbouncer.js';
import { makeProject, writeFiles } from '../setup/project.js';

const songs = { '0000_songs': 'create table songs (title text, name text);\n' };
const dropTitle = '-- migrator: phase=contract\nalter table songs drop column title;\n';
const release = { ...songs, '0001_drop_title': dropTitle };

const OLD = 'web/1.4.0 db/0.3.0 0000_songs';
const NEW = 'web/1.5.0 db/0.4.0 0001_drop_title';

/** A session that stays until the test ends, or until it is told to leave. */
async function connect(url: string, applicationName: string): Promise<{ leave(): Promise<void> }> {
  const sql = postgres(url, {
    max: 1,
    prepare: false,
    onnotice() {},
    connection: { application_name: applicationName },
  });
  let hasLeft = false;
  const leave = async () => {
    if (!hasLeft) await sql.end({ timeout: 1 });
    hasLeft = true;
  };
  onTestFinished(leave);
  await sql`select 1`;
  return { leave };
}

async function setup(migrations: Readonly<Record<string, string>> = release, gate?: GateSettings) {
  const database = await createDatabase();
  const project = makeProject(database, songs);
  await migrate(project);
  project.write(migrations);
  const gated = { ...project, ...(gate && { gate }) };
  const contract = (options: MigrateOptions = {}) => migrate(gated, { phase: 'contract', ...options });
  const columns = async () =>
    (
      await database.query<{ name: string }>(
        `select attname as name from pg_attribute where attrelid = 'songs'::regclass and attnum > 0 and not attisdropped`,
      )
    ).map(({ name }) => name);
  return { database, project: gated, contract, columns };
}

const clientsOf = ({ findings = [] }: MigratorError) =>
  findings.flatMap((finding) => ('clients' in finding ? (finding.clients as object[]) : []));

test('an application of before is named, and nothing is changed; who knows the migration is not in the way', async () => {
  const { database, project, columns } = await setup();
  await connect(database.url, OLD);
  await connect(database.url, OLD);
  await connect(database.url, NEW);
  await connect(database.url, 'psql');
  const other = await createDatabase();
  await connect(other.url, OLD);
  const run = (...argv: string[]) => runCli(project.root, 'migrate', '--phase', 'contract', ...argv);
  const masked = (text: string) =>
    text
      .replace(/pid [\d, ]+\)/g, 'pid 4711, 4712)')
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, '2026-11-23 03:12:31 UTC');
  const { exitCode, shown } = await run();
  expect(exitCode).toBe(3);
  expect(masked(shown)).toMatchInlineSnapshot(`
    "✗ The gate is closed: somebody may still use what \`0001_drop_title\` takes away. [gate-closed]

      ✗ \`0001_drop_title\` has to wait: web 1.4.0 may still use what it takes away. [gate-closed]
        at drizzle/0001_drop_title.sql
          web 1.4.0 (package 0.3.0, knows 0000_songs) as postgres on 127.0.0.1: 2 sessions (pid 4711, 4712), idle, since 2026-11-23 03:12:31 UTC
        Their statements would fail once it is gone; drizzle-kit asks nobody.
        Fix: Deploy the version that no longer uses it, then run \`migrator migrate --phase contract --wait 10m\`, which waits for the others to leave. All sessions are idle: where a pooler stands before the server, it keeps such for a while under the name of a client that may be gone; \`SELECT pg_terminate_backend(<pid>)\` ends one that was left behind.

      Nothing was changed; 1 migration is not applied.
    "
  `);
  const dry = await run('--dry-run');
  expect(dry.exitCode).toBe(3);
  expect(masked(dry.shown)).toMatchInlineSnapshot(`
    "-- Database user@host:5432/database
      ✗ \`0001_drop_title\` has to wait: web 1.4.0 may still use what it takes away. [gate-closed]
        at drizzle/0001_drop_title.sql
          web 1.4.0 (package 0.3.0, knows 0000_songs) as postgres on 127.0.0.1: 2 sessions (pid 4711, 4712), idle, since 2026-11-23 03:12:31 UTC
        Their statements would fail once it is gone; drizzle-kit asks nobody.
        Fix: Deploy the version that no longer uses it, then run \`migrator migrate --phase contract --wait 10m\`, which waits for the others to leave. All sessions are idle: where a pooler stands before the server, it keeps such for a while under the name of a client that may be gone; \`SELECT pg_terminate_backend(<pid>)\` ends one that was left behind.

    -- 0001_drop_title (1 statement, contract) drizzle/0001_drop_title.sql
    begin;
    set local lock_timeout = '3000ms';
    set local statement_timeout = 0;
    alter table songs drop column title;
    commit;

    This would be refused. Nothing was changed.
    "
  `);
  expect((await run('--json')).json).toMatchObject({
    ok: false,
    error: { code: 'gate-closed', exitCode: 3 },
    findings: [
      {
        code: 'gate-closed',
        tag: '0001_drop_title',
        clients: [{ app: 'web', version: '1.4.0', tag: '0000_songs', sessions: 2, host: '127.0.0.1', why: 'older' }],
      },
    ],
  });
  expect((await run('--dry-run', '--json')).json).toMatchObject({
    gate: { open: false, sessions: 3, ignored: 1, limited: false },
    findings: [{ code: 'gate-closed' }],
  });
  expect(await columns()).toEqual(['title', 'name']);
  // Nobody is asked, as ever.
  expect((await runCli(project.root, 'migrate')).exitCode).toBe(0);
  expect(await columns()).toEqual(['name']);
});

test('it waits for them, says who is left only when that changes, and goes on when they are gone', async () => {
  const { database, contract, columns } = await setup();
  const first = await connect(database.url, OLD);
  const second = await connect(database.url, 'worker/2.0.0 db/0.3.0 0000_songs');
  const events: MigrationEvent[] = [];
  const told = () => events.filter(({ type }) => type.startsWith('gate'));
  const until = async (count: number) => {
    while (told().length < count) await sleep(20);
  };
  const running = contract({ waitMs: 60_000, onEvent: (event) => events.push(event) });
  await until(1);
  await sleep(1200);
  expect(told()).toHaveLength(1);
  await first.leave();
  await until(2);
  // Whoever waits holds no lock.
  const parallel = contract({ waitMs: 60_000, lockWaitMs: 60_000 });
  await second.leave();
  const [done, other] = await Promise.all([running, parallel]);
  expect([...done.done, ...other.done].map(({ tag }) => tag)).toEqual(['0001_drop_title']);
  // Whichever of the two was first.
  expect(
    told()
      .slice(0, 2)
      .map((event) =>
        event.type === 'gate-waiting' ? event.gate.waiting[0]?.clients.map(({ app }) => app).sort() : event.type,
      ),
  ).toEqual([['web', 'worker'], ['worker']]);
  expect(await columns()).toEqual(['name']);
});

test('the wait comes to an end', async () => {
  const { database, project, columns } = await setup();
  await connect(database.url, 'postgres.js');
  const { exitCode, out, err } = await runCli(project.root, 'migrate', '--phase', 'contract', '--wait', '100ms');
  expect(exitCode).toBe(3);
  expect(out).toMatch(
    /waiting, for \d+ ms at most, for those who may still use what goes away:\n {6}0001_drop_title\n {8}`postgres.js` /,
  );
  expect(out).toContain("`migrator: { gate: { ignore: ['postgres.js'] } }`");
  expect(err).toMatch(
    /^✗ The gate is closed after \d+ s of waiting: somebody may still use what `0001_drop_title` takes/,
  );
  expect(await columns()).toEqual(['title', 'name']);
  // Named in the settings, it does not count.
  writeFiles(project.root, {
    'drizzle.config.json': {
      dialect: 'postgresql',
      out: './drizzle',
      dbCredentials: { url: database.url },
      migrator: { gate: { ignore: ['postgres*'] } },
    },
  });
  const done = await runCli(project.root, 'migrate', '--phase', 'contract');
  expect(done.out).toContain('The gate is open: nobody who uses what goes away is connected (0 sessions looked at; ');
  expect(done.exitCode).toBe(0);
});

test('a run that is stopped while it waits leaves nothing behind', async () => {
  const { database, contract, columns } = await setup();
  await connect(database.url, OLD);
  const stop = new AbortController();
  const reason = new MigratorError('interrupted', { message: 'Interrupted.' });
  const running = contract({
    waitMs: 60_000,
    signal: stop.signal,
    onEvent: ({ type }) => type === 'gate-waiting' && stop.abort(reason),
  });
  expect(await failureOf(running)).toBe(reason);
  expect(await columns()).toEqual(['title', 'name']);
});

describe('a role that may not see the sessions of others', () => {
  test('finds them all the same, by their names', async () => {
    const { database, project, columns } = await setup();
    const low = await createRole(database);
    await database.query(
      `grant create on database ${database.name} to ${low.name};
       alter table songs owner to ${low.name};
       grant usage, create on schema drizzle to ${low.name}; grant all on all tables in schema drizzle to ${low.name};
       grant all on all sequences in schema drizzle to ${low.name}`,
    );
    const mine = { ...project, database: database.as(low.name, low.password) };
    const old = await connect(database.url, OLD);
    const error = await failureOf(migrate(mine, { phase: 'contract' }));
    expect(error.code).toBe('gate-closed');
    expect(clientsOf(error)).toMatchObject([{ app: 'web', host: null, since: null, why: 'older' }]);
    expect(error.fix).toContain('`GRANT pg_read_all_stats`');
    await old.leave();
    const nameless = await connect(database.url, '');
    expect(clientsOf(await failureOf(migrate(mine, { phase: 'contract' })))).toMatchObject([
      { app: null, applicationName: null, why: 'no-version' },
    ]);
    await nameless.leave();
    await connect(database.url, NEW);
    await migrate(mine, { phase: 'contract' });
    expect(await columns()).toEqual(['name']);
  });
});

describe('who comes between the first question and the migration', () => {
  const slow = {
    ...songs,
    '0001_slow': 'select pg_advisory_xact_lock(4711);\n',
    '0002_drop_title': dropTitle,
    '0003_z': 'select 1;\n',
  };

  /** Starts a run, and an old application while `0001_slow` is at work. */
  async function comeMeanwhile<T>(database: TestDatabase, start: () => Promise<T>) {
    const holder = postgres(database.url, { max: 1, connection: { application_name: 'psql' } });
    onTestFinished(() => holder.end({ timeout: 1 }));
    await holder`select pg_advisory_lock(4711)`;
    const running = start();
    const waits = `select 1 from pg_locks where locktype = 'advisory' and objid = 4711 and not granted
      and database = (select oid from pg_database where datname = current_database())`;
    while ((await holder.unsafe(waits)).length === 0) await sleep(20);
    const old = await connect(database.url, OLD);
    await holder`select pg_advisory_unlock(4711)`;
    return { running, old };
  }

  test.each([
    { name: 'in a transaction', sql: dropTitle },
    { name: 'outside of one', sql: `${dropTitle}vacuum songs;\n` },
  ])('is asked about: what came before stays applied, the rest is not run ($name)', async ({ sql }) => {
    const { database, contract, columns } = await setup({ ...slow, '0002_drop_title': sql });
    const { running } = await comeMeanwhile(database, () => failureOf(contract()));
    const error = await running;
    expect(error).toMatchObject({
      code: 'gate-closed',
      state: 'Nothing of this migration was run. Applied by this run: 1; not run: 1.',
      result: { done: [{ tag: '0001_slow' }], failed: { tag: '0002_drop_title' }, notRun: ['0003_z'] },
    });
    expect(clientsOf(error)).toMatchObject([{ app: 'web' }]);
    expect(await columns()).toEqual(['title', 'name']);
  });

  test('with --atomic nothing is kept, and nobody is waited for with locks in hand', async () => {
    const { database, contract, columns } = await setup(slow);
    const { running } = await comeMeanwhile(database, () => failureOf(contract({ atomic: true, waitMs: 60_000 })));
    expect(await running).toMatchObject({ code: 'gate-closed', result: { done: [] } });
    expect(await columns()).toEqual(['title', 'name']);
    expect(await database.query('select count(*)::int as rows from drizzle.__drizzle_migrations')).toEqual([
      { rows: 1 },
    ]);
  });

  test('with time left it is waited for', async () => {
    const { database, contract, columns } = await setup(slow);
    const events: string[] = [];
    const { running, old } = await comeMeanwhile(database, () =>
      contract({ waitMs: 60_000, onEvent: ({ type }) => events.push(type) }),
    );
    while (!events.includes('gate-waiting')) await sleep(20);
    expect(await columns()).toEqual(['title', 'name']);
    await old.leave();
    expect((await running).done).toHaveLength(3);
    expect(events).toContain('gate-open');
    expect(await columns()).toEqual(['name']);
  });
});

test('a saved plan can be made while the gate is closed, and is asked when it runs', async () => {
  const { database, project } = await setup();
  const old = await connect(database.url, OLD);
  const saved = await runCli(project.root, 'migrate', '--phase', 'contract', '--plan-out', 'plan.json');
  expect(saved.exitCode).toBe(0);
  expect(saved.out).toContain('Saved.');
  const run = () => runCli(project.root, 'migrate', '--plan', 'plan.json', '--wait', '10ms', '--json');
  expect(await run()).toMatchObject({ exitCode: 3, json: { error: { code: 'gate-closed' } } });
  await old.leave();
  expect(await run()).toMatchObject({ exitCode: 0, json: { done: [{ tag: '0001_drop_title' }] } });
});

test('upon a new database nobody is in the way', async () => {
  const database = await createDatabase();
  await connect(database.url, '');
  const project = makeProject(database, release);
  expect((await migrate(project, { phase: 'contract' })).done).toHaveLength(2);
});

test('--wait without --phase contract is wrong usage', async () => {
  const { project } = await setup();
  for (const phase of [[], ['--phase', 'expand']])
    expect((await runCli(project.root, 'migrate', ...phase, '--wait', '1m')).exitCode).toBe(2);
});

describe('the heartbeat table', () => {
  const heartbeat = { schema: 'public', table: 'app_instances', columns: HEARTBEAT_COLUMNS, freshMs: 60_000 };
  const gate: GateSettings = { ignore: [], heartbeat };
  const table = `create table app_instances (app text, app_version text, package_version text, schema_tag text, host text,
    started_at timestamptz default now(), seen_at timestamptz default now());\n`;

  test('says who runs behind a pooler, as long as it is fresh', async () => {
    const { database, project, contract } = await setup(release, gate);
    await database.query(table);
    await database.query(
      `insert into app_instances values (E'::error::\\nx postgres://u:hunter2@h/d', '1', '1', '0000_songs', 'pod-6', now() - interval '2 hours', now()), ('web', '1.4.0', '0.3.0', '0000_songs', 'pod-7', now() - interval '1 hour', now() - interval '59 s'),
         ('worker', '1', '0.3.0', '0000_songs', 'pod-8', now(), now() - interval '61 s'), ('web', '1.5.0', '0.4.0', '0001_drop_title', 'pod-9', now(), now())`,
    );
    const error = await failureOf(contract());
    // What somebody has written there is printed on one line, and without passwords.
    const told = renderError(error, colorsFor(false));
    expect(told).toContain(
      '\n      `::error:: x postgres://u:***@h/d` 1 (package 1, knows 0000_songs) on pod-6: 1 process ',
    );
    expect(clientsOf(error)).toMatchObject([
      { host: 'pod-6' },
      { app: 'web', version: '1.4.0', packageVersion: '0.3.0', host: 'pod-7', instances: 1, sessions: 0 },
    ]);
    await database.query(
      `update app_instances set seen_at = now() - interval '2 min' where host in ('pod-6', 'pod-7')`,
    );
    expect((await plan(project, { phase: 'contract' })).gate).toMatchObject({ open: true, instances: 1 });
    // Without a time it cannot be known to be gone.
    await database.query(`update app_instances set seen_at = null where host = 'pod-7'`);
    expect((await failureOf(contract())).code).toBe('gate-closed');
  });

  test('that cannot be read does not open the gate', async () => {
    const { database, project, contract, columns } = await setup(release, gate);
    const why = async () => {
      const { code, message, exitCode } = await failureOf(contract());
      return {
        code,
        exitCode,
        message: message.replace('Who still uses what contract migrations take away cannot be told: ', ''),
      };
    };
    const unreadable = { code: 'gate-unreadable', exitCode: 4 };
    expect(await why()).toEqual({ ...unreadable, message: 'the heartbeat table public.app_instances is not there.' });
    await database.query('create table app_instances (seen_at timestamp, schema_tag text)');
    expect(await why()).toEqual({
      ...unreadable,
      message: 'the heartbeat table public.app_instances has no column `seen_at` of type timestamptz.',
    });
    await database.query('drop table app_instances; create table app_instances (seen_at timestamptz)');
    expect(await why()).toEqual({
      ...unreadable,
      message: 'the heartbeat table public.app_instances has no column `schema_tag`.',
    });
    await database.query(`drop table app_instances; ${table}`);
    const low = await createRole(database);
    await database.query(
      `grant usage on schema drizzle to ${low.name}; grant select on all tables in schema drizzle to ${low.name}`,
    );
    const mine = { ...project, database: database.as(low.name, low.password) };
    const refused = await failureOf(plan(mine, { phase: 'contract' }));
    expect(refused).toMatchObject({
      ...unreadable,
      fix: 'Grant our role the right to read it: `GRANT USAGE ON SCHEMA public TO …; GRANT SELECT ON public.app_instances TO …`.',
    });
    await database.query(
      `grant select on app_instances to ${low.name}; alter table app_instances enable row level security`,
    );
    expect((await failureOf(plan(mine, { phase: 'contract' }))).message).toContain('has row level security');
    const holder = postgres(database.url, { max: 1, connection: { application_name: 'psql' } });
    onTestFinished(() => holder.end({ timeout: 1 }));
    await holder.begin(async (sql) => {
      await sql.unsafe('lock table app_instances in access exclusive mode');
      expect(await why()).toEqual({ ...unreadable, message: 'canceling statement due to lock timeout (55P03).' });
    });
    expect(await columns()).toEqual(['title', 'name']);
  });

  test('that a migration of the same run makes has nobody in it yet', async () => {
    const { contract, columns } = await setup(
      { ...songs, '0001_drop_title': dropTitle, '0002_instances': table },
      gate,
    );
    await contract();
    expect(await columns()).toEqual(['name']);
  });
});

test('behind PgBouncer the last client names the idle connection, with or without its address', async () => {
  const { database, project, contract } = await setup();
  const pooler = await startPgbouncer(database.url, { application_name_add_host: 1 });
  onTestFinished(() => pooler.stop());
  const old = await connect(pooler.through(database.url), OLD);
  await old.leave();
  const error = await failureOf(contract());
  expect(error.code).toBe('gate-closed');
  expect(clientsOf(error)).toMatchObject([{ app: 'web', tag: '0000_songs', why: 'older', idle: 1 }]);
  expect(error.fix).toContain('All sessions are idle: where a pooler stands before the server');
  // Through the pooler that connection becomes our own, and whoever is idle there cannot be seen: that is said.
  const through = { ...project, database: pooler.through(database.url) };
  expect((await plan(through, { phase: 'contract' })).findings).toMatchObject([
    { code: 'gate-open', severity: 'warning' },
  ]);
});

import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CheckResult, doctor } from '../../src/api/doctor.js';
import { Session } from '../../src/database/session.js';
import { readTarget } from '../../src/database/target.js';
import { judgeClocks } from '../../src/doctor/checks/clock.js';
import { judgeLogin } from '../../src/doctor/checks/connection.js';
import { judgeDrizzle } from '../../src/doctor/checks/drizzle.js';
import { judgeEmbedded } from '../../src/doctor/checks/embedded.js';
import { openFor } from '../../src/doctor/checks/long-transactions.js';
import { judgeNode } from '../../src/doctor/checks/node.js';
import { judgePgDump } from '../../src/doctor/checks/pg-dump.js';
import { judgePooler } from '../../src/doctor/checks/pooler.js';
import { judge as judgeServer } from '../../src/doctor/checks/server-version.js';
import { judgeTls } from '../../src/doctor/checks/tls.js';
import { type Check, type CheckOutcome, checks, examine, Reader } from '../../src/doctor/index.js';
import { readEverything } from '../setup/catalog.js';
import { runCli } from '../setup/cli.js';
import { createDatabase, createRole, type TestDatabase } from '../setup/database.js';
import { FIRST, makeFolder, makeProject, writeFiles } from '../setup/project.js';

const SONGS = { '0000_songs': 'create table songs (id int primary key);\n' };

async function setup(url?: (database: TestDatabase) => string | Promise<string>) {
  const database = await createDatabase();
  const project = makeProject(database, SONGS);
  expect(await runCli(project.root, 'migrate')).toMatchObject({ exitCode: 0 });
  const login = (await url?.(database)) ?? database.url;
  const look = async () => {
    const before = await readEverything(database);
    const report = await doctor({ ...project, database: login });
    expect(await readEverything(database)).toEqual(before);
    return Object.assign(report, { of: (id: string) => report.checks.find((check) => check.id === id) as CheckResult });
  };
  return { database, project, look };
}

async function open({ url }: TestDatabase): Promise<Session> {
  const session = await Session.open(readTarget({ url }, {}), { applicationName: 'test' });
  onTestFinished(() => session.close());
  return session;
}

/** What checks find in a database, without the rest of a project. */
async function made(list: readonly Check[], given?: TestDatabase) {
  const database = given ?? (await createDatabase());
  const target = readTarget({ url: database.url }, {});
  const reader = new Reader(target, undefined);
  onTestFinished(() => reader.close());
  await reader.connect();
  const tracking = { schema: 'drizzle', table: '__drizzle_migrations' };
  const folder = { root: '/', config: undefined, migrationsFolder: '/nowhere', relativeTo: '/' };
  const patient = { ...folder, tracking, usesEmbedded: false, target, reader, now: () => 0 };
  const results = await examine(patient, list, {});
  return {
    database,
    results: results.map(({ id, status, message, fix }) => [id, status, message, fix].filter(Boolean).join(' ')),
  };
}

describe('doctor', () => {
  test('of a sound project: every check is made, nothing fails, and nothing is changed', async () => {
    const { project, look } = await setup();
    const report = await look();
    expect(report.checks.map(({ id }) => id)).toEqual(checks.map(({ id }) => id));
    expect(report).toMatchObject({ ok: true, exitCode: 0, counts: { fail: 0, unknown: 0 } });
    expect(report.of('privileges').message).toMatch(/^`\w+` may do everything: it is a superuser\.$/);
    const run = await runCli(project.root, 'doctor');
    expect(run.exitCode).toBe(0);
    expect(run.out).toMatch(/✓ Connection: \w+@127\.0\.0\.1:\d+\/\w+ answers in [\d.]+ ms; the log-in took \d+ ms\.\n/);
    expect(run.out).toMatch(/\nNothing failed\..* Nothing was changed\.\n$/);
    const { json } = await runCli(project.root, 'doctor', '--json');
    expect(json).toMatchObject({ command: 'doctor', ok: true, exitCode: 0 });
    expect((json.checks as CheckResult[]).map(({ id }) => id)).toEqual(checks.map(({ id }) => id));
  });

  test('nobody listens: that fails, what needs no database is looked into all the same', async () => {
    const { project, look } = await setup(() => 'postgres://somebody:hidden@127.0.0.1:9/music');
    const report = await look();
    expect(report).toMatchObject({ ok: false, exitCode: 4 });
    expect(report.of('connection')).toMatchObject({
      status: 'fail',
      message: 'Nothing listens there: the connection was refused. (somebody@127.0.0.1:9/music)',
      fix: 'Start the server, or correct host and port of the database URL.',
      exitCode: 4,
    });
    expect(report.of('folder').status).toBe('ok');
    expect(report.of('privileges')).toMatchObject({ status: 'unknown', message: 'There is no connection.' });
    const run = await runCli(project.root, 'doctor', '--url', 'postgres://somebody:hidden@127.0.0.1:9/music');
    expect(run.exitCode).toBe(4);
    expect(run.out + run.err).not.toContain('hidden');
  });

  test('the embedded server is not started', async () => {
    const root = makeFolder();
    writeFiles(root, { 'drizzle.config.json': { dialect: 'postgresql' } });
    const report = await doctor({ root, migrationsFolder: `${root}/drizzle`, database: undefined });
    const of = (id: string) => report.checks.find((check) => check.id === id);
    expect(report).toMatchObject({ ok: true, database: undefined });
    expect(of('connection')).toMatchObject({ status: 'unknown', fix: 'Start it: `migrator db up`.' });
    expect(of('embedded')?.message).toMatch(/^Not running; the next command that needs it starts it\./);
    expect(of('folder')).toMatchObject({ status: 'warn', message: 'There are no migrations yet.' });
  });

  test('no config: that fails, and all that can be known without one is looked into', async () => {
    const database = await createDatabase();
    const root = makeFolder();
    const run = await runCli(root, 'doctor', '--url', database.url);
    expect(run.exitCode).toBe(2);
    expect(run.out).toContain(
      `✗ Config: There is no drizzle.config.ts in this folder or above it. (${root})\n    Remedy: Run the command in a folder that has one, or name it with \`--config path/to/drizzle.config.ts\`.\n`,
    );
    expect(run.out).toContain(
      '? Migrations folder: There are none in `drizzle`; the config would say where they are.\n    Remedy: Mend the config.\n',
    );
    expect(run.out).toMatch(/✓ Connection: .*✓ Privileges: .*\n1 check failed\./s);
    writeFiles(root, { 'drizzle/meta/_journal.json': { version: '7', dialect: 'postgresql', entries: [] } });
    writeFiles(root, { 'drizzle.config.json': { dialect: 'mysql', out: 5 } });
    const { json, exitCode } = await runCli(root, 'doctor', '--json');
    const of = (id: string) => (json.checks as CheckResult[]).find((check) => check.id === id);
    expect(exitCode).toBe(2);
    expect(of('config')).toMatchObject({
      status: 'fail',
      exitCode: 2,
      message: `The config is for dialect \`mysql\`; migrator knows PostgreSQL only. (${root}/drizzle.config.json)`,
      fix: "Set `dialect: 'postgresql'`.",
      details: ['Other faults:', '- `out` must be a string, not number.'],
    });
    expect(of('connection')).toMatchObject({
      status: 'unknown',
      message: 'No database is known without the config.',
      fix: 'Mend the config, or pass `--url`.',
    });
    expect(of('privileges')).toMatchObject({ status: 'unknown', message: 'There is no connection.' });
    expect(of('embedded')).toMatchObject({ status: 'ok', message: 'Not in use: there is no config that means it.' });
    expect(of('folder')).toMatchObject({ status: 'ok', message: '0 migrations, nothing wrong with the files.' });
  });

  test('a broken folder fails with the exit code of findings', async () => {
    const { project, look } = await setup();
    project.write([{ tag: '0000_songs', sql: 'create table songs (id int primary key);\n' }]);
    writeFiles(project.root, {
      'drizzle/meta/_journal.json': {
        version: '7',
        dialect: 'postgresql',
        entries: [{ idx: 0, version: '7', when: FIRST, tag: '0000_gone', breakpoints: true }],
      },
    });
    const report = await look();
    expect(report.exitCode).toBe(3);
    expect(report.of('folder')).toMatchObject({ status: 'fail', exitCode: 3 });
    expect(report.of('folder').details?.join('\n')).toContain('file-missing 0000_gone');
  });

  test('a journal that is none fails as it does everywhere, and hides nothing', async () => {
    const { project, look } = await setup();
    writeFiles(project.root, { 'drizzle/meta/_journal.json': '{' });
    const report = await look();
    expect(report.of('folder')).toMatchObject({ status: 'fail', exitCode: 3 });
    expect(report.of('privileges').status).toBe('ok');
    expect(report.counts.fail).toBe(1);
  });

  test('an invalid index is named, with what mends it', async () => {
    const { database, look } = await setup();
    await database.query('alter table songs add name text; insert into songs values (1, $$a$$), (2, $$a$$)');
    await database.query('create unique index concurrently songs_name on songs (name)').catch(() => {});
    expect((await look()).of('invalid-indexes')).toMatchObject({
      status: 'warn',
      fix: '`reindex index concurrently public.songs_name`, or `drop index concurrently public.songs_name`.',
      details: ['public.songs_name on songs'],
    });
    await database.query('drop index songs_name');
    expect((await look()).of('invalid-indexes').status).toBe('ok');
  });

  test('limits of the role, with where they are set', async () => {
    const { database, look } = await setup();
    await database.query(`alter database ${database.name} set statement_timeout = '30s'`);
    await database.query(`alter database ${database.name} set lock_timeout = '2s'`);
    expect((await look()).of('time-limits')).toMatchObject({
      status: 'warn',
      fix: expect.stringMatching(
        /^Give migrations a role without limits: `alter role \w+ set statement_timeout = 0`, unless the URL sets it\.$/,
      ),
      details: ['lock_timeout = 2 s, of the database', 'statement_timeout = 30 s, of the database'],
    });
    await database.query(`alter database ${database.name} set statement_timeout = '10min'`);
    expect((await look()).of('time-limits').status).toBe('ok');
  });

  test('an old transaction is named; one that has just begun is none', async () => {
    const { database, look } = await setup();
    const session = await open(database);
    await session.run('begin; lock table songs in share mode');
    const [{ pid } = {}] = await session.rows('select pg_backend_pid() as pid');
    expect((await look()).of('long-transactions').status).toBe('ok');
    const { results } = await made([openFor('0 seconds')], database);
    expect(results).toEqual([
      expect.stringMatching(/^long-transactions warn One transaction has been open for more than 0 seconds/),
    ]);
    expect(results[0]).toContain(`pg_terminate_backend(${String(pid)})`);
    await database.query(`alter database ${database.name} set track_activities = off`);
    await session.run('rollback');
    const silent = await open(database);
    await silent.run('begin; lock table songs in share mode');
    expect((await look()).of('long-transactions')).toMatchObject({
      status: 'unknown',
      message: 'There are sessions with `track_activities = off`: the server does not say what they do.',
      fix: 'Turn it on where it is off: `alter system`, `alter database` or `alter role … reset track_activities`.',
    });
  });
});

describe('what the role may do', () => {
  const asRole = (prepare: (database: TestDatabase, name: string) => Promise<unknown>) =>
    setup(async (database) => {
      const role = await createRole(database);
      await prepare(database, role.name);
      return database.as(role.name, role.password);
    });

  test('nothing: the grants are named', async () => {
    const { look } = await asRole((database, name) =>
      database.query(`grant usage, create on schema drizzle to ${name}`),
    );
    const report = await look();
    expect(report.exitCode).toBe(4);
    expect(report.of('privileges')).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/^`role_\w+` may not write the table `drizzle\.__drizzle_migrations`\.$/),
      fix: expect.stringMatching(
        /^Let its owner run `grant select, insert, update, delete on "drizzle"\."__drizzle_migrations" to "role_/,
      ),
    });
  });

  test('not even to look', async () => {
    const { look } = await asRole(async () => {});
    expect((await look()).of('privileges')).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/^`role_\w+` may not look into the schema `drizzle`\.$/),
    });
  });

  test('no schema of its own', async () => {
    const { look } = await asRole((database) => database.query('drop schema drizzle cascade'));
    expect((await look()).of('privileges')).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/^`role_\w+` may not make the schema `drizzle` of the tracking table\.$/),
    });
  });

  test('tracking, but not the tables of others', async () => {
    const { look } = await asRole((database, name) =>
      database.query(
        `grant create, usage on schema drizzle, public to ${name}; grant all on all tables in schema drizzle to ${name};
         grant usage on all sequences in schema drizzle to ${name};
         do $$ begin for n in 1..30 loop execute format('create table other_%s (id int)', n); end loop; end $$`,
      ),
    );
    expect((await look()).of('privileges')).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(
        /^`role_\w+` may migrate, but 33 tables are not its own: ALTER TABLE would be refused there\.$/,
      ),
      fix: expect.stringMatching(
        /^Migrate as their owner, or let the owner run `alter table drizzle\.__drizzle_migrations owner to "role_\w+"`, and so on\.$/,
      ),
      details: expect.arrayContaining([
        expect.stringMatching(/^public\.songs of \w+, no foreign key may point at it$/),
      ]),
    });
  });

  test('the rows, but not the numbers of new ones', async () => {
    const { look } = await asRole((database, name) =>
      database.query(
        `grant create, usage on schema drizzle, public to ${name}; grant all on all tables in schema drizzle to ${name}`,
      ),
    );
    expect((await look()).of('privileges')).toMatchObject({
      status: 'fail',
      exitCode: 4,
      message: expect.stringMatching(
        /^`role_\w+` may write the tracking tables in `drizzle`, but not take the number of a new row: it may not use their sequences\.$/,
      ),
      fix: expect.stringMatching(
        /^Let their owner run `grant usage on all sequences in schema "drizzle" to "role_\w+"`\.$/,
      ),
    });
  });

  test('what it may not see, it does not call sound', async () => {
    const { database, look } = await asRole(async () => {});
    await database.query('insert into songs values (1)');
    const [writer, builder] = [await open(database), await open(database)];
    await writer.run('begin; insert into songs values (2)');
    const built = builder.run('create index concurrently songs_id on songs (id)');
    const index = `select from pg_class where relname = 'songs_id'`;
    await expect.poll(() => database.query(index), { timeout: 20_000 }).toHaveLength(1);
    const report = await look();
    expect(report.of('invalid-indexes')).toMatchObject({
      status: 'unknown',
      message: 'One index is invalid, or just being built: a session that builds one may not be looked into.',
      fix: 'Wait until it is done, or let a superuser run `grant pg_read_all_stats to <role>`. Drop nothing before.',
      details: ['public.songs_id on songs'],
    });
    expect(report.of('long-transactions')).toMatchObject({
      status: 'unknown',
      message: expect.stringMatching(/^\d+ sessions of other roles cannot be looked into\.$/),
      fix: 'Let a superuser run `grant pg_read_all_stats to <role>`.',
    });
    expect(report.of('clock')).toMatchObject({ status: 'unknown', fix: 'See the check of privileges.' });
    await writer.run('rollback');
    await built;
  });

  test('no statement that takes long: the remedy is for the place where the limit is set', async () => {
    let role = '';
    const { database, look } = await asRole((made, name) => {
      role = name;
      return made.query(`alter role ${name} set statement_timeout = '30s'`);
    });
    const remedy = async () => (await look()).of('time-limits').fix;
    expect(await remedy()).toBe(
      `Give migrations a role without limits: \`alter role ${role} reset statement_timeout\`.`,
    );
    await database.query(`alter role ${role} in database ${database.name} set statement_timeout = '20s'`);
    expect(await remedy()).toBe(
      `Give migrations a role without limits: \`alter role ${role} in database ${database.name} reset statement_timeout\`.`,
    );
  });

  test('read-only', async () => {
    const { look } = await asRole((database, name) =>
      database.query(`alter role ${name} set default_transaction_read_only = on`),
    );
    expect((await look()).of('privileges')).toMatchObject({
      status: 'fail',
      exitCode: 4,
      message: 'Sessions of this role are read-only here.',
    });
  });
});

describe('one check does not hide the others', () => {
  const check = (id: string, run: Check['run']): Check => ({ id, title: id, needs: 'database', timeLimit: 300, run });
  const asking = (id: string, query: string) =>
    check(id, async ({ reader }) => ({ status: 'ok', message: JSON.stringify(await reader.rows(query)) }));

  test('one that hangs, one that throws, one that is refused', async () => {
    const { database, results } = await made([
      asking('hangs', 'select pg_sleep(60)'),
      check('throws', () => {
        throw new Error('broken at postgres://me:secret@host/db');
      }),
      asking('wrong', 'select nothing_of_that_name'),
      asking('sound', 'select 1 as one'),
    ]);
    expect(results).toEqual([
      'hangs unknown No answer within 0.3 s. Run `migrator doctor` again; if it stays so, ask the server why.',
      'throws unknown It could not be found out: broken at postgres://me:***@host/db. Run `migrator doctor` again.',
      'wrong unknown It could not be found out: column "nothing_of_that_name" does not exist. Run `migrator doctor` again.',
      'sound ok [{"one":1}]',
    ]);
    // What hung was cancelled too.
    await expect
      .poll(() =>
        database.query(
          `select pid from pg_stat_activity where query ~ 'pg_sleep.60' and state = 'active' and pid <> pg_backend_pid()`,
        ),
      )
      .toEqual([]);
  });

  test('a check cannot write, even if it tries', async () => {
    const { results } = await made([asking('writes', 'create table mine (id int)')]);
    expect(results).toEqual([
      'writes unknown It could not be found out: cannot execute CREATE TABLE in a read-only transaction. Run `migrator doctor` again.',
    ]);
  });

  test('a server that hangs up is not one without TLS', async () => {
    const rude = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void rude.close());
    const { port } = rude.address() as { port: number };
    const root = makeFolder();
    const database = `postgres://me:secret@127.0.0.1:${port}/music`;
    const { checks: made } = await doctor({ root, migrationsFolder: root, database });
    expect(made.find(({ id }) => id === 'tls')).toMatchObject({
      status: 'unknown',
      message: expect.stringMatching(
        /^It could not be found out: (?:it closes the connection without an answer|.*ECONNRESET.*)\.$/,
      ),
    });
  });

  test('a server that takes connections and says nothing', async () => {
    const sockets = new Set<import('node:net').Socket>();
    const silent = createServer((socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const { port } = silent.address() as { port: number };
    const { project } = await setup();
    const report = await doctor({
      ...project,
      database: `postgres://me:secret@127.0.0.1:${port}/music?connect_timeout=1`,
    });
    const of = (id: string) => report.checks.find((each) => each.id === id);
    expect(of('connection')).toMatchObject({
      status: 'fail',
      exitCode: 4,
      message: expect.stringMatching(/^No answer within 1 s\./),
    });
    expect(of('tls')).toMatchObject({ status: 'unknown' });
    expect(of('pg-dump')).toBeDefined();
  });
});

describe('what is said of', () => {
  const judged = (outcome: CheckOutcome, expected: object) => {
    expect(outcome).toMatchObject(expected);
    // Whoever reads that something is wrong, reads what to do.
    expect(outcome.status === 'ok' || outcome.fix).toBeTruthy();
  };
  const DAY = 24 * 60 * 60 * 1000;
  const now = Date.UTC(2026, 10, 23);
  const certificate = {
    kind: 'tls',
    protocol: 'TLSv1.3',
    subject: 'db.example.org',
    issuer: 'Example CA',
    validFrom: now - DAY,
    validTo: now + 90 * DAY,
    untrusted: undefined,
    misnamed: undefined,
  } as const;
  const at = (mode: Parameters<typeof judgeTls>[1]['mode'], offer: object = {}) =>
    judgeTls({ ...certificate, ...offer }, { host: 'db.example.org', mode, now });

  test.each([
    [at({ verifyHost: true }), 'ok', 'TLSv1.3, with `sslmode=verify-full`.'],
    [
      at({ verifyHost: false }),
      'warn',
      'TLSv1.3, with `sslmode=verify-ca`: any server of the same authority could answer.',
    ],
    [
      at('require'),
      'warn',
      'TLSv1.3, but `sslmode=require` does not ask who answers: a machine in between could read and change everything.',
    ],
    [
      at(false),
      'warn',
      'The server offers it, and the URL does not ask for it: password and rows can be read on the way.',
    ],
    [
      at({ verifyHost: true }, { validTo: now - DAY }),
      'fail',
      'The certificate of the server has expired on 2026-11-22.',
    ],
    [at('require', { validTo: now - DAY }), 'warn', 'The certificate of the server has expired on 2026-11-22.'],
    [
      at({ verifyHost: true }, { validTo: now + 5 * DAY }),
      'warn',
      'The certificate of the server expires in 5 days, on 2026-11-28.',
    ],
    [
      at({ verifyHost: true }, { untrusted: 'SELF_SIGNED_CERT', validTo: now + 5 * DAY }),
      'fail',
      'The certificate of the server cannot be traced to an authority that is known here (SELF_SIGNED_CERT).',
    ],
    [
      at({ verifyHost: true }, { misnamed: "Host: db.example.org. is not cert's CN: db" }),
      'fail',
      "The certificate of the server is not one for `db.example.org`: Host: db.example.org. is not cert's CN: db",
    ],
    [
      at({ verifyHost: false }, { misnamed: 'another' }),
      'warn',
      'TLSv1.3, with `sslmode=verify-ca`: any server of the same authority could answer.',
    ],
    [
      judgeTls({ kind: 'none' }, { host: 'db.example.org', mode: false, now }),
      'warn',
      'The server offers none: password and rows can be read on the way.',
    ],
    [
      judgeTls({ kind: 'none' }, { host: '127.0.0.1', mode: false, now }),
      'ok',
      'The server offers none; the connection does not leave this machine.',
    ],
  ])('TLS: %#', (outcome, status, message) => {
    judged(outcome, { status, message });
  });

  test('TLS: the remedy is one that works', () => {
    expect(at('require').fix).toContain('`?sslmode=verify-full`');
    expect(at('require', { misnamed: 'another' }).fix).toContain('`?sslmode=verify-ca`');
    expect(at('require', { misnamed: 'another', untrusted: 'SELF_SIGNED_CERT' }).fix).toBe(
      'Get the certificate of the authority (Example CA), and use `?sslmode=verify-ca&sslrootcert=/path/ca.pem`.',
    );
  });

  test.each([
    [11, 'fail', 'Postgres 11.0 is older than what migrator works with.'],
    [14, 'warn', 'Postgres 14.0 has had its last release on 2026-11-12: faults in it stay.'],
    [16, 'ok', 'Postgres 16.0, maintained until 2028-11-09.'],
    [19, 'unknown', 'Postgres 19.0 is newer than this migrator, which knows versions up to 18.'],
  ])('Postgres %i', (major, status, message) => {
    judged(judgeServer(`${major}.0`, major, now), { status, message });
  });

  test.each([
    ['18.19.1', 'fail'],
    ['20.20.2', 'warn'],
    ['24.1.0', 'ok'],
    ['30.0.0', 'ok'],
  ])('Node %s', (version, status) => {
    judged(judgeNode(version, now), { status });
  });

  test.each([
    ['15.18', 18, 'warn'],
    ['18.1', 18, 'ok'],
    [undefined, 18, 'ok'],
    ['15.18', undefined, 'ok'],
  ])('pg_dump %s of a server %s', (installed, server, status) => {
    judged(judgePgDump(installed, server), { status });
  });

  test.each([
    ['0.31.5', '0.44.0', 'journal', 'ok'],
    ['1.0.0-rc.1', '1.0.0-rc.1', 'folders', 'ok'],
    ['1.0.0-rc.1', '1.0.0-rc.1', 'journal', 'warn'],
    ['0.31.5', '0.44.0', 'folders', 'fail'],
    ['0.31.5', '1.0.0-rc.1', 'journal', 'warn'],
    ['0.24.0', '0.33.0', 'journal', 'warn'],
    [undefined, undefined, undefined, 'warn'],
  ] as const)('drizzle-kit %s, drizzle-orm %s, layout %s', (kit, orm, layout, status) => {
    judged(judgeDrizzle({ kit, orm, layout }), { status });
  });

  test.each([
    [{ here: now, server: now + 500, journal: now - DAY, applied: now - DAY }, 'ok', /less than 1 s apart/],
    [{ here: now, server: now + 60_000, journal: undefined, applied: undefined }, 'warn', /60 s behind/],
    [
      { here: now, server: now, journal: now + DAY, applied: undefined },
      'warn',
      /^The newest migration is stamped 2026-11-24/,
    ],
    [{ here: now, server: now, journal: now, applied: now + DAY }, 'warn', /^The newest row of the tracking table/],
    [{ here: now, server: now, journal: now, applied: 'hidden' }, 'unknown', /^The clocks agree, but the role may not/],
  ] as const)('clocks: %#', (clocks, status, message) => {
    judged(judgeClocks(clocks), { status, message: expect.stringMatching(message) });
  });

  test.each([
    [{ login: 20, latency: 1.25 }, 'ok', 'app@db/music answers in 1.3 ms; the log-in took 20 ms.'],
    [{ login: 400, latency: 80 }, 'warn', 'app@db/music answers in 80.0 ms; the log-in took 400 ms.'],
  ])('the way there: %#', (login, status, message) => {
    judged(judgeLogin('app@db/music', login), { status, message });
  });

  test.each([
    ['db.example.org', 5432, false, 'ok', undefined],
    ['db.example.org', 6432, true, 'warn', /^Give migrations the direct URL of the server/],
    ['aws-0-eu.pooler.supabase.com', 6543, false, 'warn', /^Use Supabase's direct connection/],
    ['db.abc.supabase.co', 6543, false, 'warn', /^Use port 5432 of the same host\.$/],
    ['db.abc.supabase.co', 5432, false, 'ok', undefined],
    ['ep-x-pooler.eu.aws.neon.tech', 5432, true, 'warn', /without `-pooler`/],
  ] as const)('a pooler at %s:%i, another process %s', (host, port, pooled, status, fix) => {
    judged(judgePooler([{ host, port }], pooled), { status, ...(fix && { fix: expect.stringMatching(fix) }) });
  });

  const server = { version: '18.1', port: 6001, dataDirectory: '/data' };
  test.each([
    [
      { server, free: 2e9, answers: true },
      'ok',
      'Postgres 18.1 on port 6001, with its data in /data; 1.9 GB of disk are free.',
    ],
    [
      { server, free: 5e8, answers: true },
      'warn',
      'Postgres 18.1 on port 6001, with its data in /data; only 0.5 GB of disk are free.',
    ],
    [
      { server: undefined, free: 5e8, answers: false },
      'warn',
      'Not running; the next command that needs it starts it. Only 0.5 GB of disk are free.',
    ],
    [{ server, free: 1e7, answers: true }, 'fail', 'The disk of the embedded Postgres is full: 10 MB are free.'],
    [
      { server, free: 2e9, answers: false },
      'fail',
      'Postgres 18.1 on port 6001, with its data in /data, is running and takes no connection.',
    ],
  ] as const)('the embedded server: %#', (facts, status, message) => {
    judged(judgeEmbedded(facts), { status, message });
  });
});

import { describe, expect, test } from 'vitest';
import { readEverything } from '../setup/catalog.js';
import { runCli } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { drizzleOrmMigrate } from '../setup/drizzle-kit.js';
import { FIRST, type MigrationFile, makeProject } from '../setup/project.js';

const songs = { tag: '0000_songs', sql: 'create table songs (\n  id int\n);\n', when: FIRST };
const plays = {
  tag: '0001_plays',
  sql: 'create table plays (id int);\ncreate index on plays (id);\n',
  when: FIRST + 60_000,
};
const users = { tag: '0002_users', sql: 'create table users (id int);\n', when: FIRST + 120_000 };

/** A project whose database has `applied`, and whose folder says `now`. */
async function setup(now: readonly MigrationFile[], applied: readonly MigrationFile[] = []) {
  const database = await createDatabase();
  const project = makeProject(database, applied);
  if (applied.length > 0) expect(await runCli(project.root, 'migrate')).toMatchObject({ exitCode: 0, err: '' });
  project.write(now);
  const before = await readEverything(database);
  const run = (...argv: string[]) => runCli(project.root, ...argv);
  /** What is shown; nothing of it may have changed the database. */
  const shown = async (...argv: string[]) => {
    const result = await run(...argv);
    expect(await readEverything(database)).toEqual(before);
    return `exit ${result.exitCode}\n${result.shown}`;
  };
  return { database, project, run, shown };
}

describe('status', () => {
  test('of a project without migrations', async () => {
    const { shown } = await setup([]);
    expect(await shown('status', '--check')).toMatchInlineSnapshot(`
      "exit 0
      Database user@host:5432/database

      No migrations.

      Up to date. 0 applied.
      "
    `);
  });

  test('of a fresh database', async () => {
    const { shown } = await setup([songs, plays]);
    expect(await shown('status')).toMatchInlineSnapshot(`
      "exit 0
      Database user@host:5432/database

         migration   state    applied at (UTC)  by
      ·  0000_songs  pending
      ·  0001_plays  pending

      Not up to date: 0 applied, 2 pending; run \`migrator migrate\`.
      "
    `);
  });

  test('of an up-to-date database', async () => {
    const { shown } = await setup([songs, plays], [songs, plays]);
    expect(await shown('status', '--check')).toMatchInlineSnapshot(`
      "exit 0
      Database user@host:5432/database

         migration   state    applied at (UTC)     by
      ✓  0000_songs  applied  2025-06-01 12:00:00  me@here
      ✓  0001_plays  applied  2025-06-01 12:00:00  me@here

      Up to date. 2 applied.
      "
    `);
  });

  test('of a partly migrated database', async () => {
    const { shown } = await setup([songs, plays, users], [songs]);
    expect(await shown('status')).toMatchInlineSnapshot(`
      "exit 0
      Database user@host:5432/database

         migration   state    applied at (UTC)     by
      ✓  0000_songs  applied  2025-06-01 12:00:00  me@here
      ·  0001_plays  pending
      ·  0002_users  pending

      Not up to date: 1 applied, 2 pending; run \`migrator migrate\`.
      "
    `);
  });

  test('of one that drizzle-kit migrated', async () => {
    const { database, project, run } = await setup([songs, plays]);
    await drizzleOrmMigrate(project.migrationsFolder, database.url);
    expect((await run('status', '--check')).shown).toMatchInlineSnapshot(`
      "Database user@host:5432/database

         migration   state    applied at (UTC)  by
      ✓  0000_songs  applied  not logged        drizzle-kit or older
      ✓  0001_plays  applied  not logged        drizzle-kit or older

      Up to date. 2 applied.
      "
    `);
  });

  test('with one out of order', async () => {
    const { shown } = await setup([songs, plays, users], [songs, users]);
    expect(await shown('status')).toMatchInlineSnapshot(`
      "exit 0
      Database user@host:5432/database

         migration   state         applied at (UTC)     by
      ✓  0000_songs  applied       2025-06-01 12:00:00  me@here
      ✗  0001_plays  out of order
      ✓  0002_users  applied       2025-06-01 12:00:00  me@here

        ✗ \`0001_plays\` is not applied, but its \`when\` (1735689660000, 2025-01-01 00:01:00) is not later than that of \`0002_users\` (1735689720000, 2025-01-01 00:02:00), which is. [out-of-order]
          at drizzle/0001_plays.sql
          drizzle-kit skips it for ever and prints success.
          Fix: Run \`migrator migrate --out-of-order\` to apply it; \`migrator repair --restamp 0001_plays\` if no other database has it yet; \`migrator repair --mark-applied 0001_plays\` if this one has its changes already.

      Not up to date: 2 applied, 1 out of order; see the fixes above.
      "
    `);
  });

  test('with edited files', async () => {
    const edited = [
      { ...songs, sql: songs.sql.replaceAll('\n', '\r\n') },
      { ...plays, sql: `-- plays\n${plays.sql}` },
      { ...users, sql: 'create table users (id bigint);\n' },
    ];
    const { shown } = await setup(edited, [songs, plays, users]);
    expect(await shown('status')).toMatchInlineSnapshot(`
      "exit 0
      Database user@host:5432/database

         migration   state                  applied at (UTC)     by
      !  0000_songs  edited (line-endings)  2025-06-01 12:00:00  me@here
      !  0001_plays  edited (formatting)    2025-06-01 12:00:00  me@here
      !  0002_users  edited                 2025-06-01 12:00:00  me@here

        ! \`0000_songs\` was edited after it was applied: only its line endings differ (applied 83f44cc3, now 442070e3). [edited-migration]
          at drizzle/0000_songs.sql
          Databases old and new end up the same.
          Fix: Nothing must be done; \`migrator repair\` writes the new hash into the row.
        ! \`0001_plays\` was edited after it was applied: only white space, comments or spelling differ, the statements mean the same (applied c63f9ab1, now bbc8b370). [edited-migration]
          at drizzle/0001_plays.sql
          Databases old and new end up the same.
          Fix: Nothing must be done; \`migrator repair\` writes the new hash into the row.
        ! \`0000_songs\` has Windows line endings. [crlf-file]
          at drizzle/0000_songs.sql
          Its hash differs from that of the same file with Unix line endings on another machine.
          Fix: Add \`*.sql text eol=lf\` to .gitattributes and check the file out again, unless it is applied somewhere as it is.
        ✗ \`0002_users\` was edited after it was applied: its statements no longer mean the same (applied aa76ff90, now 90812198). [edited-migration]
          at drizzle/0002_users.sql
          A database made anew will differ from this one. drizzle-kit does not notice.
          Fix: Restore the file (\`migrator repair --restore 0002_users\`, or \`git log -- drizzle/0002_users.sql\`) and put the change into a new migration; or, if the edit is right for this database as it is, run \`migrator repair --accept 0002_users\`.

      Not up to date: 3 applied, 3 edited; see the fixes above.
      "
    `);
  });

  test('with unknown rows', async () => {
    const { shown } = await setup([songs], [songs, plays]);
    expect(await shown('status', '--check')).toMatchInlineSnapshot(`
      "exit 0
      Database user@host:5432/database

         migration         state    applied at (UTC)     by
      ✓  0000_songs        applied  2025-06-01 12:00:00  me@here
      ?  row 2 (c63f9ab1)  unknown

        ! Row 2 of the tracking table (1735689660000, 2025-01-01 00:01:00, c63f9ab1) belongs to no migration of this folder. [unknown-row]
          The database is ahead of this checkout, or a migration file was removed. drizzle-kit does not notice.
          Fix: Check out the branch that holds it, or restore the removed file; on a development database, \`migrator switch\` undoes what is not checked out; if neither will come back, run \`migrator repair --forget 2\`.

      Up to date. 1 applied, 1 unknown.
      "
    `);
  });

  test('with a changed stamp', async () => {
    const { shown } = await setup([songs, { ...plays, when: FIRST + 90_000 }], [songs, plays]);
    expect(await shown('status', '--check')).toMatchInlineSnapshot(`
      "exit 0
      Database user@host:5432/database

         migration   state      applied at (UTC)     by
      ✓  0000_songs  applied    2025-06-01 12:00:00  me@here
      !  0001_plays  restamped  2025-06-01 12:00:00  me@here

        ! \`0001_plays\` is applied, but its \`when\` was changed since: 1735689660000, 2025-01-01 00:01:00 in the database, 1735689690000, 2025-01-01 00:01:30 in the journal. [restamped-migration]
          at drizzle/0001_plays.sql
          drizzle-kit would run it a second time if the new \`when\` is the later one.
          Fix: Run \`migrator repair\`: it gives the row the time of the journal; or set \`when\` back to 1735689660000 in meta/_journal.json.

      Up to date. 2 applied.
      "
    `);
  });

  test('with a half-applied migration', async () => {
    const database = await createDatabase();
    const broken =
      'create table t (id int);\ncreate index concurrently i on t (id);\ncreate index concurrently j on t (missing);\n';
    const project = makeProject(database, { '0000_half': broken });
    expect((await runCli(project.root, 'migrate')).exitCode).toBe(4);
    expect((await runCli(project.root, 'status')).shown).toMatchInlineSnapshot(`
      "Database user@host:5432/database

         migration  state                                     applied at (UTC)  by
      ·  0000_half  pending (stopped after statement 2 of 3)

      Not up to date: 0 applied, 1 pending; run \`migrator migrate\`.
      "
    `);
  });

  test.each([
    ['is up to date', [songs], [songs], 0],
    ['has a pending migration', [songs, plays], [songs], 5],
    ['has one out of order', [songs, plays, users], [songs, users], 5],
    ['has an edited one', [{ ...songs, sql: 'select 1;' }], [songs], 5],
    ['has an edited one that means the same', [{ ...songs, sql: `\n${songs.sql}` }], [songs], 0],
  ])('--check exits by what it finds: a database that %s', async (_, now, applied, exitCode) => {
    const { run } = await setup(now, applied);
    expect((await run('status', '--check')).exitCode).toBe(exitCode);
    expect((await run('status')).exitCode).toBe(0);
  });

  test('--json is one document with everything the table says', async () => {
    const { run } = await setup([songs, plays, users], [songs, users]);
    const { exitCode, json } = await run('status', '--json', '--check');
    expect(exitCode).toBe(5);
    expect(json).toMatchObject({
      command: 'status',
      upToDate: false,
      database: expect.stringMatching(/^postgres@[\d.]+:\d+\/test_\w+$/),
      trackingTable: 'drizzle.__drizzle_migrations',
      migrations: [
        {
          tag: '0000_songs',
          state: 'applied',
          when: FIRST,
          path: 'drizzle/0000_songs.sql',
          hash: expect.stringMatching(/^[0-9a-f]{64}$/),
          row: { id: 1, createdAt: FIRST },
          appliedAt: expect.stringMatching(/^\d{4}-.*Z$/),
          appliedBy: expect.stringContaining('@'),
          tool: expect.stringMatching(/^migrator /),
        },
        { tag: '0001_plays', state: 'out-of-order' },
        { tag: '0002_users', state: 'applied' },
      ],
      unknownRows: [],
      findings: [{ code: 'out-of-order', severity: 'error', tag: '0001_plays', fix: expect.any(String) }],
    });
  });
});

describe('migrate', () => {
  test('shows what it applies, then that nothing is left', async () => {
    const { run } = await setup([songs, plays]);
    const first = await run('migrate');
    expect(`exit ${first.exitCode}\n${first.shown}`).toMatchInlineSnapshot(`
      "exit 0
      Database user@host:5432/database
      2 migrations to apply, 3 statements
        ✓ 0000_songs  5 ms
        ✓ 0001_plays  5 ms
      Applied 2 migrations in 5 ms.
      "
    `);
    const second = await run('migrate');
    expect(`exit ${second.exitCode}\n${second.shown}`).toMatchInlineSnapshot(`
      "exit 0
      Database user@host:5432/database
      Up to date: nothing to apply.
      "
    `);
  });

  test('refuses what is out of order, with the way out', async () => {
    const { shown } = await setup([songs, plays, users], [songs, users]);
    expect(await shown('migrate')).toMatchInlineSnapshot(`
      "exit 3
      ✗ Refused: one finding stands in the way. [refused]

        ✗ \`0001_plays\` is not applied, but its \`when\` (1735689660000, 2025-01-01 00:01:00) is not later than that of \`0002_users\` (1735689720000, 2025-01-01 00:02:00), which is. [out-of-order]
          at drizzle/0001_plays.sql
          drizzle-kit skips it for ever and prints success.
          Fix: Run \`migrator migrate --out-of-order\` to apply it; \`migrator repair --restamp 0001_plays\` if no other database has it yet; \`migrator repair --mark-applied 0001_plays\` if this one has its changes already.

        Nothing was changed; 1 migration is not applied.
      "
    `);
  });

  test('refuses an edited migration, with the way out', async () => {
    const { shown } = await setup([{ ...songs, sql: 'create table songs (id bigint);\n' }, plays], [songs]);
    expect(await shown('migrate')).toMatchInlineSnapshot(`
      "exit 3
      ✗ Refused: one finding stands in the way. [refused]

        ✗ \`0000_songs\` was edited after it was applied: its statements no longer mean the same (applied 83f44cc3, now 1fa81388). [edited-migration]
          at drizzle/0000_songs.sql
          A database made anew will differ from this one. drizzle-kit does not notice.
          Fix: Restore the file (\`migrator repair --restore 0000_songs\`, or \`git log -- drizzle/0000_songs.sql\`) and put the change into a new migration; or, if the edit is right for this database as it is, run \`migrator repair --accept 0000_songs\`.

        Nothing was changed; 1 migration is not applied.
      "
    `);
  });

  test('applies what is out of order where that is accepted', async () => {
    const { run } = await setup([songs, plays, users], [songs, users]);
    const { exitCode, shown } = await run('migrate', '--out-of-order');
    expect(`exit ${exitCode}\n${shown}`).toMatchInlineSnapshot(`
      "exit 0
      Database user@host:5432/database
      1 migration to apply, 2 statements
        ✓ 0001_plays  5 ms
      Applied 1 migration in 5 ms.
      "
    `);
  });

  test('says where a statement failed, and exits 4', async () => {
    const broken = { ...plays, sql: 'create table plays (id int);\ninsert into plays values (null, 1);\n' };
    const { run } = await setup([songs, broken, users]);
    const { exitCode, out, err, shown } = await run('migrate');
    expect([exitCode, out.includes('0000_songs'), err.includes('0000_songs')]).toEqual([4, true, false]);
    expect(shown).toMatchInlineSnapshot(`
      "Database user@host:5432/database
      3 migrations to apply, 4 statements
        ✓ 0000_songs  5 ms
        ✗ 0001_plays
      Applied 1 migration in 5 ms.
      ✗ \`0001_plays\` failed in statement 2 of 2: INSERT has more expressions than target columns (42601) [statement-failed]
        at drizzle/0001_plays.sql:2:33

          1 | create table plays (id int);
        > 2 | insert into plays values (null, 1);
            |                                 ^
          3 |

        Nothing of this migration was kept. Applied by this run: 1; not run: 1.
        Next: Correct drizzle/0001_plays.sql and run \`migrator migrate\` again.
      "
    `);
  });

  test('--json gives the result, also of a run that failed', async () => {
    const { run, project } = await setup([songs, plays]);
    expect((await run('migrate', '--json')).json).toEqual({
      command: 'migrate',
      ok: true,
      database: expect.stringMatching(/^postgres@127\.0\.0\.1:/),
      direction: 'up',
      done: [
        { tag: '0000_songs', statements: 1, durationMs: expect.any(Number) },
        { tag: '0001_plays', statements: 2, durationMs: expect.any(Number) },
      ],
      notRun: [],
      durationMs: expect.any(Number),
      findings: [],
    });
    project.write([songs, plays, { ...users, sql: 'selct 1;' }]);
    const failed = await run('migrate', '--json');
    expect([failed.exitCode, failed.err]).toEqual([4, '']);
    expect(failed.json).toMatchObject({
      command: 'migrate',
      ok: false,
      error: {
        code: 'statement-failed',
        exitCode: 4,
        where: 'drizzle/0002_users.sql:1:1',
        data: { sqlstate: '42601' },
      },
      result: { done: [], failed: { tag: '0002_users', statementsKept: 0 }, notRun: [] },
    });
  });
});

describe('migrate --dry-run', () => {
  test('prints the SQL with its transactions, and changes nothing', async () => {
    const odd = {
      tag: '0003_odd',
      sql: 'create index concurrently on users (id);\nvacuum users;\n',
      when: FIRST + 180_000,
    };
    const { shown } = await setup([songs, plays, users, odd], [songs]);
    expect(await shown('migrate', '--dry-run')).toMatchInlineSnapshot(`
      "exit 0
      -- Database user@host:5432/database
      -- 0001_plays (2 statements) drizzle/0001_plays.sql
      begin;
      set local lock_timeout = '3000ms';
      set local statement_timeout = 0;
      create table plays (id int);
      create index on plays (id);
      commit;

      -- 0002_users (1 statement) drizzle/0002_users.sql
      begin;
      set local lock_timeout = '3000ms';
      set local statement_timeout = 0;
      create table users (id int);
      commit;

      -- 0003_odd (2 statements) drizzle/0003_odd.sql
      -- CREATE INDEX CONCURRENTLY cannot run in a transaction
      -- outside of a transaction, without time limits
      create index concurrently on users (id);
      -- VACUUM cannot run in a transaction
      -- outside of a transaction, without time limits
      vacuum users;

      3 migrations would be applied. Nothing was changed.
      "
    `);
  });

  test('with --atomic prints one transaction', async () => {
    const { shown } = await setup([songs, plays]);
    expect(await shown('migrate', '--dry-run', '--atomic', '--lock-timeout', '10s')).toMatchInlineSnapshot(`
      "exit 0
      -- Database user@host:5432/database
      -- one transaction around everything
      begin;
      set local lock_timeout = '10000ms';
      set local statement_timeout = 0;

      -- 0000_songs (1 statement) drizzle/0000_songs.sql
      create table songs (
        id int
      );

      -- 0001_plays (2 statements) drizzle/0001_plays.sql
      create table plays (id int);
      create index on plays (id);

      commit;

      2 migrations would be applied. Nothing was changed.
      "
    `);
  });

  test('says that there is nothing to apply', async () => {
    const { shown } = await setup([songs], [songs]);
    expect(await shown('migrate', '--dry-run')).toMatchInlineSnapshot(`
      "exit 0
      -- Database user@host:5432/database
      Nothing to apply.
      "
    `);
  });

  test('exits as the real run would: 3 where it would be refused', async () => {
    const { shown } = await setup([songs, plays, users], [songs, users]);
    expect(await shown('migrate', '--dry-run')).toMatchInlineSnapshot(`
      "exit 3
      -- Database user@host:5432/database
        ✗ \`0001_plays\` is not applied, but its \`when\` (1735689660000, 2025-01-01 00:01:00) is not later than that of \`0002_users\` (1735689720000, 2025-01-01 00:02:00), which is. [out-of-order]
          at drizzle/0001_plays.sql
          drizzle-kit skips it for ever and prints success.
          Fix: Run \`migrator migrate --out-of-order\` to apply it; \`migrator repair --restamp 0001_plays\` if no other database has it yet; \`migrator repair --mark-applied 0001_plays\` if this one has its changes already.

      -- 0001_plays (2 statements) drizzle/0001_plays.sql
      begin;
      set local lock_timeout = '3000ms';
      set local statement_timeout = 0;
      create table plays (id int);
      create index on plays (id);
      commit;

      This would be refused. Nothing was changed.
      "
    `);
  });

  test('prints SQL that psql would take: running it by hand makes the same tables', async () => {
    const { database, run } = await setup([songs, plays, users]);
    await database.query((await run('migrate', '--dry-run')).out.replace(/^.*Nothing was changed\.$/m, ''));
    expect(await database.query(`select tablename from pg_tables where schemaname = 'public' order by 1`)).toEqual([
      { tablename: 'plays' },
      { tablename: 'songs' },
      { tablename: 'users' },
    ]);
  });

  test('--json is the plan', async () => {
    const { run } = await setup([songs, plays], [songs]);
    expect((await run('migrate', '--dry-run', '--json')).json).toMatchObject({
      command: 'migrate',
      dryRun: true,
      version: 1,
      steps: [
        {
          tag: '0001_plays',
          statements: [{ line: 1 }, { line: 2 }],
          segments: [{ mode: 'transaction', from: 0, to: 2 }],
        },
      ],
      findings: [],
    });
  });
});

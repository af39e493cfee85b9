import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { readCatalog, readEverything, readTracking } from '../setup/catalog.js';
import { runCli } from '../setup/cli.js';
import { createDatabase, serverUrl } from '../setup/database.js';
import { drizzleKitMigrate, drizzleOrmMigrate } from '../setup/drizzle-kit.js';
import { FIRST, makeProject, writeFiles } from '../setup/project.js';

const HISTORY = {
  '0000_songs': 'create table songs (id int primary key, title text);',
  '0001_plays': `create type mood as enum ('calm', 'loud');\n--> statement-breakpoint\ncreate table plays (song_id int references songs (id), mood mood);`,
  '0002_likes': 'alter table songs add likes int not null default 0;',
};
const DOWNS = { '0002_likes.down.sql': 'alter table songs drop column likes;' };

/** A database that the first `made` migrations of a history were run upon, by hand. */
async function byHand(made: number, history: Record<string, string> = HISTORY, extra = '') {
  const database = await createDatabase();
  for (const sql of Object.values(history).slice(0, made)) await database.query(sql);
  if (extra) await database.query(extra);
  const project = makeProject(database, history);
  writeFiles(join(project.root, 'drizzle'), DOWNS);
  const run = (...argv: string[]) => runCli(project.root, ...argv);
  const baseline = (...argv: string[]) => run('baseline', '--scratch-url', serverUrl(), ...argv);
  return { database, project, run, baseline };
}

const NOT_BASELINED = `✗ The tracking table has no rows, but a table that the migrations make is there already: songs. [not-baselined]
    at drizzle/0000_songs.sql
    The database was made by hand, by \`push\` or by another tool, or its rows were lost. drizzle-kit would run every migration, and fail at \`0000_songs\` (42P07).
    Fix: Run \`migrator baseline\`: it finds out which migrations the database has, proves it, and marks them as applied.
`;

test('migrate refuses a database that has the tables and no rows, and status says so', async () => {
  const { database, run } = await byHand(1);
  const before = await readEverything(database);
  const migrated = await run('migrate');
  expect(migrated.exitCode).toBe(3);
  expect(migrated.err).toContain(NOT_BASELINED);
  expect((await run('status')).out).toContain(NOT_BASELINED);
  expect(await readEverything(database)).toEqual(before);
});

test.each([
  ['one that is made only where it does not exist', 'create table if not exists songs (id int);'],
  ['one that is dropped first', 'drop table if exists songs;\ncreate table songs (id int);'],
  ['a temporary one', 'create temp table songs (id int);'],
  ['another', 'create table albums (id int);'],
])('tables that a migration does not stumble over need no baseline: %s', async (_, sql) => {
  const { run } = await byHand(
    1,
    { '0000_songs': sql },
    'drop table if exists albums; create table if not exists songs ()',
  );
  await expect(run('status')).resolves.toMatchObject({ out: expect.not.stringContaining('not-baselined') });
});

test('without a tag it finds the state that the database is in, marks it, and the rest is applied', async () => {
  const { database, project, run, baseline } = await byHand(2);
  const before = await readCatalog(database);
  const { exitCode, out, shown } = await baseline('--yes');
  expect(
    out.replace(/.*\n/, ''),
  ).toBe(`The database equals what the migrations up to 0001_plays make: proven by catalog.

Marked as applied
  + 0000_songs stamped ${FIRST}
  + 0001_plays stamped ${FIRST + 60_000}
2 migrations marked as applied. 1 migration to apply: \`migrator migrate\`.
`);
  expect(shown).toMatch(/^Database user@host:5432\/database\n/);
  expect(exitCode).toBe(0);
  const withoutDrizzle = (await readCatalog(database)).split('\n').filter((line) => !/drizzle/.test(line));
  expect(withoutDrizzle.join('\n')).toBe(before);
  expect((await run('migrate')).exitCode).toBe(0);
  expect(await run('status', '--check')).toMatchObject({ exitCode: 0 });
  const rows = await readTracking(database);
  expect(rows).toHaveLength(3);
  // Row for row what drizzle-kit writes on a new database.
  const fresh = await createDatabase();
  await drizzleKitMigrate(project.migrationsFolder, fresh.url);
  expect(rows).toEqual(await readTracking(fresh));
  await drizzleKitMigrate(project.migrationsFolder, database.url);
  await drizzleOrmMigrate(project.migrationsFolder, database.url);
  expect(await readTracking(database)).toEqual(rows);
});

test('what was marked can be rolled back, by the SQL that the log has kept', async () => {
  const { database, project, run, baseline } = await byHand(3);
  expect((await baseline('0002_likes', '--yes')).exitCode).toBe(0);
  rmSync(join(project.migrationsFolder, '0002_likes.down.sql'));
  expect(await run('rollback', '--yes')).toMatchObject({ exitCode: 0 });
  expect(await database.query(`select from information_schema.columns where column_name = 'likes'`)).toEqual([]);
  expect(await readTracking(database)).toHaveLength(2);
});

test('--dry-run shows it and changes nothing; without --yes nobody can be asked', async () => {
  const { database, baseline } = await byHand(2);
  const before = await readEverything(database);
  const dry = await baseline('--dry-run');
  expect([dry.exitCode, dry.out]).toEqual([0, expect.stringMatching(/2 migrations to mark; nothing was changed\.\n$/)]);
  expect(await baseline()).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('Mark 2 migrations as applied? None is run. This cannot be asked here.'),
  });
  expect(await readEverything(database)).toEqual(before);
});

test('--json is the whole plan', async () => {
  const { baseline } = await byHand(1);
  expect((await baseline('--dry-run', '--json')).json).toEqual({
    command: 'baseline',
    ok: true,
    done: false,
    dryRun: true,
    database: expect.any(String),
    tag: '0000_songs',
    proof: 'equal',
    differences: [],
    extensions: [],
    findings: [],
    pending: ['0001_plays', '0002_likes'],
    historyHash: expect.any(String),
    rows: [
      {
        action: 'insert',
        tag: '0000_songs',
        when: FIRST,
        hash: expect.any(String),
        reason: 'baseline: the database equals the state after 0000_songs',
        upSql: HISTORY['0000_songs'],
      },
    ],
  });
});

test('a database that equals no state is refused, object by object, and --accept-differences is named in the log', async () => {
  const { database, baseline } = await byHand(
    2,
    HISTORY,
    'alter table songs add extra int, alter title set not null; drop table plays',
  );
  const before = await readEverything(database);
  const { exitCode, err } = await baseline('--yes');
  expect(exitCode).toBe(3);
  expect(
    err.replace(/^Starting.*\n|^Running.*\n/gm, ''),
  ).toBe(`✗ The database equals no state of the history. The closest is that after \`0000_songs\`, with 3 differences. [baseline-differs]

  - column public.songs.extra: no migration makes it
  - column public.songs.title: it differs
      by the migrations: text
      in the database:   text not null
  - enum public.mood: no migration makes it

  Nothing was changed.
  Next: Bring the database to that state, or name another migration. Leave out what is not yours with \`--ignore <schema>\`. To take it as it is: \`migrator baseline --to 0000_songs --accept-differences\`.
`);
  expect(await readEverything(database)).toEqual(before);
  expect((await baseline('--to', '0001_plays', '--accept-differences', '--yes')).exitCode).toBe(0);
  const log = await database.query<{ detail: unknown }>('select detail from drizzle.__migrator_log order by id');
  expect(log.map(({ detail }) => detail)).toEqual(
    Array.from({ length: 2 }, () =>
      expect.objectContaining({
        marked: true,
        reason: expect.stringMatching(/^baseline, although the database differs: column:public\.plays\.mood, /),
      }),
    ),
  );
});

test('rows that are there already stay, and only what is missing is added', async () => {
  const { database, project, baseline } = await byHand(0);
  await migrate(project);
  await database.query('delete from drizzle.__drizzle_migrations where id = 2');
  const { exitCode, out } = await baseline('--yes');
  expect([exitCode, out]).toEqual([
    0,
    expect.stringContaining(`Marked as applied\n  + 0001_plays stamped ${FIRST + 60_000}\n1 migration marked`),
  ]);
  expect(await readTracking(database)).toHaveLength(3);
  expect((await baseline('--yes')).out).toMatch(/\nNothing to mark\. No migration is pending\.\n$/);
});

test('a migration that nobody can see is marked with a warning, unless the tag says otherwise', async () => {
  const history = { ...HISTORY, '0003_seed': `insert into songs (id) values (1);` };
  const { database, run, baseline } = await byHand(3, history);
  expect((await baseline('--dry-run')).out).toContain(
    `! \`0003_seed\` changes nothing that can be seen in the schema: whether the database has it is a guess. [baseline-unseen]
    at drizzle/0003_seed.sql
    If it changes rows and was never run here, they stay as they are.
    Fix: If it was not run, stop before it: \`migrator baseline --to 0002_likes\`; then \`migrator migrate\` runs it.
`,
  );
  await baseline('--to', '0002_likes', '--yes');
  await run('migrate');
  expect(await database.query('select id from songs')).toEqual([{ id: 1 }]);
});

test('objects of other tools and ignored ones are left out', async () => {
  const { baseline } = await byHand(
    3,
    HISTORY,
    `create schema graphile_worker; create table graphile_worker.jobs (id int); create schema migrator_trash; create schema audit_log; create table audit_log.a (); create table tmp_x (); create extension pg_trgm`,
  );
  expect(await baseline('--dry-run')).toMatchObject({
    exitCode: 3,
    err: expect.stringContaining('schema audit_log: no migration'),
  });
  const left = await baseline('--dry-run', '--ignore', 'audit_*', '--ignore', 'table:public.tmp_*');
  expect([left.exitCode, left.out]).toEqual([
    0,
    expect.stringContaining('Left out: extensions that no migration makes (pg_trgm).'),
  ]);
});

test('`migrator.ignore` of the config does the same', async () => {
  const { project, database, baseline } = await byHand(3, HISTORY, 'create schema audit');
  writeFiles(project.root, {
    'drizzle.config.json': {
      dialect: 'postgresql',
      out: './drizzle',
      dbCredentials: { url: database.url },
      migrator: { ignore: ['audit'] },
    },
  });
  expect((await baseline('--dry-run')).exitCode).toBe(0);
});

test('an empty database has nothing to mark', async () => {
  const { baseline } = await byHand(0);
  const { exitCode, out } = await baseline('--yes');
  expect([exitCode, out.replace(/.*\n/, '')]).toEqual([
    0,
    'The database has nothing of what the migrations make.\nNothing to mark. 3 migrations to apply: `migrator migrate`.\n',
  ]);
});

test('a history that does not run proves nothing', async () => {
  const { database, baseline } = await byHand(1, { ...HISTORY, '0001_plays': 'create extension no_such_extension;' });
  const before = await readEverything(database);
  const { exitCode, err } = await baseline('--to', '0001_plays', '--yes');
  expect([exitCode, err]).toEqual([3, expect.stringContaining('`0001_plays` does not run on a new database')]);
  expect(err).toContain('name a server that has it: `--scratch-url`');
  expect(await readEverything(database)).toEqual(before);
  // What runs before it is proven all the same.
  expect((await baseline('--yes')).out).toContain('The database equals what the migrations up to 0000_songs make');
});

test('roles that policies name, and the migrations do not make, have a stand-in on the embedded server', async () => {
  const role = `reader_${process.pid}`;
  const history = {
    '0000_songs': `create table songs (id int); alter table songs enable row level security; create policy p on songs to ${role} using (true);`,
  };
  const database = await createDatabase();
  await database.query(`create role ${role}`);
  await database.query(history['0000_songs']);
  const project = makeProject(database, history);
  try {
    const { exitCode, out } = await runCli(project.root, 'baseline', '--yes');
    expect([exitCode, out]).toEqual([0, expect.stringContaining('1 migration marked as applied.')]);
  } finally {
    await database.query(`drop policy p on songs; drop role ${role}`);
  }
});

test.each([
  [['0000_songs', '--to', '0001_plays'], 'Two migrations are named: `0000_songs` and `--to 0001_plays`.'],
  [['--accept-differences'], '`--accept-differences` needs `--to`'],
  [['0000_song'], 'There is no migration `0000_song`.'],
  [['--to', '0000_songs', '--lock-wait', 'x'], '--lock-wait'],
])('wrong usage: %j', async (argv, message) => {
  const { baseline } = await byHand(1);
  expect(await baseline(...argv)).toMatchObject({ exitCode: 2, err: expect.stringContaining(message) });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { compareCatalogs, readCatalog } from '../../src/catalog/index.js';
import { Session } from '../../src/database/session.js';
import { readTarget } from '../../src/database/target.js';
import { readEverything, readTracking } from '../setup/catalog.js';
import { runCli } from '../setup/cli.js';
import { createDatabase, serverUrl, type TestDatabase } from '../setup/database.js';
import { drizzleKitMigrate } from '../setup/drizzle-kit.js';
import { type MigrationFile, makeProject } from '../setup/project.js';

const START = Date.UTC(2025, 0, 1);
const at = (n: number) => START + n * 60_000 + 123;

const HISTORY: readonly MigrationFile[] = [
  { tag: '0000_songs', sql: 'create table songs (id serial primary key, title text, old int);', when: at(0) },
  {
    tag: '0001_plays',
    sql: `create type mood as enum ('calm');\n--> statement-breakpoint\ncreate table plays (song_id int references songs (id), mood mood);`,
    when: at(1),
  },
  {
    tag: '0002_touch',
    sql: `create function touch() returns trigger language plpgsql as $$ begin new.title = upper(new.title); return new; end $$;\n--> statement-breakpoint\ncreate trigger touch before insert on songs for each row execute function touch();\n--> statement-breakpoint\nalter table songs drop column old;`,
    when: at(2),
  },
  { tag: '0003_likes', sql: 'alter table songs add likes int not null default 0;', when: at(3) },
];

async function setup(history = HISTORY) {
  const database = await createDatabase();
  const project = makeProject(database, history);
  const run = (...argv: string[]) => runCli(project.root, ...argv);
  const squash = (...argv: string[]) => run('baseline', '--squash', '--scratch-url', serverUrl(), ...argv);
  const on = (other: TestDatabase) => ({ ...project, database: other.url });
  const read = (path: string) => readFileSync(join(project.migrationsFolder, path), 'utf8');
  return { database, project, run, squash, on, read, files: () => readdirSync(project.migrationsFolder).sort() };
}

async function differences(one: TestDatabase, other: TestDatabase) {
  const catalogs = await Promise.all(
    [one, other].map(async ({ url }) => {
      const session = await Session.open(readTarget({ url }), { applicationName: 'test' });
      try {
        return await readCatalog(session, { tracking: { schema: 'drizzle', table: '__drizzle_migrations' } });
      } finally {
        await session.close();
      }
    }),
  );
  return compareCatalogs(catalogs[0] as never, catalogs[1] as never);
}

test('a fresh database runs the one file; one that is past it has nothing to do; one half way is refused; by both tools', async () => {
  const { database: past, project, run, squash, on, read, files } = await setup();
  await migrate(project);
  const half = await createDatabase();
  await migrate(on(half), { to: '0001_plays' });
  const rows = await readTracking(past);
  const { exitCode, out } = await squash('--to', '0002_touch', '--yes');
  expect([exitCode, out]).toEqual([
    0,
    `drizzle/0002_squash.sql takes the place of 3 migrations, 0000_songs to 0002_touch.
Proven on scratch: it makes the same catalog, what follows runs upon it, and its way back leads to an empty database.
4 files to write, 5 to remove.
Squashed. Commit the folder. A database that has all of it has \`0002_squash\`; one that is half way through is refused.
`,
  ]);
  expect(files()).toEqual(['0002_squash.down.sql', '0002_squash.sql', '0003_likes.sql', 'meta']);
  expect(readdirSync(join(project.migrationsFolder, 'meta')).sort()).toEqual([
    '0002_snapshot.json',
    '0003_snapshot.json',
    '_journal.json',
  ]);
  expect(JSON.parse(read('meta/0002_snapshot.json'))).toMatchObject({ prevId: '00000000-0000-0000-0000-000000000000' });
  expect(
    JSON.parse(read('meta/_journal.json')).entries.map(({ idx, when, tag }: Record<string, unknown>) => [
      idx,
      when,
      tag,
    ]),
  ).toEqual([
    [2, at(2), '0002_squash'],
    [3, at(3), '0003_likes'],
  ]);

  // Past it.
  const status = await run('status', '--check');
  expect([status.exitCode, status.out]).toEqual([0, expect.stringMatching(/✓ +0002_squash +applied \(squash of 3\)/)]);
  expect((await run('migrate')).exitCode).toBe(0);
  await drizzleKitMigrate(project.migrationsFolder, past.url);
  expect(await readTracking(past)).toEqual(rows);

  // Fresh, by either tool.
  const [ours, theirs] = [await createDatabase(), await createDatabase()];
  await migrate(on(ours));
  await drizzleKitMigrate(project.migrationsFolder, theirs.url);
  expect(await differences(past, ours)).toEqual([]);
  expect(await differences(past, theirs)).toEqual([]);
  expect(await readTracking(ours)).toEqual(await readTracking(theirs));

  // Half way.
  const before = await readEverything(half);
  const refused = await runCli(project.root, 'migrate', '--url', half.url);
  expect(refused.exitCode).toBe(3);
  expect(
    refused.err,
  ).toContain(`✗ \`0002_squash\` is a squash of 3 migrations, and this database has only some of them: \`0002_touch\` is missing. [squash-incomplete]
    at drizzle/0002_squash.sql
    drizzle-kit would run the whole file, and fail at what the 2 that it has have made.
    Fix: Check out a revision before the squash (\`git log --diff-filter=D -- drizzle/0002_touch.sql\` names the commit that made it), run \`migrator migrate --to 0002_touch\` there, and come back.
`);
  expect(await readEverything(half)).toEqual(before);
  expect((await runCli(project.root, 'status', '--url', half.url)).out).toMatch(
    /· +0002_squash +pending \(squash of 3, 1 of them missing\)/,
  );
});

test('a rollback does not undo half of a squash; baseline puts one row in the place of all, and then it goes as a whole', async () => {
  const { database, project, run, squash } = await setup();
  await migrate(project);
  await squash('--to', '0002_touch', '--yes');
  await database.query('alter table songs drop column likes; delete from drizzle.__drizzle_migrations where id = 4');
  const before = await readEverything(database);
  const refused = await run('rollback', '--yes');
  expect(refused.exitCode).toBe(3);
  expect(
    refused.err,
  ).toContain(`✗ This database has the 3 migrations that \`0002_squash\` stands for, each with a row of its own. [squashed-row]
    at drizzle/0002_squash.sql
    Undoing one of them would leave a database that is half way through the squash.
    Fix: Run \`migrator baseline --to 0002_squash\`: it puts one row in the place of theirs. Then a rollback undoes all of it.
`);
  expect(await readEverything(database)).toEqual(before);
  expect(await run('migrate', '--force', '0002_squash', '--yes')).toMatchObject({
    exitCode: 3,
    err: expect.stringContaining('squashed-row'),
  });
  const { steps, findings } = JSON.parse((await run('repair', '--json')).out) as {
    steps: unknown[];
    findings: { severity: string; code: string }[];
  };
  expect([steps, findings.flatMap(({ severity, code }) => (severity === 'info' ? [] : [code]))]).toEqual([
    [],
    ['row-missing'],
  ]);
  const unmark = await run('repair', '--mark-unapplied', '0002_squash', '--yes');
  expect([unmark.exitCode, unmark.err]).toEqual([
    2,
    expect.stringContaining(
      '`--mark-unapplied 0002_squash`: it is a squash, and this database has 3 rows of what it stands for.',
    ),
  ]);
  expect((await run('baseline', '--to', '0002_squash', '--yes')).out).toMatch(
    /The rows were put together\. 1 migration to apply/,
  );
  expect(await readTracking(database)).toHaveLength(1);
  await run('migrate');
  await drizzleKitMigrate(project.migrationsFolder, database.url);
  expect(await run('status', '--check')).toMatchObject({ exitCode: 0 });
  await database.query(
    `alter table songs drop column likes; delete from drizzle.__drizzle_migrations where created_at = ${at(3)}`,
  );
  expect(await run('rollback', '--yes')).toMatchObject({ exitCode: 0 });
  expect(await differences(database, await createDatabase())).toEqual([]);
});

test('a second squash knows the databases of before the first, and of between', async () => {
  const { database: old, project, squash, on, read } = await setup();
  await migrate(project);
  await squash('--to', '0001_plays', 'first_squash', '--yes');
  const between = await createDatabase();
  await migrate(on(between));
  const half = await createDatabase();
  await migrate(on(half), { to: '0001_first_squash' });
  expect((await squash('all_of_it', '--yes')).exitCode).toBe(0);
  expect(read('0003_all_of_it.sql').split('\n').slice(0, 6)).toEqual([
    '-- migrator: squash of 4 migrations; a database that has all of them has this one.',
    expect.stringMatching(/^-- migrator: squashed 0000_songs \d+ [0-9a-f]{64}$/),
    expect.stringMatching(/^-- migrator: squashed 0001_plays /),
    expect.stringMatching(/^-- migrator: squashed 0002_touch /),
    expect.stringMatching(/^-- migrator: squashed 0003_likes /),
    expect.stringMatching(/^-- migrator: squashed-before 0001_first_squash \d+ [0-9a-f]{64} 2$/),
  ]);
  const fresh = await createDatabase();
  await migrate(on(fresh));
  for (const database of [old, between, fresh]) {
    const status = await runCli(project.root, 'status', '--check', '--url', database.url);
    expect([status.exitCode, status.out]).toEqual([0, expect.stringContaining('Up to date.')]);
    await drizzleKitMigrate(project.migrationsFolder, database.url);
    expect(await differences(old, database)).toEqual([]);
  }
  expect(await runCli(project.root, 'migrate', '--url', half.url)).toMatchObject({
    exitCode: 3,
    err: expect.stringContaining('2 are missing, from `0002_touch` on'),
  });
});

const SEEDED: readonly MigrationFile[] = [
  ...HISTORY,
  {
    tag: '0004_seed',
    sql: `insert into songs (title) values ('one'), ('two');\nupdate songs set likes = 3 where id = 2;\nselect pg_notify('a', 'b');`,
    when: at(4),
  },
];

test('what no catalog shows is named, and refused until it is decided', async () => {
  const { squash, files } = await setup(SEEDED);
  const before = files();
  const { exitCode, err } = await squash('--yes');
  expect(exitCode).toBe(3);
  expect(err).toContain(`✗ This writes rows: \`insert into songs (title) values ('one'), ('two')\`. [squash-leaves-out]
    at drizzle/0004_seed.sql:1
    It is not part of the squash: a new database would not have what it does.
    Fix: \`--with-data\` writes the rows that a new database has into the squash; \`--without-data\` leaves them out. What else is needed, put into the new file by hand.
`);
  expect(err).toContain('at drizzle/0004_seed.sql:2');
  expect(err).toContain(`This may do what no catalog shows: \`select pg_notify('a', 'b')\`.`);
  expect(files()).toEqual(before);
});

test('--with-data keeps the rows that a new database has, and what serials go on with', async () => {
  const { database, project, squash, on } = await setup(SEEDED);
  await migrate(project);
  expect((await squash('--with-data', '--yes')).exitCode).toBe(0);
  const fresh = await createDatabase();
  await migrate(on(fresh));
  const rows = `insert into songs (title) values ('three'); select * from songs order by id`;
  expect(await fresh.query(rows)).toEqual(await database.query(rows));
});

test('--without-data leaves them out', async () => {
  const { squash, on } = await setup(SEEDED);
  expect((await squash('--without-data', '--yes')).exitCode).toBe(0);
  const fresh = await createDatabase();
  await migrate(on(fresh));
  expect(await fresh.query('select * from songs')).toEqual([]);
});

test('statements that leave nothing on a new database, and blocks that only make objects, need no word', async () => {
  const { squash } = await setup([
    ...HISTORY,
    { tag: '0004_backfill', sql: 'update songs set likes = 1;', when: at(4) },
    {
      tag: '0005_key',
      sql: `do $$ begin alter table plays add constraint k foreign key (song_id) references songs (id) on delete cascade on update no action; exception when duplicate_object then null; end $$;`,
      when: at(5),
    },
  ]);
  const { exitCode, out } = await squash('--dry-run');
  expect([exitCode, out]).toEqual([0, expect.stringMatching(/to remove\.\nNothing was changed\.\n$/)]);
});

test('--dry-run and a missing --yes change nothing; a history that does not run is refused', async () => {
  const { squash, files, project } = await setup([
    ...HISTORY,
    { tag: '0004_broken', sql: 'select 1 from nothing;', when: at(4) },
  ]);
  const before = files();
  expect(await squash('--dry-run', '--to', '0003_likes')).toMatchObject({
    exitCode: 3,
    err: expect.stringContaining('`0004_broken` does not run on a new database'),
  });
  expect(files()).toEqual(before);
  expect(existsSync(join(project.migrationsFolder, '0003_squash.sql'))).toBe(false);
});

test.each([
  [['--to', '0000_songs'], 'There is nothing to squash: it takes two migrations.'],
  [['--with-data', '--without-data'], '`--with-data` and `--without-data` exclude each other.'],
  [['Bad Name'], 'is not in snake_case'],
  [['--to', '0009_x'], 'There is no migration `0009_x`.'],
])('wrong usage: %j', async (argv, message) => {
  const { squash } = await setup();
  expect(await squash(...argv)).toMatchObject({ exitCode: 2, err: expect.stringContaining(message) });
});

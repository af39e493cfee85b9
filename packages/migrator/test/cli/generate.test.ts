import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { generate } from '../../src/api/generate.js';
import { MigratorError } from '../../src/errors/migrator-error.js';
import { failureOf, runCli } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { drizzleKit, makeDrizzleFolder } from '../setup/drizzle-kit.js';
import { writeFiles } from '../setup/project.js';
import { inTerminal } from '../setup/terminal.js';

const SONGS = (
  columns: string,
  extra = '',
) => `import { index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
export const songs = pgTable('songs', { id: integer().primaryKey(), ${columns} }${extra});\n`;

function makeProject(schema: string, url?: string, config: object = {}) {
  const root = makeDrizzleFolder();
  const write = (text: string) => writeFiles(root, { 'schema.ts': text });
  write(schema);
  writeFiles(root, {
    'drizzle.config.json': {
      dialect: 'postgresql',
      schema: './schema.ts',
      out: './drizzle',
      ...config,
      ...(url && { dbCredentials: { url } }),
    },
  });
  const generate = (...argv: string[]) => runCli(root, 'generate', ...argv, '--scratch-url', inject('serverUrl'));
  const files = () =>
    existsSync(join(root, 'drizzle'))
      ? readdirSync(join(root, 'drizzle'), { recursive: true, encoding: 'utf8' }).sort()
      : [];
  const read = (path: string) => readFileSync(join(root, 'drizzle', path), 'utf8');
  return { root, write, generate, files, read };
}

/** drizzle-kit agrees that there is nothing to do, and that the folder is in order. */
async function expectAgreement(root: string): Promise<void> {
  expect((await drizzleKit(root, 'generate', '--config', 'drizzle.config.json')).output).toContain(
    'nothing to migrate',
  );
  expect((await drizzleKit(root, 'check', '--config', 'drizzle.config.json')).output).toContain("Everything's fine");
}

test('a first migration, and then nothing to do', async () => {
  const { root, generate, files, read } = makeProject(SONGS('title: text().notNull()'));
  const first = await generate('create_songs');
  expect([first.exitCode, first.out]).toEqual([0, expect.stringContaining('✓ drizzle/0000_create_songs.sql')]);
  expect(files()).toEqual([
    '0000_create_songs.down.sql',
    '0000_create_songs.sql',
    'meta',
    'meta/0000_snapshot.json',
    'meta/_journal.json',
  ]);
  expect(read('0000_create_songs.sql')).toMatchInlineSnapshot(`
    "CREATE TABLE "songs" (
    	"id" integer PRIMARY KEY NOT NULL,
    	"title" text NOT NULL
    );
    "
  `);
  expect(read('0000_create_songs.down.sql')).toMatchInlineSnapshot(`
    "-- Rolling back loses the rows of \`songs\`.
    DROP TABLE "songs";
    "
  `);
  expect(JSON.parse(read('meta/_journal.json'))).toEqual({
    version: '7',
    dialect: 'postgresql',
    entries: [{ idx: 0, version: '7', when: expect.any(Number), tag: '0000_create_songs', breakpoints: true }],
  });
  const before = files();
  const again = await generate();
  expect([again.exitCode, again.out]).toEqual([0, 'Nothing to do: schema and migrations agree.\n']);
  expect(files()).toEqual(before);
  await expectAgreement(root);
});

test('what would block comes in a migration of its own, and drizzle-kit agrees with the chain', async () => {
  const { root, write, generate, read, files } = makeProject(SONGS('title: text().notNull()'));
  await generate('create_songs');
  write(SONGS('title: text().notNull(), key: uuid().defaultRandom().notNull()', ', (t) => [index().on(t.title)]'));
  expect((await generate('add_song_keys')).exitCode).toBe(0);
  expect(files().filter((path) => path.endsWith('.sql') && !path.endsWith('.down.sql'))).toEqual([
    '0000_create_songs.sql',
    '0001_add_song_keys.sql',
    '0002_add_song_keys_online.sql',
  ]);
  expect(read('0001_add_song_keys.sql')).toContain('ADD COLUMN "key" uuid;');
  expect(read('0002_add_song_keys_online.sql')).toMatch(
    /^-- migrator: no-transaction\n[\s\S]+CREATE INDEX CONCURRENTLY "songs_title_index"/,
  );
  await expectAgreement(root);
});

test('the files apply, with rows in the table', async () => {
  const database = await createDatabase();
  const { root, write, generate } = makeProject(SONGS('title: text().notNull(), n: integer()'), database.url);
  await generate('create_songs');
  expect((await runCli(root, 'migrate')).exitCode).toBe(0);
  await database.query(`insert into songs select n, 'title ' || n, n from generate_series(1, 2500) n`);
  write(
    SONGS(
      'title: text().notNull(), n: integer().notNull().unique(), key: uuid().defaultRandom().notNull()',
      ', (t) => [index().on(t.title)]',
    ),
  );
  await generate('add_song_keys');
  const run = await runCli(root, 'migrate');
  expect([run.exitCode, run.err]).toEqual([0, '']);
  expect(await database.query('select count(distinct key)::int as keys, count(*)::int as songs from songs')).toEqual([
    { keys: 2500, songs: 2500 },
  ]);
});

test('a dropped column is parked, and --plain drops it', async () => {
  const { write, generate, read } = makeProject(SONGS('title: text().notNull()'));
  await generate('create_songs');
  write(SONGS(''));
  const plain = await generate('drop_song_title', '--plain', '--dry-run');
  expect(plain.out).toContain('-- Loses the values of `songs.title`.\nALTER TABLE "songs" DROP COLUMN "title";');
  expect(plain.out).toContain('-- Does not bring back the values of `songs.title`.');
  expect((await generate('drop_song_title')).exitCode).toBe(0);
  expect(read('0001_drop_song_title.sql')).toContain('-- migrator: recoverable\n');
  expect(read('0001_drop_song_title.sql')).toContain('RENAME COLUMN "title" TO "__dropped_0001_title"');
  expect(read('0001_drop_song_title.down.sql')).toContain('RENAME COLUMN "__dropped_0001_title" TO "title"');
});

test('what breaks the release before it is told, unless it says that it contracts', async () => {
  const { write, generate, read, files } = makeProject(SONGS('title: text().notNull(), n: integer()'));
  await generate('create_songs');
  write(SONGS('title: text().notNull()'));
  const told = await generate('drop_song_n', '--dry-run', '--json');
  expect(JSON.parse(told.out).migrations[0].breaks).toMatchObject([{ kind: 'gone', object: 'public.songs.n' }]);
  const contract = await generate('drop_song_n', '--phase', 'contract');
  expect(contract.out).not.toContain('breaks');
  expect(read('0001_drop_song_n.sql')).toMatch(/^-- migrator: phase=contract\n-- migrator: recoverable\n/);
  expect(read('0001_drop_song_n.down.sql')).not.toContain('phase');
  write(SONGS(''));
  expect((await generate('drop_song_title')).out).toMatch(
    /^ {2}! It breaks the release before it: .*songs\.title.* Where both run for a while, make it with `--phase contract`, apart from what adds\.$/m,
  );
  expect((await generate('clear_songs', '--custom', '--phase', 'contract')).exitCode).toBe(0);
  expect(read('0003_clear_songs.sql')).toMatch(/^-- migrator: phase=contract\n-- .+\n$/);
  const before = files();
  const refused = await generate('--check', '--phase', 'contract');
  expect([refused.exitCode, refused.err]).toEqual([2, expect.stringContaining('with --check none is written')]);
  expect(files()).toEqual(before);
});

describe('a possible rename', () => {
  const start = async () => {
    const project = makeProject(SONGS('title: text().notNull()'));
    await project.generate('create_songs');
    project.write(SONGS('name: text().notNull()'));
    return project;
  };

  test('is refused without a terminal, with the flags to add', async () => {
    const { generate, files } = await start();
    const before = files();
    const run = await generate('rename_title');
    expect([run.exitCode, run.out]).toEqual([3, '']);
    expect(run.shown).toMatchInlineSnapshot(`
      "✗ It cannot be told whether something was renamed. [unclear-rename]

        - column songs.title is gone, songs.name is new; if it was renamed: --rename songs.title=songs.name

        Nothing was written.
        Next: Add \`--rename songs.title=songs.name\`, or \`--no-renames\` if nothing was renamed and the data may go.
      "
    `);
    expect((await generate('rename_title', '--json')).json).toMatchObject({
      ok: false,
      error: { code: 'unclear-rename', data: { flags: ['--rename songs.title=songs.name'] } },
    });
    expect(files()).toEqual(before);
  });

  test('is answered by --rename', async () => {
    const { root, generate, read } = await start();
    expect((await generate('rename_title', '--rename', 'songs.title=songs.name')).exitCode).toBe(0);
    expect(read('0001_rename_title.sql')).toBe('ALTER TABLE "songs" RENAME COLUMN "title" TO "name";\n');
    expect(read('0001_rename_title.down.sql')).toBe('ALTER TABLE "songs" RENAME COLUMN "name" TO "title";\n');
    await expectAgreement(root);
  });

  test('is denied by --no-renames', async () => {
    const { generate, read } = await start();
    expect((await generate('replace_title', '--no-renames')).exitCode).toBe(0);
    expect(read('0001_replace_title.sql')).toContain('ADD COLUMN "name"');
  });

  test('that is none is told', async () => {
    const { generate } = await start();
    const run = await generate('rename_title', '--rename', 'songs.titel=songs.name');
    expect([run.exitCode, run.err]).toEqual([2, expect.stringContaining('Possible are: songs.title=songs.name')]);
  });

  test('is asked on a terminal', async () => {
    const { root, files, read } = await start();
    const { shown } = await inTerminal(root, 'generate rename_title', [
      ['was it renamed?', '\u001b[B'],
      ['', '\r'],
    ]);
    expect(shown).toContain('✓ drizzle/0001_rename_title.sql');
    expect(files()).toContain('0001_rename_title.sql');
    expect(read('0001_rename_title.sql')).toContain('RENAME COLUMN "title" TO "name"');
  });
});

test('a name is asked on a terminal, with a suggestion', async () => {
  const { root, files } = makeProject(SONGS('title: text()'));
  const { shown } = await inTerminal(root, 'generate', [['create_songs', '\r']]);
  expect(shown).toContain('✓ drizzle/0000_create_songs.sql');
  expect(files()).toContain('0000_create_songs.sql');
});

describe('a name', () => {
  test.each([
    'update',
    'changes',
    'fix',
    'misc',
    'test',
    'migration',
    'wip',
    'temp',
    'asdf',
    'schema_changes',
    'update_2',
    'AddTitle',
    'add-title',
    'add__title',
    'x',
  ])('%s is refused', async (name) => {
    const { generate, files } = makeProject(SONGS('title: text()'));
    const run = await generate(name);
    expect([run.exitCode, run.err]).toEqual([2, expect.stringContaining('[vague-name]')]);
    expect(run.err).toContain('`migrator generate create_songs`');
    expect(files()).toEqual([]);
  });

  test('must be given without a terminal', async () => {
    const { generate } = makeProject(SONGS('title: text()'));
    expect((await generate()).shown).toMatchInlineSnapshot(`
      "✗ The migration needs a name. [vague-name]
        Nothing was written.
        Next: Give one that says what it does, such as \`migrator generate create_songs\`.
      "
    `);
  });
});

test('--check exits 5 and prints what differs', async () => {
  const { write, generate, files } = makeProject(SONGS('title: text()'));
  await generate('create_songs');
  expect((await generate('--check')).exitCode).toBe(0);
  write(SONGS('title: text(), n: integer()'));
  const before = files();
  const run = await generate('--check');
  expect([run.exitCode, run.out]).toEqual([5, expect.stringContaining('ALTER TABLE "songs" ADD COLUMN "n" integer;')]);
  expect((await generate('--check', '--json')).json).toMatchObject({
    ok: false,
    upToDate: false,
    statements: ['ALTER TABLE "songs" ADD COLUMN "n" integer'],
  });
  expect(files()).toEqual(before);
});

test('--custom writes an empty pair', async () => {
  const { root, generate, read } = makeProject(SONGS('title: text()'));
  await generate('create_songs');
  expect((await generate('backfill_titles', '--custom')).exitCode).toBe(0);
  expect(read('0001_backfill_titles.sql')).toMatch(/^-- .+\n$/);
  expect(read('0001_backfill_titles.down.sql')).toMatch(/^(?:-- .+\n|-- {3}.+\n)+$/);
  expect(JSON.parse(read('meta/0001_snapshot.json')).prevId).toBe(JSON.parse(read('meta/0000_snapshot.json')).id);
  await expectAgreement(root);
});

test('a schema of its own beside functions of custom SQL; a backfill has nothing to undo, and says so', async () => {
  const head = `import { integer, pgSchema, text } from 'drizzle-orm/pg-core';\nimport { sql } from 'drizzle-orm';\nconst app = pgSchema('app');\nexport { app };\n`;
  const table = (extra: string) =>
    `${head}export const songs = app.table('songs', { id: integer().primaryKey()${extra} });\n`;
  const { root, generate, read, write } = makeProject(table(''));
  await generate('create_songs');
  await generate('add_slug_function', '--custom');
  writeFiles(root, {
    'drizzle/0001_add_slug_function.sql': `create function public.slug() returns text language sql as $$ select random()::text $$;`,
  });
  write(table(', slug: text().default(sql`public.slug()`)'));
  const { exitCode, err } = await generate('add_song_slug');
  expect([exitCode, err]).toEqual([0, expect.not.stringContaining('✗')]);
  expect(read('0003_add_song_slug_constraints.down.sql')).toBe('-- There is nothing to undo.\nSELECT 1;\n');
});

test('a renamed role is proven on a server of its own, also where another one is given', async () => {
  const schema = (name: string) =>
    `import { pgRole } from 'drizzle-orm/pg-core';\nexport const role = pgRole('${name}');\n`;
  const { generate, read, write } = makeProject(schema('melodia_reader'));
  await generate('create_reader_role');
  write(schema('melodia_listener'));
  const { exitCode, err } = await generate('rename_reader_role', '--rename', 'melodia_reader=melodia_listener');
  expect([exitCode, err]).toEqual([0, expect.not.stringContaining('✗')]);
  expect(read('0001_rename_reader_role.sql')).toBe('ALTER ROLE "melodia_reader" RENAME TO "melodia_listener";\n');
});

test('--down-only fills in what a history of drizzle-kit lacks', async () => {
  const { root, write, generate, read, files } = makeProject(SONGS('title: text()'));
  await drizzleKit(root, 'generate', '--config', 'drizzle.config.json', '--name', 'first');
  write(SONGS('title: text(), n: integer().notNull().default(1).unique()'));
  await drizzleKit(root, 'generate', '--config', 'drizzle.config.json', '--name', 'second');
  await drizzleKit(root, 'generate', '--config', 'drizzle.config.json', '--name', 'by_hand', '--custom');
  const run = await generate('--down-only');
  expect([run.exitCode, run.err]).toEqual([0, '']);
  expect(files().filter((path) => path.endsWith('.down.sql'))).toEqual([
    '0000_first.down.sql',
    '0001_second.down.sql',
    '0002_by_hand.down.sql',
  ]);
  expect(read('0000_first.down.sql')).toContain('DROP TABLE "songs";');
  expect(read('0001_second.down.sql')).toContain('DROP COLUMN "n";');
  expect(read('0002_by_hand.down.sql')).toMatch(/^-- Not generated/);
  expect((await generate('--down-only')).out).toBe('Nothing to do: every migration has a down file.\n');
});

describe('--down-only for a history that was written by hand, without snapshots', () => {
  const byHand = (...files: readonly string[]) => {
    const project = makeProject(SONGS('title: text()'), undefined, { schema: undefined });
    const entries = files.map((_, idx) => ({
      idx,
      version: '7',
      when: 1_700_000_000_000 + idx,
      tag: `000${idx}_step`,
      breakpoints: true,
    }));
    const texts = files.map((text, idx) => [`drizzle/000${idx}_step.sql`, text] as const);
    writeFiles(project.root, {
      'drizzle/meta/_journal.json': { version: '7', dialect: 'postgresql', entries },
      ...Object.fromEntries(texts),
    });
    return project;
  };

  test('what it did to a database tells the way back, with what is lost and what stays', async () => {
    const { generate, read, root } = byHand(
      `CREATE TYPE mood AS ENUM ('calm');
       CREATE TABLE songs (id int PRIMARY KEY, name text NOT NULL, mood mood NOT NULL, plays int);
       CREATE TABLE old (id int);`,
      `ALTER TABLE songs RENAME COLUMN name TO title;
       ALTER TABLE songs DROP COLUMN mood;
       ALTER TABLE songs ALTER COLUMN plays TYPE bigint;
       ALTER TABLE songs ADD COLUMN length int DEFAULT 0;
       UPDATE songs SET length = 1;
       DROP TABLE old;`,
      `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
       CREATE TRIGGER touched BEFORE UPDATE ON songs FOR EACH ROW EXECUTE FUNCTION touch();
       ALTER TYPE mood RENAME VALUE 'calm' TO 'quiet';
       COMMENT ON TABLE songs IS 'all of them';`,
      '-- migrator: no-transaction\nCREATE INDEX CONCURRENTLY songs_title ON songs (title);',
      'DROP INDEX IF EXISTS never_there;',
      "INSERT INTO songs (id, title) VALUES (1, 'a');",
    );
    const run = await generate('--down-only');
    expect([run.exitCode, run.err]).toEqual([0, '']);
    expect(read('0001_step.down.sql')).toBe(`-- Rolling back loses the values of \`songs.length\`.
-- Does not bring back the values of \`songs.mood\`.
-- Does not bring back the rows of \`old\`.
-- Note: rows that are there get 'calm' for \`songs.mood\`.
-- Note: a value of \`songs.plays\` that is no integer stops it.
-- Note: what the UPDATE of \`songs\` in line 5 has done stays.
ALTER TABLE "songs" RENAME COLUMN "title" TO "name";--> statement-breakpoint
alter table "public"."songs" drop column "length";--> statement-breakpoint
create table "public"."old" (
  "id" integer
);--> statement-breakpoint
alter table "public"."songs" add column "mood" public.mood not null default 'calm';--> statement-breakpoint
alter table "public"."songs" alter column "plays" type integer using "plays"::integer;--> statement-breakpoint
alter table "public"."songs" alter column "mood" drop default;
`);
    expect(read('0004_step.down.sql')).toBe('-- There is nothing to undo.\nSELECT 1;\n');
    expect(read('0005_step.down.sql')).toMatch(
      /^-- Not generated: the migration changes nothing that the schema knows/,
    );
    writeFiles(root, { 'drizzle/0005_step.down.sql': 'DELETE FROM songs WHERE id = 1;' });
    const check = await runCli(root, 'check', '--json', '--scratch-url', inject('serverUrl'));
    expect(check.json).toMatchObject({ trips: Array.from({ length: 6 }, () => ({ outcome: 'proven' })) });
  });

  test('where the history does not run, the first that fails is named', async () => {
    const { generate, read } = byHand(
      'CREATE TABLE a (id int);',
      'ALTER TABLE nowhere ADD COLUMN b int;',
      'CREATE TABLE c (id int);',
    );
    expect((await generate('--down-only')).exitCode).toBe(0);
    expect(read('0000_step.down.sql')).toBe('-- Rolling back loses the rows of `a`.\ndrop table "public"."a";\n');
    expect(read('0002_step.down.sql')).toContain(
      '-- Not generated: the migration has no snapshot that tells what it changes, and the history does not run on a scratch database: `0001_step` failed in statement 1 of 1: relation "nowhere" does not exist (42P01)',
    );
  });
});

describe('a folder with faults is refused', () => {
  const start = async () => {
    const project = makeProject(SONGS('title: text()'));
    await project.generate('create_songs');
    project.write(SONGS('title: text(), n: integer()'));
    return project;
  };

  test('a file is missing', async () => {
    const { root, generate } = await start();
    rmSync(join(root, 'drizzle/0000_create_songs.sql'));
    const run = await generate('add_n');
    expect([run.exitCode, run.err]).toEqual([3, expect.stringMatching(/\[refused\][\s\S]*file-missing/)]);
  });

  test('the newest snapshot is missing', async () => {
    const { root, generate } = await start();
    rmSync(join(root, 'drizzle/meta/0000_snapshot.json'));
    const run = await generate('add_n');
    expect([run.exitCode, run.err]).toEqual([3, expect.stringContaining('[snapshot-unusable]')]);
  });

  test('the snapshots are forked', async () => {
    const { root, generate, read } = await start();
    await generate('add_n');
    const twin = { ...JSON.parse(read('meta/0001_snapshot.json')), id: '11111111-0000-0000-0000-000000000000' };
    writeFiles(root, { 'drizzle/meta/0002_snapshot.json': twin });
    const run = await generate('add_more');
    expect([run.exitCode, run.err]).toEqual([3, expect.stringContaining('both follow the same snapshot')]);
  });
});

test('a schema that drizzle-kit refuses, or that does not load, is told and does not end the process', async () => {
  const { write, generate } = makeProject(
    SONGS('title: text()', ', (t) => [index("i").on(t.title), index("i").on(t.id)]'),
  );
  const refused = await generate('create_songs');
  expect([refused.exitCode, refused.err]).toEqual([
    2,
    expect.stringMatching(/\[schema-failed\][\s\S]*duplicated index name/),
  ]);
  write('export const x = ;');
  expect((await generate('create_songs')).err).toMatch(/\[schema-failed\][\s\S]*schema\.ts:1/);
});

test('odd words in expressions survive', async () => {
  const { root, generate, write, read } = makeProject(SONGS('title: text()'));
  await generate('create_songs');
  write(
    `import { sql } from 'drizzle-orm';\n${SONGS('title: text()', `, (t) => [index('odd').on(sql\`replace(\${t.title}, '--', ';,,')\`).where(sql\`\${t.title} <> ';'\`)]`)}`,
  );
  expect((await generate('index_titles')).exitCode).toBe(0);
  expect(read('0001_index_titles.sql')).toContain(`(replace("title", '--', ';,,')) WHERE "songs"."title" <> ';'`);
  expect((await runCli(root, 'generate', '--check')).exitCode).toBe(0);
});

test('renames of several kinds are told at once, with every flag', async () => {
  const schema = (mood: string, table: string, title: string) =>
    `import { integer, pgEnum, pgTable, text } from 'drizzle-orm/pg-core';
export const mood = pgEnum('${mood}', ['sad', 'glad']);
export const artists = pgTable('${table}', { id: integer().primaryKey(), name: text() });
export const songs = pgTable('songs', { id: integer().primaryKey(), ${title}: text(), mood: mood() });\n`;
  const { write, generate } = makeProject(schema('mood', 'artists', 'title'));
  await generate('create_songs');
  write(schema('feeling', 'performers', 'name'));
  const run = await generate('rename_all');
  expect(run.exitCode).toBe(3);
  const flags = ['--rename mood=feeling', '--rename artists=performers', '--rename songs.title=songs.name'];
  for (const flag of flags) expect(run.err).toContain(flag);
  expect((await generate('rename_all', ...flags.flatMap((flag) => flag.split(' ')))).exitCode).toBe(0);
});

describe('file names as drizzle.config.ts wants them', () => {
  test.each([
    ['timestamp', /^\d{14}_create_songs$/],
    ['supabase', /^\d{14}_create_songs$/],
    ['unix', /^\d{10}_create_songs$/],
    ['none', /^_create_songs$/],
  ])('%s', async (prefix, pattern) => {
    const { root, write, generate, read } = makeProject(SONGS('title: text()'), undefined, { migrations: { prefix } });
    expect((await generate('create_songs')).exitCode).toBe(0);
    write(SONGS('title: text(), artist: text()', ', (t) => [index("by_artist").on(t.artist)]'));
    expect((await generate('add_artist')).exitCode).toBe(0);
    const { entries } = JSON.parse(read('meta/_journal.json')) as { entries: { tag: string }[] };
    expect(entries).toHaveLength(3);
    expect(entries[0]?.tag).toMatch(pattern);
    expect(new Set(entries.map(({ tag }) => tag)).size).toBe(3);
    expect((await generate('again')).out).toContain('Nothing to do');
    // drizzle-kit leaves out what begins with `_`, so that without a prefix it finds no snapshot, not even its own.
    if (prefix !== 'none') await expectAgreement(root);
  });
});

test.each([
  ['snake_case', 'playCount', 'play_count'],
  ['camelCase', 'play_count', 'playCount'],
])('casing %s', async (casing, key, column) => {
  const { root, generate, read } = makeProject(SONGS(`${key}: integer()`), undefined, { casing });
  expect((await generate('create_songs')).exitCode).toBe(0);
  expect(read('0000_create_songs.sql')).toContain(`"${column}" integer`);
  await expectAgreement(root);
});

test('stopped by a signal, it says that nothing was written', async () => {
  const { root, files } = makeProject(SONGS('title: text()'));
  const project = {
    root,
    migrationsFolder: join(root, 'drizzle'),
    relativeTo: root,
    generate: { schema: ['./schema.ts'], casing: undefined, breakpoints: true, prefix: 'index' as const },
  };
  const stop = new AbortController();
  const stopped = new MigratorError('interrupted', { message: 'Stopped by SIGINT.' });
  const error = await failureOf(
    generate(project, {
      scratchUrl: inject('serverUrl'),
      signal: stop.signal,
      askName: async () => {
        stop.abort(stopped);
        return 'create_songs';
      },
    }),
  );
  expect(error).toMatchObject({
    code: 'interrupted',
    message: 'Stopped by SIGINT.',
    state: 'Nothing was written.',
    fix: 'Run `migrator generate` again.',
  });
  expect(files()).toEqual([]);
});

test('an index comes back without blocking, behind the transaction with the rest', async () => {
  const { write, generate, read } = makeProject(
    SONGS('title: text(), mood: text()', ', (t) => [index("by_title").on(t.title)]'),
  );
  await generate('create_songs');
  write(SONGS('title: text()'));
  expect((await generate('drop_title_index')).exitCode).toBe(0);
  expect(read('0001_drop_title_index.down.sql')).toMatchInlineSnapshot(`
    "ALTER TABLE "public"."songs" RENAME COLUMN "__dropped_0001_mood" TO "mood";--> statement-breakpoint
    DELETE FROM "migrator_trash"."parked" WHERE "parked_as" = '__dropped_0001_mood' AND "name" = 'public.songs.mood';--> statement-breakpoint
    CREATE INDEX CONCURRENTLY "by_title" ON "songs" USING btree ("title");
    "
  `);
  write(SONGS('title: text()', ', (t) => [index("by_title").on(t.title)]'));
  expect((await generate('index_titles')).exitCode).toBe(0);
  expect(read('0002_index_titles.down.sql')).toMatchInlineSnapshot(`
    "DROP INDEX CONCURRENTLY "by_title";
    "
  `);
  write(SONGS('title: text()'));
  expect((await generate('drop_title_index_plainly', '--plain')).exitCode).toBe(0);
  expect(read('0003_drop_title_index_plainly.down.sql')).toContain('CREATE INDEX "by_title"');
});

test('what custom SQL gave a view that is made anew is told', async () => {
  const schema = (type: string) => `import { sql } from 'drizzle-orm';
import { bigint, integer, pgMaterializedView, pgTable } from 'drizzle-orm/pg-core';
export const songs = pgTable('songs', { id: integer().primaryKey(), plays: ${type} });
export const plays = pgMaterializedView('plays', { n: ${type} }).as(sql\`select plays as n from songs\`);\n`;
  const { root, write, generate, read } = makeProject(schema('integer()'));
  await generate('create_songs');
  await generate('index_plays', '--custom');
  writeFiles(root, {
    'drizzle/0001_index_plays.sql': '-- ours\nCREATE INDEX plays_n ON plays (n);\nGRANT SELECT ON plays TO public;\n',
  });
  write(schema("bigint({ mode: 'number' })"));
  expect((await generate('widen_plays')).exitCode).toBe(0);
  for (const file of ['0002_widen_plays.sql', '0002_widen_plays.down.sql']) {
    expect(read(file)).toContain(
      '-- Note: `plays` is made anew without the index that drizzle/0001_index_plays.sql:2 gave it; add it behind the CREATE.\n-- Note: `plays` is made anew without the privileges that drizzle/0001_index_plays.sql:3 gave it; add it behind the CREATE.\n',
    );
  }
});

test('a name that Postgres cuts is told, works both ways, and is no endless difference', async () => {
  const long = `a_${'very_'.repeat(14)}long_name`;
  const { root, write, generate, read } = makeProject(SONGS('title: text()'));
  await generate('create_songs');
  write(
    `${SONGS('title: text()', `, (t) => [index('i${long}').on(t.title)]`)}export const other = pgTable('${long}', { id: integer().primaryKey().references(() => songs.id), ${long}: text() });\n`,
  );
  expect((await generate('add_other')).exitCode).toBe(0);
  expect(read('0001_add_other.sql')).toContain(
    `-- Note: \`${long}\` is longer than 63 bytes: Postgres calls it \`${long.slice(0, 63)}\`.`,
  );
  expect((await generate('again')).out).toContain('Nothing to do');
  await expectAgreement(root);
  write(SONGS('title: text()'));
  expect((await generate('drop_other')).exitCode).toBe(0);
});

test('a text that gets another length stops at no value: wider loses nothing, narrower cuts', async () => {
  const schema = (length: number) =>
    `import { integer, pgTable, varchar } from 'drizzle-orm/pg-core';
export const songs = pgTable('songs', { id: integer().primaryKey(), title: varchar({ length: ${length} }) });\n`;
  const { write, generate, read } = makeProject(schema(50));
  await generate('create_songs');
  write(schema(80));
  expect((await generate('widen_title')).exitCode).toBe(0);
  expect(read('0001_widen_title.sql')).toBe(
    'ALTER TABLE "songs" ALTER COLUMN "title" SET DATA TYPE varchar(80) USING "title"::varchar(80);\n',
  );
  expect(read('0001_widen_title.down.sql')).toContain(
    '-- Rolling back loses the end of values longer than 50 characters of `songs.title`.\n',
  );
  expect(read('0001_widen_title.down.sql')).not.toContain('stops it');
});

import { describe, expect, test } from 'vitest';
import { push } from '../../src/api/push.js';
import { failureOf } from '../setup/cli.js';
import { createRole } from '../setup/database.js';
import { writeFiles } from '../setup/project.js';
import { IMPORTS, refused, setupPush } from '../setup/pushing.js';

const table = (columns = '') =>
  `export const songs = p.pgTable('songs', { id: p.integer().primaryKey(), title: p.text().notNull()${columns} });\n`;
const SONGS = `${IMPORTS}${table()}`;

describe('left alone', () => {
  test('views that the schema calls existing, and tables that the filters of the config leave to others', async () => {
    const view = `export const totals = p.pgView('totals', { n: p.integer() }).existing();\n`;
    const { database, root, done } = await setupPush(`${SONGS}${view}`, { tablesFilter: ['songs', 'totals', 'my_*'] });
    await database.query(`create table songs (id integer primary key, title text not null, plays integer);
      create table other_project (id int); create view totals as select 1 as n; create table my_old (id int)`);
    const run = await done('--json', '--no-renames');
    expect(run.json).toMatchObject({
      statements: ['alter table "public"."songs" drop column "plays"', 'drop table "public"."my_old"'],
      leftAlone: ['table public.other_project', 'view public.totals'],
    });
    await database.query('create schema work; create table work.jobs (id int); create table here (id int)');
    writeFiles(root, {
      'drizzle.config.json': {
        dialect: 'postgresql',
        schema: './schema.ts',
        schemaFilter: 'work',
        dbCredentials: { url: database.url },
      },
    });
    expect((await done('--json')).json.statements).toEqual([]);
  });

  test('what only custom SQL gives to an object stays when the object changes', async () => {
    const view = (n: string) =>
      `export const counts = p.pgMaterializedView('counts', { n: p.integer() }).as(sql\`select ${n} as n from songs\`);\n`;
    const likes = (onDelete: string) =>
      `export const likes = p.pgTable('likes', { song: p.integer().references(() => songs.id, { onDelete: '${onDelete}' }) });\n`;
    const schema = (title: string, n: string, onDelete: string) =>
      `${IMPORTS}export const songs = p.pgTable('songs', { id: p.integer().primaryKey(), title: p.text().notNull()${title} });\n${view(n)}${likes(onDelete)}`;
    const { database, write, done } = await setupPush(schema('', 'id', 'cascade'));
    const { name: reader } = await createRole(database);
    await database.query(`create extension postgres_fdw; create server elsewhere foreign data wrapper postgres_fdw;
      create foreign table abroad (id int) server elsewhere;
      create table songs (id integer not null, title text collate "C" not null, primary key (id)) partition by range (id);
      create table songs_1 partition of songs for values from (0) to (1000);
      create table likes (song integer constraint likes_song_songs_id_fk references songs on delete cascade deferrable initially deferred);
      create materialized view counts as select id as n from songs; create unique index counts_n on counts (n);
      grant select on counts to ${reader}; insert into songs values (1, 'T'); insert into likes values (1)`);
    expect((await done()).out).toMatch(/^Nothing to do/);
    write(schema(".default('x')", 'id + 1', 'set null'));
    await done();
    expect((await done()).out).toMatch(/^Nothing to do/);
    const [kept] = await database.query(`select
      (select collname::text from pg_collation c join pg_attribute a on a.attcollation = c.oid where a.attrelid = 'songs'::regclass and attname = 'title') as collation,
      (select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'likes'::regclass and conparentid = 0 and contype = 'f') as key,
      to_regclass('counts_n')::text as index, has_table_privilege('${reader}', 'counts', 'select') as granted,
      (select count(*)::int from likes) as likes, to_regclass('abroad')::text as abroad`);
    expect(kept).toEqual({
      collation: 'C',
      key: 'FOREIGN KEY (song) REFERENCES songs(id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED',
      index: 'counts_n',
      granted: true,
      likes: 1,
      abroad: 'abroad',
    });
  });

  test('what the schema stands on in the database: functions, types and tables of others', async () => {
    const { database, done } = await setupPush(`${IMPORTS}const auth = p.pgSchema('auth');
const users = auth.table('users', { id: p.uuid().primaryKey() });
const short = p.customType<{ data: string }>({ dataType: () => 'short' });
export const songs = p.pgTable('songs', { id: p.integer().default(sql\`next_song()\`), title: short(), owner: p.uuid().references(() => users.id) }, () => [
  p.pgPolicy('own', { using: sql\`auth.uid() = owner\` }), p.check('good', sql\`is_good(title)\`)]);
export const reads = p.pgPolicy('reads', { using: sql\`true\` }).link(users);\n`);
    await database.query(`create schema auth; create table auth.users (id uuid primary key, email text); create table auth.others (id int);
      create function auth.uid() returns uuid language sql stable as 'select null::uuid'; create domain short as text check (length(value) < 9);
      create function next_song() returns int language sql as 'select 1';
      create function is_good(short) returns bool language sql immutable as 'select true'`);
    const run = await done('--json');
    expect(run.json.leftAlone).toEqual(['auth of Supabase', 'auth.others of Supabase', 'auth.users of Supabase']);
    expect((await done()).out).toMatch(/^Nothing to do/);
    expect(await database.query('select policyname::text as name from pg_policies order by 1')).toEqual([
      { name: 'own' },
      { name: 'reads' },
    ]);
  });
});

test('an identity that is put on a column counts on behind its rows, and takes other options', async () => {
  const schema = (options: string) => `${IMPORTS}export const a = p.pgTable('a', { id: p.integer()${options} });\n`;
  const { database, write, done } = await setupPush(schema('.primaryKey()'));
  await done();
  await database.query('insert into a values (1), (5)');
  write(schema('.primaryKey().generatedAlwaysAsIdentity({ increment: 2 })'));
  await done();
  expect(await database.query('insert into a default values returning id')).toEqual([{ id: 6 }]);
  write(schema('.primaryKey().generatedAlwaysAsIdentity({ increment: 3 })'));
  await done();
  expect(await database.query('insert into a default values returning id')).toEqual([{ id: 9 }]);
  expect((await done()).out).toMatch(/^Nothing to do/);
});

test('a schema is renamed with what is in it; one that has nothing of it is no question', async () => {
  const schema = (name: string) =>
    `${IMPORTS}export const home = p.pgSchema('${name}');\nexport const notes = home.table('notes', { id: p.serial().primaryKey(), text: p.text() });\n`;
  const context = await setupPush(schema('music'));
  const { database, write, done } = context;
  await done();
  await database.query(
    "create schema reports; create table reports.sales (id int); insert into music.notes (text) values ('n')",
  );
  write(schema('sound'));
  expect(await refused(context)).toMatchObject({
    code: 'unclear-rename',
    fix: 'Add `--rename music=sound`, or `--no-renames` if nothing was renamed and the data may go.',
  });
  const run = await done('--rename', 'music=sound', '--json');
  expect(run.json).toMatchObject({
    statements: ['ALTER SCHEMA "music" RENAME TO "sound"'],
    leftAlone: ['schema reports', 'table reports.sales'],
  });
  expect(await database.query('select text from sound.notes')).toEqual([{ text: 'n' }]);
});

test('values of an enum are committed first, and nothing else with them: a failure says what is kept', async () => {
  const context = await setupPush(`${SONGS}export const mood = p.pgEnum('mood', ['a']);
export const gone = p.pgTable('gone', { id: p.integer() });\n`);
  const { database, write, done } = context;
  await done();
  await database.query("insert into songs values (1, 'x'), (2, 'x'); insert into gone values (1)");
  write(`${IMPORTS}${table().replace('.notNull()', '.notNull().unique()')}export const mood = p.pgEnum('mood', ['a', 'b']);
export const fresh = p.pgTable('fresh', { at: p.text(), mood: mood().default('b') });\n`);
  const run = await context.push('--accept-data-loss', '--no-renames', '--json');
  expect(run).toMatchObject({
    exitCode: 4,
    json: {
      error: {
        code: 'statement-failed',
        state:
          'Done and kept: `alter type "public"."mood" add value \'b\'`. All else was rolled back; push again goes on from there.',
      },
    },
  });
  expect(await database.query('select count(*)::int as n, enum_range(null::mood)::text as moods from gone')).toEqual([
    { n: 1, moods: '{a,b}' },
  ]);
});

describe('losses', () => {
  test('rows that a policy hides are rows, and a counter is data', async () => {
    const context = await setupPush(
      `${IMPORTS}${table(', plays: p.integer()')}export const tickets = p.pgSequence('tickets');\n`,
    );
    const { database, root, write, done } = context;
    await done();
    const { name, password } = await createRole(database, 'createdb');
    await database.query(`alter table songs owner to ${name}; alter sequence tickets owner to ${name}; grant create on schema public to ${name};
      insert into songs values (1, 'x', 3); select nextval('tickets');
      alter table songs enable row level security; alter table songs force row level security`);
    write(`${IMPORTS}${table()}`);
    writeFiles(root, {
      'drizzle.config.json': {
        dialect: 'postgresql',
        schema: './schema.ts',
        dbCredentials: { url: database.as(name, password) },
      },
    });
    expect((await refused(context)).message).toBe(
      'This would lose data: values of public.songs.plays; the counter of public.tickets.',
    );
  });

  test('a column that becomes a generated one is made anew', async () => {
    const context = await setupPush(`${IMPORTS}${table(', plays: p.integer()')}`);
    const { database, write, done } = context;
    await done();
    await database.query("insert into songs values (4, 'x', 3)");
    write(`${IMPORTS}${table(', plays: p.integer().generatedAlwaysAs(sql`id * 2`)')}`);
    expect((await refused(context)).message).toBe('This would lose data: 1 value of public.songs.plays.');
    await done('--accept-data-loss');
    expect(await database.query('select plays from songs')).toEqual([{ plays: 8 }]);
    write(`${IMPORTS}${table(', plays: p.integer().generatedAlwaysAs(sql`id * 3`)')}`);
    await done();
    expect(await database.query('select plays from songs')).toEqual([{ plays: 12 }]);
    expect((await done()).out).toMatch(/^Nothing to do/);
  });
});

describe('what has changed since it was planned', () => {
  async function pushWhile(change: string) {
    const { database, root, write, done } = await setupPush(
      `${SONGS}export const empty = p.pgTable('empty', { id: p.integer() });\nexport const full = p.pgTable('full', { id: p.integer() });\n`,
    );
    await done();
    await database.query('insert into "full" values (1)');
    write(SONGS);
    const generate = { schema: ['./schema.ts'], casing: undefined, breakpoints: true, prefix: 'index' } as const;
    const project = { database: database.url, migrationsFolder: `${root}/drizzle`, root, relativeTo: root, generate };
    const confirmLoss = async () => {
      await database.query(change);
      return true;
    };
    const failure = await failureOf(push(project, { noRenames: true, confirmLoss }));
    expect((await database.query('select id from "full"')).length).toBe(1);
    return failure;
  }

  test('a column of somebody else', async () => {
    expect(await pushWhile('alter table songs add column mine text')).toMatchObject({
      code: 'history-moved',
      message: 'Somebody has changed the database meanwhile: column:public.songs.mine.',
      state: 'Nothing was changed.',
      fix: 'Run `migrator push` again.',
    });
  });

  test('rows in a table that was empty, so that nobody was asked', async () => {
    expect(await pushWhile('insert into empty values (1)')).toMatchObject({
      code: 'history-moved',
      message: 'Rows have come meanwhile into what was empty when this was planned.',
    });
  });
});

test('settings of the database do not lead it astray', async () => {
  const schema = (name: string) =>
    `${IMPORTS}export const songs = p.pgTable('songs', { id: p.integer(), ${name}: p.text().default('a\\\\b'), at: p.timestamp({ withTimezone: true }).default(sql\`'2020-01-02 03:04Z'\`) });\n`;
  const { database, write, done } = await setupPush(schema('title'));
  await database.query(`create schema app; create table app.songs (id int, title text);
    alter database ${database.name} set search_path = app; alter database ${database.name} set standard_conforming_strings = off;
    alter database ${database.name} set datestyle = 'German'; alter database ${database.name} set timezone = 'Asia/Kolkata'`);
  await done();
  expect((await done()).out).toMatch(/^Nothing to do/);
  write(schema('name'));
  await done('--rename', 'songs.title=songs.name');
  expect(
    await database.query(`select table_schema::text as s, column_name::text as c from information_schema.columns
      where table_name = 'songs' and column_name in ('title', 'name') order by 1`),
  ).toEqual([
    { s: 'app', c: 'title' },
    { s: 'public', c: 'name' },
  ]);
});

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Session } from '../../src/database/session.js';
import { readTarget } from '../../src/database/target.js';
import { readCatalog, readEverything } from '../setup/catalog.js';
import { runCli } from '../setup/cli.js';
import { query, serverUrl, type TestDatabase } from '../setup/database.js';
import { migrationFiles, writeFiles } from '../setup/project.js';
import { IMPORTS, refused, setupPush } from '../setup/pushing.js';
import { inTerminal } from '../setup/terminal.js';

const SONGS = `${IMPORTS}export const songs = p.pgTable('songs', { id: p.integer().primaryKey(), title: p.text().notNull(), plays: p.integer() });\n`;
const RENAMED = SONGS.replace('title: p.text()', 'name: p.text()');
const SHORTER = `${IMPORTS}export const songs = p.pgTable('songs', { id: p.integer().primaryKey(), title: p.text().notNull() });\n`;

/** A bit of everything that drizzle can say. */
const EVERYTHING = `${IMPORTS}
export const music = p.pgSchema('music');
export const mood = p.pgEnum('mood', ['calm', 'wild']);
export const key = music.enum('key', ['a', 'b']);
export const tickets = p.pgSequence('tickets', { startWith: 100, increment: 5, cycle: true });
export const artists = music.table('artists', {
  id: p.serial().primaryKey(),
  name: p.varchar({ length: 80 }).notNull().unique(),
  key: key().default('a'),
});
export const songs = p.pgTable('songs', {
  id: p.integer().generatedAlwaysAsIdentity({ startWith: 10 }).primaryKey(),
  artist: p.integer().notNull().references(() => artists.id, { onDelete: 'cascade' }),
  title: p.text().notNull(),
  lower: p.text().generatedAlwaysAs(sql\`lower(title)\`),
  mood: mood().default('calm').notNull(),
  price: p.numeric({ precision: 8, scale: 2 }).default('1.50'),
  tags: p.text().array().default(sql\`'{}'::text[]\`),
  moods: mood().array(),
  data: p.jsonb().default({ a: 1 }),
  made: p.timestamp({ withTimezone: true, precision: 3 }).defaultNow(),
  until: p.timestamp().default(sql\`now() + interval '1 day'\`),
  owner: p.uuid().defaultRandom(),
}, (t) => [
  p.index('songs_title').on(t.title.desc().nullsLast()),
  p.index('songs_lower').on(sql\`lower(\${t.title})\`).where(sql\`\${t.price} > 0\`),
  p.index('songs_tags').using('gin', t.tags),
  p.uniqueIndex('songs_once').on(t.artist, t.title),
  p.unique('songs_artist_lower').on(t.artist, t.lower).nullsNotDistinct(),
  p.check('songs_price', sql\`\${t.price} >= 0 and \${t.title} <> ''\`),
  p.pgPolicy('songs_read', { for: 'select', to: 'public', using: sql\`\${t.mood} = 'calm'\` }),
]).enableRLS();
export const likes = p.pgTable('likes', {
  song: p.integer().notNull(), person: p.uuid().notNull(),
}, (t) => [
  p.primaryKey({ columns: [t.song, t.person] }),
  p.foreignKey({ columns: [t.song], foreignColumns: [songs.id], name: 'likes_song' }).onUpdate('restrict'),
]);
export const calm = p.pgView('calm').as((q) => q.select().from(songs).where(sql\`mood = 'calm'\`));
export const counts = p.pgMaterializedView('counts', { n: p.bigint({ mode: 'number' }) }).as(sql\`select count(*) as n from songs\`);
`;

describe('push', () => {
  test('everything that drizzle can say; a second push has nothing to do', async () => {
    const { database, push, done } = await setupPush(EVERYTHING);
    await done();
    const before = await readCatalog(database);
    const second = await push();
    expect([second.exitCode, second.out]).toEqual([0, 'Nothing to do: the database is what the schema means.\n']);
    expect(await readCatalog(database)).toBe(before);
    await database.query(
      "insert into music.artists (name) values ('A'); insert into songs (artist, title) values (1, 'T')",
    );
    expect((await database.query('select lower, id from songs'))[0]).toEqual({ lower: 't', id: 10 });
  });

  test('what is changed is changed, and what holds rows keeps them', async () => {
    const { database, write, done } = await setupPush(EVERYTHING);
    await done();
    await database.query(
      "insert into music.artists (name) values ('A'); insert into songs (artist, title) values (1, 'T')",
    );
    write(
      EVERYTHING.replace("['calm', 'wild']", "['calm', 'mild', 'wild']")
        .replace("default('calm')", "default('mild')")
        .replace('length: 80', 'length: 200')
        .replace('>= 0 and', '> 0 and')
        .replace(/(using: .*) = 'calm'/, "$1 <> 'wild'")
        .replace("onDelete: 'cascade'", "onDelete: 'restrict'")
        .replace("mood = 'calm'`))", "mood <> 'wild'`))")
        .replace('increment: 5', 'increment: 7'),
    );
    await done();
    expect((await done()).out).toMatch(/^Nothing to do/);
    expect(await database.query('select title, mood from songs')).toEqual([{ title: 'T', mood: 'calm' }]);
    expect((await database.query("insert into songs (artist, title) values (1, 'U') returning mood"))[0]).toEqual({
      mood: 'mild',
    });
  });

  test('--dry-run prints the SQL, its locks and its losses, and changes nothing', async () => {
    const { database, write, done } = await setupPush(SONGS);
    await done();
    await database.query("insert into songs values (1, 'a', 3), (2, 'b', 4), (3, 'c', null)");
    write(SHORTER);
    const before = await readEverything(database);
    const run = await done('--dry-run');
    expect(await readEverything(database)).toEqual(before);
    expect(run.shown.replace(/^.*Database/s, 'Database')).toMatchInlineSnapshot(`
      "Database user@host:5432/database

      alter table "public"."songs" drop column "plays";
          locks public.songs (ACCESS EXCLUSIVE)

      Lost by it
        ✗ 2 values of public.songs.plays

      1 statement. Nothing was changed.
      "
    `);
  });

  test('without a terminal, data is not lost: it is counted, and accepted by the flag', async () => {
    const context = await setupPush(SONGS);
    const { database, write, done } = context;
    await done();
    await database.query("insert into songs values (1, 'a', 3), (2, 'b', 4), (3, 'c', null)");
    write(SHORTER);
    expect(await refused(context)).toMatchObject({
      exitCode: 3,
      code: 'push-loses-data',
      message: 'This would lose data: 2 values of public.songs.plays.',
      fix: 'If something was renamed, say so with `--rename old=new`; else pass `--accept-data-loss`.',
    });
    write(`${IMPORTS}export const mood = p.pgEnum('mood', ['calm']);\n`);
    expect(await refused(context)).toMatchObject({ message: 'This would lose data: 3 rows of public.songs.' });
    await done('--accept-data-loss');
    expect(await database.query("select to_regclass('songs') as t")).toEqual([{ t: null }]);
  });

  test('an empty table loses nothing; a conversion that drops digits is told', async () => {
    const context = await setupPush(`${IMPORTS}export const a = p.pgTable('a', { id: p.integer(), price: p.numeric() });
export const b = p.pgTable('b', { id: p.integer() });\n`);
    const { database, write, done } = context;
    await done();
    await database.query('insert into a values (1, 1.75)');
    write(`${IMPORTS}export const a = p.pgTable('a', { id: p.bigint({ mode: 'number' }), price: p.integer() });\n`);
    expect((await refused(context)).message).toBe(
      'This would lose data: 1 value of public.a.price, converted from numeric to integer.',
    );
    await done('--accept-data-loss');
    expect(await database.query('select id::text, price from a')).toEqual([{ id: '1', price: 2 }]);
  });

  test('renames: in doubt it is refused; a flag answers', async () => {
    const context = await setupPush(SONGS);
    const { database, write, done } = context;
    await done();
    await database.query("insert into songs values (1, 'a', 3)");
    write(RENAMED);
    expect(await refused(context)).toMatchObject({ exitCode: 3, code: 'unclear-rename' });
    const run = await done('--rename', 'songs.title=songs.name');
    expect(run.out).toContain('RENAME COLUMN "title" TO "name"');
    expect(await database.query('select name from songs')).toEqual([{ name: 'a' }]);
    expect((await done()).out).toMatch(/^Nothing to do/);
    write(RENAMED.replace("pgTable('songs'", "pgTable('tracks'"));
    await done('--rename', 'songs=tracks');
    expect(await database.query('select name from tracks')).toEqual([{ name: 'a' }]);
    expect((await done()).out).toMatch(/^Nothing to do/);
  });

  test('what the schema cannot say, and what is of others, is left alone', async () => {
    const { database, write, done } = await setupPush(SONGS);
    await database.query(`create extension pg_trgm; create schema pgboss; create table pgboss.job (id int);
      create schema reports; create table reports.sales (id int); create table _prisma_migrations (id int);
      create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
      create domain short as text check (length(value) < 9)`);
    await done();
    await database.query(`create trigger touched before update on songs for each row execute function touch();
      comment on table songs is 'kept'; alter table songs set (fillfactor = 70); alter table songs alter plays set statistics 7`);
    const before = await readCatalog(database);
    const second = await done();
    expect(second.out).toMatch(/^Nothing to do/);
    expect(await readCatalog(database)).toBe(before);
    const run = await done('--json');
    expect(run.json.leftAlone).toEqual(
      expect.arrayContaining(['table reports.sales', expect.stringContaining('_prisma_migrations')]),
    );
    write(SONGS.replace('plays: p.integer()', 'plays: p.integer().notNull().default(0)'));
    await done();
    expect((await database.query("select reloptions from pg_class where relname = 'songs'"))[0]).toEqual({
      reloptions: '{fillfactor=70}',
    });
    expect(
      (
        await database.query(
          "select attstattarget as n from pg_attribute where attrelid = 'songs'::regclass and attname = 'plays'",
        )
      )[0],
    ).toEqual({ n: 7 });
    await database.query('drop table pgboss.job; drop schema pgboss');
    await done('--include', 'reports');
    expect(await database.query("select to_regclass('reports.sales') as t")).toEqual([{ t: null }]);
  });

  test('a statement that the rows do not allow: all of it is rolled back', async () => {
    const context = await setupPush(SONGS);
    const { database, write, done } = context;
    await done();
    await database.query("insert into songs values (1, 'a', null)");
    write(SONGS.replace('plays: p.integer()', 'plays: p.integer().notNull(), added: p.text()'));
    expect(await refused(context)).toMatchObject({
      exitCode: 4,
      code: 'statement-failed',
      state: 'All of it was rolled back: nothing was changed.',
    });
  });
});

describe('on a terminal', () => {
  async function losing() {
    const context = await setupPush(SONGS);
    await context.done();
    await context.database.query("insert into songs values (1, 'a', 3)");
    context.write(SHORTER);
    return context;
  }

  test('what would be lost is shown, and asked; a no changes nothing', async () => {
    const { database, root } = await losing();
    const before = await readEverything(database);
    const { shown, exitCode } = await inTerminal(root, 'push', [['Lose this data?', 'n']]);
    expect(shown).toContain('1 value of public.songs.plays');
    expect(exitCode).toBe(2);
    expect(await readEverything(database)).toEqual(before);
  });

  test('a yes does it', async () => {
    const { database, root } = await losing();
    const { shown, exitCode } = await inTerminal(root, 'push', [['Lose this data?', 'y']]);
    expect([exitCode, shown]).toEqual([0, expect.stringContaining('Pushed: 1 statement')]);
    expect(await database.query('select * from songs')).toEqual([{ id: 1, title: 'a' }]);
  });

  test('a rename is asked', async () => {
    const { database, root, write } = await losing();
    write(RENAMED);
    const { exitCode } = await inTerminal(root, 'push', [
      ['was it renamed?', '\u001b[B'],
      ['', '\r'],
    ]);
    expect(exitCode).toBe(0);
    expect(await database.query('select name, plays from songs')).toEqual([{ name: 'a', plays: 3 }]);
  });
});

test('a role that the schema makes', async () => {
  const name = `pushed_${randomBytes(5).toString('hex')}`;
  const { database, done } = await setupPush(`${IMPORTS}export const singer = p.pgRole('${name}', { createDb: true });
export const songs = p.pgTable('songs', { id: p.integer() }, () => [p.pgPolicy('sing', { to: singer, using: sql\`id > 0\` })]);\n`);
  onTestFinished(async () => {
    await query(serverUrl(), `drop role if exists ${name}`);
  });
  await done();
  expect(await database.query(`select rolcreatedb as may from pg_roles where rolname = '${name}'`)).toEqual([
    { may: true },
  ]);
  expect((await done()).out).toMatch(/^Nothing to do/);
  await database.query('drop table songs');
});

test('what is taken out of the schema goes, an emptied schema of its own with --include', async () => {
  const { database, write, done } = await setupPush(EVERYTHING);
  await done();
  write(SONGS);
  await done('--no-renames', '--accept-data-loss');
  expect((await done()).out).toMatch(/^Nothing to do/);
  expect(
    await database.query("select to_regclass('music.artists')::text as a, to_regclass('likes')::text as l"),
  ).toEqual([{ a: 'music.artists', l: null }]);
  await done('--include', 'music');
  expect(await database.query("select to_regnamespace('music')::text as s")).toEqual([{ s: null }]);
});

async function waitsForLock(database: Pick<TestDatabase, 'query'>): Promise<void> {
  const waiting =
    "select 1 from pg_stat_activity where application_name = 'migrator push' and wait_event_type = 'Lock' and datname = current_database()";
  while ((await database.query(waiting)).length === 0) await sleep(20);
}

test('somebody else holds a table: it is not waited for without end, and nothing is changed', async () => {
  const { database, root, write, done } = await setupPush(SONGS);
  await done();
  write(SHORTER.replace('title: p.text().notNull()', 'title: p.text()'));
  const session = await Session.open(readTarget({ url: database.url }, {}), { applicationName: 'test' });
  onTestFinished(() => session.close());
  await session.run('begin; lock table songs in access share mode');
  const run = await runCli(root, 'push', '--lock-timeout', '200ms', '--lock-retries', '0', '--json');
  expect(run).toMatchObject({
    exitCode: 4,
    json: { error: { code: 'lock-timeout', state: 'All of it was rolled back: nothing was changed.' } },
  });
  const lost = runCli(root, 'push', '--lock-timeout', '60s', '--json');
  await waitsForLock(database);
  await database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'migrator push' and datname = current_database()",
  );
  expect(await lost).toMatchObject({
    exitCode: 4,
    json: { error: { code: 'connection-lost', state: 'What was not committed, Postgres rolls back.' } },
  });
  const again = runCli(root, 'push', '--lock-timeout', '200ms', '--lock-retries', '9');
  await waitsForLock(database);
  await session.run('commit');
  expect(await again).toMatchObject({ exitCode: 0, out: expect.stringContaining('Pushed: 2 statements') });
});

describe('push is refused', () => {
  const migrations = migrationFiles({ '0000_a': 'create table a (id int);\n' });

  test('where migrations are applied, unless told', async () => {
    const context = await setupPush(
      `${IMPORTS}export const a = p.pgTable('a', { id: p.integer() });\n${SONGS.replace(IMPORTS, '')}`,
    );
    writeFiles(
      context.root,
      Object.fromEntries(Object.entries(migrations).map(([name, text]) => [`drizzle/${name}`, text])),
    );
    expect(await runCli(context.root, 'migrate')).toMatchObject({ exitCode: 0 });
    expect(await refused(context, '--dry-run')).toMatchObject({ exitCode: 3, code: 'push-migrated' });
    await context.done('--on-migrated');
    expect(await runCli(context.root, 'status', '--check')).toMatchObject({ exitCode: 0 });
    expect((await context.done('--on-migrated')).out).toMatch(/^Nothing to do/);
  });

  test('on a database that is marked, by itself or by the config', async () => {
    const context = await setupPush(SONGS);
    const { database, root, done } = context;
    await database.query(`alter database ${database.name} set migrator.environment = 'production'`);
    expect(await refused(context)).toMatchObject({ exitCode: 3, code: 'push-production' });
    await done('--on-production');
    await database.query(`alter database ${database.name} reset migrator.environment`);
    await done();
    writeFiles(root, {
      'drizzle.config.json': {
        dialect: 'postgresql',
        schema: './schema.ts',
        dbCredentials: { url: database.url },
        migrator: { production: true },
      },
    });
    expect(await refused(context)).toMatchObject({ exitCode: 3, code: 'push-production' });
  });
});

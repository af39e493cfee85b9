import { describe, expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { listParked, purge } from '../../src/api/purge.js';
import { planRollback, rollback } from '../../src/api/rollback.js';
import { status } from '../../src/api/status.js';
import { openTrash, type Parking, parkColumn, parkTable, parkType } from '../../src/recoverable/index.js';
import { failureOf, runCli } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { drizzleKitMigrate } from '../setup/drizzle-kit.js';
import { makeProject, writeFiles } from '../setup/project.js';

const SCHEMA = `create type mood as enum ('low', 'high');
create table albums (id int primary key);
create table songs (id serial primary key, album_id int constraint songs_album references albums, title text not null constraint songs_title unique, mood mood);
create table plays (song_id int constraint plays_song references songs);`;

const [titleAt, songsAt] = [{ migration: '0001_title' }, { migration: '0002_songs' }];
const title = parkColumn(titleAt, { schema: 'public', table: 'songs', column: 'title', notNull: true, unique: true });
const references = (column: string, table: string) => `FOREIGN KEY ("${column}") REFERENCES "public"."${table}" ("id")`;
const songs = parkTable(songsAt, {
  schema: 'public',
  table: 'songs',
  foreignKeys: [
    { schema: 'public', table: 'plays', name: 'plays_song', definition: references('song_id', 'songs') },
    { schema: 'public', table: 'songs', name: 'songs_album', definition: references('album_id', 'albums') },
  ],
});
const mood = parkType(songsAt, { schema: 'public', name: 'mood' });

/** As `generate` puts them into files. */
function filesOf(tag: string, parkings: readonly Parking[], around: Partial<Parking> = {}) {
  const text = (statements: readonly string[]) =>
    statements.map((sql) => `${sql};`).join('\n--> statement-breakpoint\n');
  return {
    [`drizzle/${tag}.sql`]: `-- migrator: recoverable\n${text([...openTrash(), ...(around.up ?? []), ...parkings.flatMap(({ up }) => up)])}`,
    [`drizzle/${tag}.down.sql`]: text([...parkings.toReversed().flatMap(({ down }) => down), ...(around.down ?? [])]),
  };
}

async function setup() {
  const database = await createDatabase();
  const project = makeProject(database, { '0000_all': SCHEMA, '0001_title': '', '0002_songs': '' });
  writeFiles(project.root, {
    'drizzle/0000_all.down.sql': 'drop table plays, songs, albums; drop type mood;',
    ...filesOf('0001_title', [title], {
      up: ['ALTER TABLE "public"."songs" DROP CONSTRAINT "songs_title"'],
      down: ['ALTER TABLE "public"."songs" ADD CONSTRAINT "songs_title" UNIQUE ("title")'],
    }),
    ...filesOf('0002_songs', [songs, mood]),
  });
  await migrate(project, { to: '0000_all' });
  await database.query(`insert into albums values (1); insert into songs (album_id, title, mood) select 1, 'song ' || n, 'high' from generate_series(1, 100) n;
    insert into plays values (7)`);
  const checksum = async () => {
    const [row] = await database.query<{ sum: string }>(
      `select md5(string_agg(s::text, '|' order by id)) as sum from (select id, album_id, title, mood from songs) s`,
    );
    return row?.sum;
  };
  return { database, project, checksum, before: await checksum() };
}

describe('recoverable drops', () => {
  test('bring all values back, rows were written meanwhile, and nothing counts as lost', async () => {
    const { database, project, checksum, before } = await setup();
    await migrate(project, { to: '0001_title' });
    await database.query(`insert into songs (mood) values ('low'), ('low')`);
    await migrate(project);
    await database.query('insert into plays values (1234)');

    const { losses, plan } = await planRollback(project, { steps: 2 });
    expect(losses).toEqual([]);
    expect(plan.findings).toMatchObject([
      { code: 'rows-violate-constraint', tag: '0002_songs', message: expect.stringContaining('(`plays_song`)') },
      { code: 'rows-without-value', tag: '0001_title', message: expect.stringContaining('2 rows have no value') },
    ]);
    expect(plan.findings[1]?.fix).toContain(
      'update "migrator_trash_0002_songs"."songs" set "__dropped_0001_title" = …',
    );
    expect((await failureOf(rollback(project))).findings).toMatchObject([
      {
        code: 'rows-violate-constraint',
        message: expect.stringContaining('1 row of public.plays points with song_id'),
      },
    ]);
    await database.query('delete from plays where song_id = 1234');
    await rollback(project);
    await database.query(`delete from songs where id > 100`);
    await rollback(project);

    expect(await checksum()).toBe(before);
    await expect(database.query(`insert into songs (title) values ('song 1')`)).rejects.toThrow('songs_title');
    await migrate(project);
    expect((await status(project)).upToDate).toBe(true);
  });

  test('run by drizzle-kit they are the same', async () => {
    const { database, project, checksum, before } = await setup();
    await drizzleKitMigrate(project.migrationsFolder, database.url);
    expect(await listParked(project)).toHaveLength(3);
    await rollback(project, { steps: 2 });
    expect(await checksum()).toBe(before);
    expect(await listParked(project)).toEqual([]);
  });
});

describe('purge', () => {
  test('lists what is parked, with age and size; destroys what it is told to; a rollback is refused then', async () => {
    const { database, project } = await setup();
    await migrate(project);
    await database.query(
      `update migrator_trash.parked set parked_at = now() - interval '40 days' where kind = 'column'; analyze`,
    );
    const drops = await listParked(project);
    expect(drops).toMatchObject([
      { kind: 'column', name: 'public.songs.title', migration: '0001_title', exists: true, count: { rows: 100 } },
      { kind: 'table', name: 'public.songs', migration: '0002_songs', exists: true, count: { rows: 100 } },
      { kind: 'type', name: 'public.mood', type: 'mood', exists: true },
    ]);
    expect(drops[0]?.bytes).toBeGreaterThan(100);
    const [old] = drops.filter(({ ageMs }) => ageMs > 30 * 86_400_000);
    expect(old?.kind).toBe('column');
    expect(await purge(project, { drops: old ? [old] : [] })).toEqual([old]);

    await rollback(project);
    const error = await failureOf(rollback(project));
    expect(error.findings).toMatchObject([
      { code: 'purged', tag: '0001_title', message: expect.stringContaining('public.songs.title') },
    ]);
    writeFiles(project.root, {
      'drizzle/0001_title.down.sql': `alter table songs add title text; update songs set title = id;
        alter table songs alter title set not null, add constraint songs_title unique (title);`,
    });
    await rollback(project, { useFiles: true });
    await migrate(project);
    expect((await planRollback(project, { steps: 2 })).plan.findings.map(({ code }) => code)).toEqual([]);
    await purge(project, { drops: await listParked(project) });
    expect(await listParked(project)).toEqual([]);
    expect(await database.query(`select nspname from pg_namespace where nspname like 'migrator_trash%'`)).toEqual([
      { nspname: 'migrator_trash' },
    ]);
  });

  test('leaves what somebody uses, and says who', async () => {
    const { database, project } = await setup();
    await migrate(project, { to: '0001_title' });
    await database.query('create view titles as select __dropped_0001_title from songs');
    const error = await failureOf(purge(project, { drops: await listParked(project) }));
    expect(error).toMatchObject({ code: 'purge-failed', state: 'Nothing was purged.' });
    expect(error.detail).toContain('view titles');
    expect(await listParked(project)).toHaveLength(1);
  });

  test('finds a column of a table that was renamed, and forgets one that is gone', async () => {
    const { database, project } = await setup();
    await migrate(project, { to: '0001_title' });
    await database.query('alter table songs rename to tracks');
    const drops = await listParked(project);
    expect(drops).toMatchObject([{ table: { schema: 'public', table: 'tracks' }, exists: true }]);
    await database.query('alter table tracks drop column __dropped_0001_title');
    expect(await listParked(project)).toMatchObject([{ exists: false }]);
    expect(await purge(project, { drops })).toHaveLength(1);
    expect(await listParked(project)).toEqual([]);
  });

  test('on the command line: listed first, asked for, 30 days by default', async () => {
    const { database, project } = await setup();
    const cli = (...argv: string[]) => runCli(project.root, 'purge', ...argv);
    expect((await cli()).shown).toBe('Database user@host:5432/database\nNothing is parked.\n');
    await migrate(project);
    expect((await cli('--yes')).shown).toContain('Nothing is older than 30 days.');
    await database.query(
      `update migrator_trash.parked set parked_at = now() - interval '40 days' where kind <> 'column'; analyze`,
    );
    const dry = await cli('--dry-run');
    expect(dry.exitCode).toBe(0);
    expect(dry.shown).toMatch(/· {2}column {2}public\.songs\.title {2}0001_title {2}0 min {4}100 values, \d+ bytes/);
    expect(dry.shown).toMatch(/✗ {2}table {3}public\.songs {8}0002_songs {2}40 days {2}100 rows, \d+ kB/);
    expect(dry.shown).toContain('2 drops would be purged. Nothing was changed.');
    expect(await cli()).toMatchObject({ exitCode: 2, err: expect.stringContaining('[needs-confirmation]') });
    expect(await listParked(project)).toHaveLength(3);
    expect((await cli('--older-than', '1')).exitCode).toBe(2);
    expect((await cli('--yes', '--json')).json).toMatchObject({
      command: 'purge',
      ok: true,
      parked: [
        { kind: 'column', due: false, purged: false, rows: { rows: 100, estimated: false } },
        { kind: 'table', due: true, purged: true },
        { kind: 'type', due: true, purged: true },
      ],
    });
    // The column was in the table.
    expect(await listParked(project)).toMatchObject([{ kind: 'column', exists: false }]);
    expect((await cli('--older-than', '0s', '--yes')).shown).toContain('Purged 1 drop.');
  });

  test('a trash schema of another name', async () => {
    const database = await createDatabase();
    const project = makeProject(database, { '0000_a': 'create table a (id int);', '0001_b': '' });
    const parking = parkTable({ migration: '0001_b', trash: 'bin' }, { schema: 'public', table: 'a' });
    writeFiles(project.root, {
      'drizzle/0001_b.sql': [...openTrash('bin'), ...parking.up].join(';\n'),
      'drizzle.config.json': {
        dialect: 'postgresql',
        out: './drizzle',
        dbCredentials: { url: database.url },
        migrator: { trashSchema: 'bin' },
      },
    });
    await migrate(project);
    expect((await runCli(project.root, 'purge', '--older-than', '0s', '--yes')).shown).toContain('Purged 1 drop.');
    writeFiles(project.root, { 'drizzle.config.json': { dialect: 'postgresql', migrator: { trash: 'bin' } } });
    expect((await runCli(project.root, 'purge')).shown).toContain('`migrator.trash` is no known field');
  });
});

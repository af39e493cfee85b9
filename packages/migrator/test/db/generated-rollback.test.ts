import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generate } from '../../src/api/generate.js';
import { migrate } from '../../src/api/migrate.js';
import { listParked, purge } from '../../src/api/purge.js';
import { planRollback, rollback } from '../../src/api/rollback.js';
import { loadConfig } from '../../src/config/config.js';
import { createDatabase, serverUrl } from '../setup/database.js';
import { makeDrizzleFolder } from '../setup/drizzle-kit.js';
import { writeFiles } from '../setup/project.js';

const COLUMNS = {
  all: `id: serial().primaryKey(), title: text().notNull().unique(), mood: mood(), albumId: integer('album_id').references(() => albums.id)`,
  less: 'id: serial().primaryKey()',
};
const schema = (
  songs: string | undefined,
) => `import { integer, pgEnum, pgTable, serial, text } from 'drizzle-orm/pg-core';
export const mood = pgEnum('mood', ['low', 'high']);
export const albums = pgTable('albums', { id: serial().primaryKey() });
${
  songs === undefined
    ? ''
    : `export const songs = pgTable('songs', { ${songs} });
export const plays = pgTable('plays', { songId: integer('song_id').references(() => songs.id) });`
}\n`;

test('what generate parks, rollback brings back with its values, and purge lists by the names of the schema', {
  timeout: 120_000,
}, async () => {
  const database = await createDatabase();
  const root = makeDrizzleFolder();
  const next = async (name: string, songs: string | undefined) => {
    writeFiles(root, {
      'schema.ts': schema(songs),
      'drizzle.config.json': {
        dialect: 'postgresql',
        schema: './schema.ts',
        out: './drizzle',
        migrator: { trashSchema: 'bin' },
      },
    });
    const config = await loadConfig({ cwd: root });
    return generate({ ...config, relativeTo: root }, { name, noRenames: true, scratchUrl: serverUrl() });
  };
  const project = {
    database: database.url,
    migrationsFolder: join(root, 'drizzle'),
    relativeTo: root,
    trashSchema: 'bin',
  };
  const rows = () => database.query('select * from songs order by id');

  await next('create_songs', COLUMNS.all);
  await migrate(project);
  await database.query(
    `insert into albums default values; insert into songs (title, mood, album_id) select 'song ' || n, 'high', 1 from generate_series(1, 50) n; insert into plays values (3)`,
  );
  const before = await rows();

  await next('drop_title_mood_album', COLUMNS.less);
  await migrate(project);
  await database.query('insert into songs default values; delete from songs where id > 50');
  await next('drop_songs', undefined);
  await migrate(project);
  expect((await listParked(project)).map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual([
    'column public.songs.album_id',
    'column public.songs.mood',
    'column public.songs.title',
    'table public.plays',
    'table public.songs',
  ]);

  const preview = await planRollback(project, { steps: 2 });
  expect(preview.losses).toEqual([]);
  await rollback(project, { steps: 2, preview });
  expect(await rows()).toEqual(before);
  expect(await listParked(project)).toEqual([]);

  await migrate(project);
  const drops = await listParked(project);
  await purge(project, { drops });
  expect(await database.query(`select nspname from pg_namespace where nspname like 'bin%'`)).toEqual([
    { nspname: 'bin' },
  ]);
});

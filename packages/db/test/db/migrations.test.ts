import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client.js';
import { latestMigration, migrateDatabase, migrationsFolder, readMigrationEntries } from '../../src/migrations.js';
import { createTestDatabase } from '../../src/testing.js';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/** A copy of what drizzle-kit reads, so that it can write what it likes. */
let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'melodia-db-'));
  for (const path of ['src', 'drizzle', 'drizzle.config.ts', 'package.json']) {
    cpSync(join(packageFolder, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(packageFolder, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** drizzle-kit exits 0 on many failures: what it said and what it wrote is all that counts. */
function drizzleKit(verb: string): string {
  const bin = join(copy, 'node_modules/drizzle-kit/bin.cjs');
  const { stdout, stderr } = spawnSync(process.execPath, [bin, verb], { cwd: copy, encoding: 'utf8' });
  return stdout + stderr;
}

test('the schema and the migrations agree: drizzle-kit finds nothing to generate', () => {
  expect(drizzleKit('generate')).toContain('No schema changes, nothing to migrate');
  expect(readdirSync(join(copy, 'drizzle/migrations'))).toEqual(readdirSync(migrationsFolder));
});

test("drizzle-kit's own check is content with the folder", () => {
  expect(drizzleKit('check')).toContain("Everything's fine");
});

test('every entry of the journal has its file and its way back, and every file its entry, in order of time', () => {
  const entries = readMigrationEntries();
  const files = readdirSync(migrationsFolder).filter((name) => name.endsWith('.sql'));
  expect(files).toEqual(entries.flatMap(({ tag }) => [`${tag}.down.sql`, `${tag}.sql`]));
  expect(entries.map(({ when }) => when)).toEqual(entries.map(({ when }) => when).toSorted((a, b) => a - b));
});

test('migrateDatabase applies everything once, however many call it', async () => {
  await using database = await createTestDatabase();
  await database.sql`drop schema public, drizzle cascade`.then(() => database.sql`create schema public`);
  await migrateDatabase(database.url);
  await Promise.all([migrateDatabase(database.url), migrateDatabase(database.url)]);
  const rows = await database.sql`select created_at::float8 as when from drizzle.__drizzle_migrations order by id`;
  expect(rows.map((row) => row.when)).toEqual(readMigrationEntries().map(({ when }) => when));
});

test('every foreign key has an index that starts with its columns', async () => {
  await using database = await createTestDatabase();
  const rows = await database.sql<{ name: string; indexed: boolean }[]>`
    select conname as name, exists (
      select from pg_index
      where indrelid = conrelid and indpred is null and indisvalid
        and (indkey::int2[])[0:array_length(conkey, 1) - 1] = conkey
    ) as indexed
    from pg_constraint where contype = 'f'`;
  expect(rows).toHaveLength(12);
  expect(rows.filter(({ indexed }) => !indexed)).toEqual([]);
});

test('the library page reads its partial index in order', async () => {
  await using database = await createTestDatabase();
  await database.sql`insert into songs (slug, status, song_variants, selected_variant)
    select 'song-' || n, 'published', '{"0": {"title": "t"}}', '0' from generate_series(1, 2000) n`;
  await database.sql`analyze songs`;
  const plan = await database.sql`explain select id from songs where status = 'published' and deleted_at is null
    order by created_at desc, id desc limit 20`;
  expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index (Only )?Scan using idx_songs_published/);
  expect(plan.map((row) => row['QUERY PLAN']).join('\n')).not.toContain('Sort');
});

test('data of the first days survives every migration', async () => {
  await using database = await createTestDatabase();
  await database.sql`drop schema public, drizzle cascade`.then(() => database.sql`create schema public`);
  const { sql, close } = createClient({ url: database.url, max: 1 });
  const tags = readMigrationEntries().map(({ tag }) => tag);
  const apply = async (upTo: string) => {
    for (const tag of tags.splice(0, tags.indexOf(upTo) + 1)) {
      const text = readFileSync(join(migrationsFolder, `${tag}.sql`), 'utf8');
      await sql.begin(async (tx) => {
        for (const statement of text.split('--> statement-breakpoint')) await tx.unsafe(statement);
      });
    }
  };

  await apply('0001_add_user_preferences');
  await sql`insert into users (email, password_hash) values ('Ada@Example.com', '-'), ('bo@example.com', '-')`;
  await sql`insert into user_preferences (user_id, theme, notifications) values
    (1, 'light', true), (1, 'dark', false), (2, 'neon', null), (99, 'dark', true)`;
  await sql`insert into songs (title, lyrics, music_style, duration_seconds, status) values
    ('Für Oma!', 'La la', 'folk', 95, 'published'), ('???', null, null, null, 'draft')`;

  await apply('0006_add_lyrics_drafts');
  await sql`update songs set categories = '{birthday,"Not a slug"}' where id = 1`;
  await sql`insert into songs (slug, status) values ('never-recorded', 'published')`;

  await apply(latestMigration().tag);
  expect(tags).toEqual([]);
  expect(await sql`select slug, status, song_variants, selected_variant, categories from songs order by id`).toEqual([
    {
      slug: 'f-r-oma-1',
      status: 'published',
      song_variants: { 0: { title: 'Für Oma!', lyrics: 'La la', music_style: 'folk', duration_seconds: 95 } },
      selected_variant: '0',
      categories: ['birthday', 'Not a slug'],
    },
    { slug: '2', status: 'draft', song_variants: { 0: { title: '???' } }, selected_variant: '0', categories: [] },
    { slug: 'never-recorded', status: 'draft', song_variants: {}, selected_variant: null, categories: [] },
  ]);
  expect(await sql`select name, song_id from categories join song_categories on category_id = id`).toEqual([
    { name: 'Birthday', song_id: 1 },
  ]);
  expect(await sql`select email from users order by id`).toEqual([
    { email: 'ada@example.com' },
    { email: 'bo@example.com' },
  ]);
  expect(await sql`select user_id, theme, notifications from user_preferences order by user_id`).toEqual([
    { user_id: 1, theme: 'dark', notifications: false },
    { user_id: 2, theme: 'light', notifications: true },
  ]);
  await close();
});

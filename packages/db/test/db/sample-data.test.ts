import { expect, test } from 'vitest';
import { selectedVariant, songTitle, sql } from '../../src/index.js';
import { loadSampleData } from '../../src/sample-data/index.js';
import { songsTable } from '../../src/schema/index.js';
import { createTestDatabase, type TestDatabase } from '../../src/testing.js';
import {
  songVariantsSchema,
  timedLyricsLinesSchema,
  timestampLyricsApiResponseSchema,
  validate,
} from '../../src/validation/index.js';

/** Every row of every table, with the transaction that wrote it: a row that was touched has another one. */
async function readEverything({ sql }: TestDatabase): Promise<unknown> {
  const tables = await sql<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'public'`;
  return Promise.all(
    tables.map(async ({ name }) => [name, await sql`select xmin::text, * from ${sql(name)} order by ctid`] as const),
  );
}

test('loading twice adds once, and the second time touches no row', async () => {
  await using database = await createTestDatabase();
  expect(await loadSampleData(database.db)).toEqual({ songsAdded: 12, songsTotal: 12 });
  const before = await readEverything(database);
  expect(await loadSampleData(database.db)).toEqual({ songsAdded: 0, songsTotal: 12 });
  expect(await readEverything(database)).toEqual(before);
});

test('two that load at once add one library', async () => {
  await using database = await createTestDatabase();
  const both = await Promise.all([loadSampleData(database.db), loadSampleData(database.db)]);
  expect(both.map(({ songsAdded }) => songsAdded).sort()).toEqual([0, 12]);
});

test('a song that was removed comes back alone, and what people changed stays', async () => {
  await using database = await createTestDatabase();
  await loadSampleData(database.db);
  await database.sql`update users set name = 'Ada B.' where email = 'ada@example.com'`;
  await database.sql`delete from payments where provider_payment_id = 'sample-goalkeeper'`;
  await database.sql`delete from songs where slug = 'goalkeeper'`;
  expect(await loadSampleData(database.db)).toEqual({ songsAdded: 1, songsTotal: 12 });
  expect(await database.sql`select name from users where email = 'ada@example.com'`).toEqual([{ name: 'Ada B.' }]);
  expect(await database.sql`select count(*)::int from song_requests where user_id is null`).toEqual([{ count: 1 }]);
});

test('every song has two recordings whose lines follow their words in order', async () => {
  await using database = await createTestDatabase();
  await loadSampleData(database.db);
  const songs = await database.db.select().from(songsTable);
  expect(songs).toHaveLength(12);
  for (const song of songs) {
    expect(Object.keys(song.song_variants)).toEqual(['0', '1']);
    for (const [key, variant] of Object.entries(song.song_variants)) {
      const words = song.variant_timestamp_lyrics_api_response[key]?.alignedWords ?? [];
      const lines = song.variant_timestamp_lyrics_processed[key] ?? [];
      const spoken = variant.lyrics?.split('\n').filter((line) => !line.startsWith('['));
      expect(lines.map(({ text }) => text)).toEqual(spoken);
      expect(
        words
          .map(({ word }) => word.replace(/\[.*\]\n/, ''))
          .join('')
          .trim(),
      ).toBe(spoken?.join('\n'));
      const times = lines.flatMap(({ start, end }) => [start, end]);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times.at(-1)).toBeLessThan((variant.duration_seconds ?? 0) * 1000);
    }
  }
});

test('songTitle and selectedVariant agree on what a song is called', async () => {
  await using database = await createTestDatabase();
  await loadSampleData(database.db);
  await database.db
    .insert(songsTable)
    .values([
      { slug: 'unselected', song_variants: { 0: { title: 'First take' } } },
      { slug: 'second', song_variants: { 0: { title: 'One' }, 1: { title: 'Two' } }, selected_variant: '1' },
      { slug: 'nothing-recorded' },
    ]);
  const rows = await database.db
    .select({ slug: songsTable.slug, title: songTitle, song: songsTable })
    .from(songsTable)
    .where(sql`${songsTable.slug} in ('goalkeeper', 'unselected', 'second', 'nothing-recorded')`)
    .orderBy(songsTable.slug);
  expect(rows.map(({ slug, title }) => [slug, title])).toEqual([
    ['goalkeeper', 'Goalkeeper'],
    ['nothing-recorded', 'nothing-recorded'],
    ['second', 'Two'],
    ['unselected', 'First take'],
  ]);
  expect(rows.map(({ song }) => selectedVariant(song)?.title)).toEqual(['Goalkeeper', undefined, 'Two', undefined]);
});

test('its JSON is what the validators take', async () => {
  await using database = await createTestDatabase();
  await loadSampleData(database.db);
  for (const song of await database.db.select().from(songsTable)) {
    expect(validate(songVariantsSchema, song.song_variants)).toEqual({ ok: true, value: song.song_variants });
    for (const answer of Object.values(song.variant_timestamp_lyrics_api_response))
      expect(validate(timestampLyricsApiResponseSchema, answer)).toEqual({ ok: true, value: answer });
    for (const lines of Object.values(song.variant_timestamp_lyrics_processed))
      expect(validate(timedLyricsLinesSchema, lines)).toEqual({ ok: true, value: lines });
  }
});

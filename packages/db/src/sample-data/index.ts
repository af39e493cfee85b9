import { inArray, sql } from 'drizzle-orm';
import type { Database, DatabaseOrTransaction } from '../client.js';
import {
  categoriesTable,
  lyricsDraftsTable,
  paymentsTable,
  type SongVariants,
  songCategoriesTable,
  songRequestsTable,
  songsTable,
  userPreferencesTable,
  usersTable,
  type VariantTimestampLyricsApiResponse,
  type VariantTimestampLyricsProcessed,
} from '../schema/index.js';
import { type SampleSong, sampleCategories, sampleSongs, sampleUsers } from './songs.js';
import { timeLyrics } from './timing.js';

/** No password has this hash: nobody can sign in as a sample user. */
const noPassword = '!';

/**
 * Adds a small library (songs with two recordings each and lyrics that follow the time, users, requests, payments) for
 * development. What is there already stays as it is, so a second call changes nothing.
 */
export async function loadSampleData(db: Database): Promise<{ songsAdded: number; songsTotal: number }> {
  const total = { songsTotal: sampleSongs.length };
  if ((await missingSongs(db)).length === 0) return { songsAdded: 0, ...total };
  return await db.transaction(async (tx) => {
    // Two set-ups at once: the second waits, then finds everything there.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('melodia sample data', 0))`);
    const missing = await missingSongs(tx);
    const userIds = await addUsers(tx);
    const categoryIds = await addCategories(tx);
    for (const song of missing) await addSong(tx, song, { userId: userIds[song.by] ?? null, categoryIds });
    if (missing.length === sampleSongs.length) await addOpenRequests(tx, userIds);
    return { songsAdded: missing.length, ...total };
  });
}

async function missingSongs(db: DatabaseOrTransaction): Promise<SampleSong[]> {
  const found = await db
    .select({ slug: songsTable.slug })
    .from(songsTable)
    .where(inArray(songsTable.slug, sampleSongs.map(slugOf)));
  const slugs = new Set(found.map(({ slug }) => slug));
  return sampleSongs.filter((song) => !slugs.has(slugOf(song)));
}

async function addUsers(tx: DatabaseOrTransaction): Promise<number[]> {
  await tx
    .insert(usersTable)
    .values(sampleUsers.map(({ email, name }) => ({ email, name, password_hash: noPassword })))
    .onConflictDoNothing();
  const emails = sampleUsers.map(({ email }) => email);
  const users = await tx.select().from(usersTable).where(inArray(usersTable.email, emails));
  const byEmail = new Map(users.map(({ email, id }) => [email, id]));
  const ids = sampleUsers.flatMap(({ email }) => byEmail.get(email) ?? []);
  await tx
    .insert(userPreferencesTable)
    .values(
      sampleUsers.flatMap(({ email, theme, notifications }) => {
        const user_id = byEmail.get(email);
        return user_id === undefined ? [] : [{ user_id, theme, notifications }];
      }),
    )
    .onConflictDoNothing();
  return ids;
}

async function addCategories(tx: DatabaseOrTransaction): Promise<Map<string, number>> {
  await tx
    .insert(categoriesTable)
    .values(sampleCategories.map((category, position) => ({ ...category, position })))
    .onConflictDoNothing();
  const rows = await tx.select().from(categoriesTable);
  return new Map(rows.map(({ slug, id }) => [slug, id]));
}

async function addSong(
  tx: DatabaseOrTransaction,
  song: SampleSong,
  { userId, categoryIds }: { userId: number | null; categoryIds: Map<string, number> },
): Promise<void> {
  const [request] = await tx
    .insert(songRequestsTable)
    .values({
      user_id: userId,
      requester_name: sampleUsers[song.by]?.name ?? 'A visitor',
      recipient_name: song.recipient,
      occasion: song.occasion,
      music_styles: [song.style],
      status: 'completed',
    })
    .returning();
  if (request === undefined) return;
  const song_request_id = request.id;
  const [draft] = await tx
    .insert(lyricsDraftsTable)
    .values([
      {
        song_request_id,
        version: 2,
        status: 'approved',
        lyrics: song.lyrics,
        edit_request: 'A little shorter, please.',
      },
      { song_request_id, version: 1, status: 'rejected', lyrics: `${song.lyrics}\n[Outro]\nLa la la` },
    ])
    .returning();
  const [added] = await tx
    .insert(songsTable)
    .values({
      ...recordings(song),
      slug: slugOf(song),
      song_request_id,
      user_id: userId,
      lyrics_draft_id: draft?.id ?? null,
      status: 'published',
      categories: song.categories.toSorted(),
      tags: song.tags,
      selected_variant: '0',
      play_count: song.plays,
      like_count: song.likes,
    })
    .returning({ id: songsTable.id });
  const links = song.categories.flatMap((slug) => categoryIds.get(slug) ?? []);
  if (added !== undefined) {
    await tx.insert(songCategoriesTable).values(links.map((category_id) => ({ song_id: added.id, category_id })));
  }
  await tx.insert(paymentsTable).values({
    user_id: userId,
    song_request_id,
    amount_minor: 1999,
    status: 'paid',
    provider: 'sample',
    provider_payment_id: `sample-${slugOf(song)}`,
    paid_at: new Date(),
  });
}

/** Every song comes in two recordings: the second is slower. */
function recordings(song: SampleSong) {
  const song_variants: SongVariants = {};
  const variant_timestamp_lyrics_api_response: VariantTimestampLyricsApiResponse = {};
  const variant_timestamp_lyrics_processed: VariantTimestampLyricsProcessed = {};
  for (const [key, pace, style] of [
    ['0', 1, song.style],
    ['1', 1.15, `${song.style}, slower`],
  ] as const) {
    const { response, lines, durationSeconds } = timeLyrics(song.lyrics, pace);
    song_variants[key] = {
      title: song.title,
      lyrics: song.lyrics,
      music_style: style,
      audio_url: `/audio/${slugOf(song)}/${key}.wav`,
      duration_seconds: durationSeconds,
      provider_audio_id: `sample-${slugOf(song)}-${key}`,
    };
    variant_timestamp_lyrics_api_response[key] = response;
    variant_timestamp_lyrics_processed[key] = lines;
  }
  return { song_variants, variant_timestamp_lyrics_api_response, variant_timestamp_lyrics_processed };
}

async function addOpenRequests(tx: DatabaseOrTransaction, userIds: number[]): Promise<void> {
  await tx.insert(songRequestsTable).values([
    {
      user_id: userIds[1] ?? null,
      requester_name: 'Bilal Rahman',
      recipient_name: 'Amina',
      occasion: 'Graduation',
      story: 'First in the family to finish university; studied at the kitchen table of our bakery.',
      languages: ['English', 'Urdu'],
      music_styles: ['pop'],
      status: 'writing',
    },
    { requester_name: 'A visitor', recipient_name: 'Grandpa Theo', occasion: 'Birthday', music_styles: ['waltz'] },
  ]);
}

function slugOf({ title }: SampleSong): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, eq, setSongCategories } from '../../src/index.js';
import {
  categoriesTable,
  lyricsDraftsTable,
  paymentsTable,
  songCategoriesTable,
  songRequestsTable,
  songsTable,
  userPreferencesTable,
  usersTable,
} from '../../src/schema/index.js';
import { createTestDatabase, type TestDatabase } from '../../src/testing.js';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
  await db.insert(usersTable).values({ id: 1, email: 'ada@example.com', password_hash: '-' });
  await db.insert(userPreferencesTable).values({ user_id: 1 });
  await db.insert(songRequestsTable).values({ id: 1, user_id: 1, requester_name: 'Ada', recipient_name: 'Bo' });
  await db.insert(lyricsDraftsTable).values({ song_request_id: 1, version: 1, status: 'approved', lyrics: 'La' });
  await db.insert(songsTable).values({ id: 1, slug: 'one', song_request_id: 1, user_id: 1 });
  await db.insert(paymentsTable).values({ ...payment(), provider_payment_id: 'p1' });
});
afterAll(() => database.drop());

const payment = () => ({ song_request_id: 1, amount_minor: 1999, provider: 'stripe' });

test.each<[string, string, (db: Database) => PromiseLike<unknown>]>([
  [
    'an address with capitals',
    'users_email_lowercase',
    (db) => db.insert(usersTable).values({ email: 'Bo@x.org', password_hash: '-' }),
  ],
  [
    'the same address twice',
    'users_email_unique',
    (db) => db.insert(usersTable).values({ email: 'ada@example.com', password_hash: '-' }),
  ],
  [
    'a second set of preferences',
    'user_preferences_user_id_unique',
    (db) => db.insert(userPreferencesTable).values({ user_id: 1 }),
  ],
  [
    'a theme nobody drew',
    'user_preferences_theme_known',
    (db) => db.update(userPreferencesTable).set({ theme: 'neon' as 'dark' }),
  ],
  ['a slug with spaces', 'songs_slug_format', (db) => db.insert(songsTable).values({ slug: 'two words' })],
  ['the same slug twice', 'songs_slug_unique', (db) => db.insert(songsTable).values({ slug: 'one' })],
  [
    'variants as a list',
    'songs_json_are_objects',
    (db) => db.insert(songsTable).values({ slug: 'l', song_variants: [] as never }),
  ],
  [
    'a selected variant that is not there',
    'songs_selected_variant_exists',
    (db) => db.insert(songsTable).values({ slug: 's', selected_variant: '1' }),
  ],
  [
    'publishing without a variant',
    'songs_published_has_variant',
    (db) => db.insert(songsTable).values({ slug: 'p', status: 'published' }),
  ],
  ['a negative counter', 'songs_counters_not_negative', (db) => db.update(songsTable).set({ play_count: -1 })],
  [
    'the same version twice',
    'idx_lyrics_drafts_request_version',
    (db) => db.insert(lyricsDraftsTable).values({ song_request_id: 1, version: 1, lyrics: '' }),
  ],
  [
    'two approved versions',
    'idx_lyrics_drafts_one_approved',
    (db) => db.insert(lyricsDraftsTable).values({ song_request_id: 1, version: 2, status: 'approved', lyrics: '' }),
  ],
  [
    'version 0',
    'lyrics_drafts_version_positive',
    (db) => db.insert(lyricsDraftsTable).values({ song_request_id: 1, version: 0, lyrics: '' }),
  ],
  [
    'a payment of nothing',
    'payments_amount_positive',
    (db) => db.insert(paymentsTable).values({ ...payment(), amount_minor: 0 }),
  ],
  [
    'a currency in words',
    'payments_currency_iso',
    (db) => db.insert(paymentsTable).values({ ...payment(), currency: 'euro' }),
  ],
  [
    'paid, but when?',
    'payments_paid_has_time',
    (db) => db.insert(paymentsTable).values({ ...payment(), status: 'paid' }),
  ],
  [
    "the provider's payment twice",
    'idx_payments_provider_payment_id',
    (db) => db.insert(paymentsTable).values({ ...payment(), provider_payment_id: 'p1' }),
  ],
  [
    'deleting a request that was paid for',
    'payments_song_request_id_song_requests_id_fk',
    (db) => db.delete(songRequestsTable),
  ],
])('%s is refused by %s', async (_what, constraint, act) => {
  const error = await Promise.resolve(act(db)).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toHaveProperty('cause.constraint_name', constraint);
});

test('an account that goes takes its preferences along and leaves its songs', async () => {
  await using other = await createTestDatabase();
  await other.db.insert(usersTable).values({ id: 1, email: 'ada@example.com', password_hash: '-' });
  await other.db.insert(userPreferencesTable).values({ user_id: 1 });
  await other.db.insert(songsTable).values({ slug: 'one', user_id: 1 });
  await other.db.delete(usersTable);
  expect(await other.db.select().from(userPreferencesTable)).toEqual([]);
  expect(await other.db.select({ user_id: songsTable.user_id }).from(songsTable)).toEqual([{ user_id: null }]);
});

test('updated_at moves with an update', async () => {
  const [before] = await db.select().from(songsTable).where(eq(songsTable.id, 1));
  const [after] = await db.update(songsTable).set({ like_count: 1 }).where(eq(songsTable.id, 1)).returning();
  expect(after?.updated_at.getTime()).toBeGreaterThan(before?.updated_at.getTime() ?? Number.POSITIVE_INFINITY);
});

test('setSongCategories writes the join table and the column together, or neither', async () => {
  await db.insert(categoriesTable).values(['birthday', 'love'].map((slug) => ({ slug, name: slug })));
  const read = async () => ({
    column: (await db.select({ categories: songsTable.categories }).from(songsTable))[0]?.categories,
    joined: await db.$count(songCategoriesTable),
  });
  await setSongCategories(db, 1, ['love', 'birthday', 'love']);
  expect(await read()).toEqual({ column: ['birthday', 'love'], joined: 2 });
  await expect(setSongCategories(db, 1, ['love', 'nope'])).rejects.toThrow('No such category: nope.');
  expect(await read()).toEqual({ column: ['birthday', 'love'], joined: 2 });
  await setSongCategories(db, 1, []);
  expect(await read()).toEqual({ column: [], joined: 0 });
});

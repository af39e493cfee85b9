import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  categoriesTable,
  eq,
  providerAnswersTable,
  sessionsTable,
  setSongCategories,
  signInAttemptsTable,
  songsTable,
  usersTable,
} from '@melodia/db';
import { enqueueJob } from '@melodia/db/jobs';
import { migrationsFolder } from '@melodia/db/migrations';
import { createTestDatabase, type TestDatabase } from '@melodia/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHandlers } from '../src/jobs/index.js';
import { giveUpLyrics, processLyrics } from '../src/jobs/process-lyrics.js';
import { purgeDeletedSongs, purgeSessions } from '../src/jobs/purge.js';
import { refreshCounters } from '../src/jobs/refresh-counters.js';
import { installQueue } from '../src/queue.js';
import { giveUpExhausted } from '../src/queue-rescue.js';
import { readSettings } from '../src/settings.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const days = (count: number) => new Date(Date.now() - count * 86_400_000);

async function addAnswer(payload: unknown, key: string): Promise<{ answerId: number; songId: number }> {
  const [song] = await database.db
    .insert(songsTable)
    .values({
      slug: `song-${key}`,
      variant_timestamp_lyrics_processed: { 1: [{ index: 0, text: 'kept', start: 0, end: 1 }] },
    })
    .returning({ id: songsTable.id });
  const songId = song?.id ?? 0;
  const [answer] = await database.db
    .insert(providerAnswersTable)
    .values({ song_id: songId, variant_key: '0', idempotency_key: key, payload })
    .returning({ id: providerAnswersTable.id });
  return { answerId: answer?.id ?? 0, songId };
}
const answerOf = async (id: number) =>
  (await database.db.select().from(providerAnswersTable).where(eq(providerAnswersTable.id, id)))[0];
const songOf = async (id: number) => (await database.db.select().from(songsTable).where(eq(songsTable.id, id)))[0];

const GOOD = {
  alignedWords: [
    { word: '[Verse]\nHello ', success: true, startS: 1, endS: 2 },
    { word: 'you', success: true, startS: 2, endS: 3 },
  ],
};

test('an answer becomes lines of its variant, once, and other variants stay', async () => {
  const { answerId, songId } = await addAnswer(GOOD, 'good');
  expect(await Promise.all([1, 2, 3].map(() => processLyrics(database.db, { answerId })))).toEqual(
    expect.arrayContaining(['processed', 'nothing', 'nothing']),
  );
  expect(await answerOf(answerId)).toMatchObject({ status: 'processed', attempts: 1, reason: null });
  expect(await songOf(songId)).toMatchObject({
    variant_timestamp_lyrics_api_response: { 0: GOOD },
    variant_timestamp_lyrics_processed: {
      0: [{ index: 0, text: 'Hello you', start: 1000, end: 3000, section: 'Verse' }],
      1: [{ text: 'kept' }],
    },
  });
});

test('an answer that cannot be used is dead, with its reason, and the song stays', async () => {
  const nonsense = await addAnswer({ alignedWords: [{ word: 1 }] }, 'nonsense');
  expect(await processLyrics(database.db, nonsense)).toBe('dead');
  expect(await answerOf(nonsense.answerId)).toMatchObject({
    status: 'dead',
    reason:
      'The answer is not what a provider sends: alignedWords.0.word: Invalid type: Expected string but received 1',
  });
  const silent = await addAnswer({ alignedWords: [] }, 'silent');
  expect(await processLyrics(database.db, silent)).toBe('dead');
  expect(await answerOf(silent.answerId)).toMatchObject({
    status: 'dead',
    reason: 'No word of the answer has a time.',
  });
  expect(Object.keys((await songOf(silent.songId))?.variant_timestamp_lyrics_processed ?? {})).toEqual(['1']);
});

test('one that was given up says why; one that is done, and one that is gone, stay so', async () => {
  const { answerId } = await addAnswer(GOOD, 'given-up');
  await giveUpLyrics(database.db, { answerId }, 'Given up after 25 attempts: no luck');
  expect(await answerOf(answerId)).toMatchObject({ status: 'dead', reason: 'Given up after 25 attempts: no luck' });
  expect(await processLyrics(database.db, { answerId })).toBe('nothing');
  expect(await processLyrics(database.db, { answerId: 2_000_000 })).toBe('nothing');
});

test('categories are counted: published songs only, and only what changed is written', async () => {
  const { db } = database;
  await db.insert(categoriesTable).values([
    { slug: 'love', name: 'Love' },
    { slug: 'rain', name: 'Rain' },
  ]);
  const recorded = { status: 'published' as const, song_variants: { 0: { title: 'T' } }, selected_variant: '0' };
  const songs = await db
    .insert(songsTable)
    .values([{ slug: 'a', ...recorded }, { slug: 'b', ...recorded, deleted_at: new Date() }, { slug: 'c' }])
    .returning({ id: songsTable.id });
  for (const { id } of songs) await setSongCategories(db, id, ['love']);
  expect(await refreshCounters(db)).toBe(1);
  expect(await refreshCounters(db)).toBe(0);
  expect(
    await db.select({ slug: categoriesTable.slug, count: categoriesTable.song_count }).from(categoriesTable),
  ).toEqual(
    expect.arrayContaining([
      { slug: 'love', count: 1 },
      { slug: 'rain', count: 0 },
    ]),
  );
});

test('songs that were deleted long ago go, in batches, and those of late stay', async () => {
  const old = Array.from({ length: 1200 }, (_, at) => ({ slug: `old-${at}`, deleted_at: days(31) }));
  await database.db.insert(songsTable).values([...old, { slug: 'of-late', deleted_at: days(29) }]);
  expect(await purgeDeletedSongs(database.db, 30)).toBe(1200);
  expect(await database.sql`select slug from songs where deleted_at < now() - interval '1 day'`).toEqual([
    { slug: 'of-late' },
  ]);
});

test('sessions that have ended and old attempts go', async () => {
  const { db } = database;
  const [user] = await db.insert(usersTable).values({ email: 'ada@example.com', password_hash: '-' }).returning();
  const session = (digit: string, expires_at: Date) => ({
    user_id: user?.id ?? 0,
    token_hash: digit.repeat(64),
    csrf_token: 'x',
    expires_at,
  });
  await db.insert(sessionsTable).values([session('0', days(1)), session('1', days(-1))]);
  const attempt = (attempted_at: Date) => ({ email: 'a@b.de', address: '::1', succeeded: false, attempted_at });
  await db.insert(signInAttemptsTable).values([attempt(days(8)), attempt(days(6))]);
  await purgeSessions(db);
  expect(await db.select({ hash: sessionsTable.token_hash }).from(sessionsTable)).toEqual([{ hash: '1'.repeat(64) }]);
  expect(await db.$count(signInAttemptsTable)).toBe(1);
});

test('a job is there if its transaction is', async () => {
  await Promise.all([1, 2, 3].map(() => installQueue({ ...readSettings({}), databaseUrl: database.url })));
  const { db, sql } = database;
  await db.transaction((tx) => enqueueJob(tx, 'process-lyrics', { answerId: 1 }, { maxAttempts: 3 }));
  await db
    .transaction(async (tx) => {
      await enqueueJob(tx, 'process-lyrics', { answerId: 2 });
      tx.rollback();
    })
    .catch(() => {});
  await enqueueJob(db, 'refresh-counters', {}, { jobKey: 'one', runAt: new Date('2100-01-01T00:00:00Z') });
  await enqueueJob(db, 'refresh-counters', {}, { jobKey: 'one', runAt: new Date('2100-01-02T00:00:00Z') });
  expect(
    await sql`select task_identifier as task, payload, jobs.max_attempts, jobs.run_at > '2100-01-01 12:00Z' as late
      from graphile_worker.jobs join graphile_worker._private_jobs using (id) order by jobs.id`,
  ).toEqual([
    { task: 'process-lyrics', payload: { answerId: 1 }, max_attempts: 3, late: false },
    { task: 'refresh-counters', payload: {}, max_attempts: 25, late: true },
  ]);
});

test('a job whose last attempt was cut off is given up, and so is its answer', async () => {
  const { answerId } = await addAnswer(GOOD, 'cut-off');
  const { db, sql } = database;
  await enqueueJob(db, 'process-lyrics', { answerId }, { maxAttempts: 1 });
  await sql`update graphile_worker._private_jobs set attempts = 1 where payload->>'answerId' = ${String(answerId)}`;
  const handlers = createHandlers(db, readSettings({}));
  const reason = 'Given up after 1 attempt: the worker ended in the midst of it.';
  expect(await giveUpExhausted(db, handlers)).toMatchObject([{ name: 'process-lyrics', reason }]);
  expect(await answerOf(answerId)).toMatchObject({ status: 'dead', reason });
  expect(await giveUpExhausted(db, handlers)).toEqual([]);
});

test('a backfill goes on as a job, and is done once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'melodia-worker-'));
  try {
    cpSync(migrationsFolder, folder, { recursive: true });
    const path = join(folder, 'meta', '_journal.json');
    const journal = JSON.parse(readFileSync(path, 'utf8'));
    const { idx, when } = journal.entries.at(-1);
    const tag = '9999_count_anew';
    journal.entries.push({ idx: idx + 1, version: '7', when: when + 1, tag, breakpoints: true });
    writeFileSync(path, JSON.stringify(journal));
    writeFileSync(join(folder, `${tag}.sql`), '-- migrator: backfill batch=2\nupdate users set name = name || 1;');
    const { db, sql } = database;
    await sql`insert into users (email, name, password_hash) select 'many' || i || '@example.org', 'x', '' from generate_series(1, 5) i`;
    const handlers = createHandlers(db, { ...readSettings({}), databaseUrl: database.url, migrationsFolder: folder });
    const run = () => handlers['run-backfill'].run({ tag }, new AbortController().signal);
    expect([await run(), await run()]).toEqual([`${tag} is done`, undefined]);
    expect(await sql`select name, count(*)::int from users where email like 'many%' group by 1`).toEqual([
      { name: 'x1', count: 5 },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import { songsTable } from '@melodia/db';
import { loadSampleData } from '@melodia/db/sample-data';
import { createTestDatabase } from '@melodia/db/testing';
import { expect, test } from 'vitest';
import { countSongs } from '../src/jobs/count-songs.js';
import { startWorker } from '../src/worker.js';

test('counts songs by status, without deleted ones', async () => {
  await using database = await createTestDatabase();
  await loadSampleData(database.db);
  await database.db.insert(songsTable).values([
    { slug: 'a', status: 'processing' },
    { slug: 'b', status: 'processing' },
    { slug: 'c', status: 'failed', deleted_at: new Date() },
  ]);
  expect(await countSongs(database.db)).toEqual({ published: 12, processing: 2 });
});

test('goes on after a failure, says so in its health, and ends when told', async () => {
  await using database = await createTestDatabase();
  const stop = new AbortController();
  const lines: string[] = [];
  const worker = startWorker({ db: database.db, intervalMs: 20, log: (line) => lines.push(line), signal: stop.signal });
  await expect.poll(() => lines).toContain('songs: none');

  await database.sql`alter table songs rename to hidden`;
  await expect.poll(() => lines).toContain('counting failed: relation "songs" does not exist');
  expect(worker.isHealthy()).toBe(false);

  await database.sql`alter table hidden rename to songs`;
  await database.db.insert(songsTable).values({ slug: 'a' });
  await expect.poll(() => lines).toContain('songs: 1 draft');
  expect(worker.isHealthy()).toBe(true);

  stop.abort();
  await worker.finished;
  const written = lines.length;
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(lines).toHaveLength(written);
});

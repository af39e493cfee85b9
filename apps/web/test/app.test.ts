import { songsTable } from '@melodia/db';
import { loadSampleData } from '@melodia/db/sample-data';
import { createTestDatabase, type TestDatabase } from '@melodia/db/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../src/app.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await loadSampleData(database.db);
});
afterAll(() => database.drop());

const noError = (error: unknown) => {
  throw error;
};
const get = (path: string) => createApp({ db: database.db, onError: noError }).request(path);

test('the library lists every published song with its title, style and length', async () => {
  const response = await get('/');
  expect(response.status).toBe(200);
  const page = await response.text();
  expect(page.match(/<th scope="row">/g)).toHaveLength(12);
  expect(page).toMatch(/<th scope="row">Seventy Candles<\/th>\s*<td>warm acoustic folk<\/td>/);
  expect(page).toMatch(/<td class="number">\d:\d\d<\/td>\s*<td class="number">412<\/td>/);
});

test('a category shows its songs only', async () => {
  const page = await (await get('/?category=lullaby')).text();
  expect(page.match(/<th scope="row">/g)).toHaveLength(2);
  expect(page).toContain('Little Lighthouse');
  expect(await (await get('/?category=nothing')).text()).toContain('No songs yet.');
});

test('drafts and deleted songs are not listed; titles and categories cannot carry markup', async () => {
  await using other = await createTestDatabase();
  const song = (slug: string, title: string) => ({
    slug,
    status: 'published' as const,
    song_variants: { 0: { title } },
    selected_variant: '0',
  });
  await other.db
    .insert(songsTable)
    .values([
      song('mean', '<script>alert(1)</script>'),
      { ...song('gone', 'Gone'), deleted_at: new Date() },
      { ...song('draft', 'Draft'), status: 'draft' },
    ]);
  const app = createApp({ db: other.db, onError: noError });
  const page = await (await app.request('/')).text();
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(page).not.toContain('<script>');
  expect(page).not.toMatch(/Gone|Draft/);
  expect(await (await app.request('/?category=<b>')).text()).not.toContain('<b>');
});

test('alive without a database, ready only with one, and errors stay on our side', async () => {
  expect((await get('/healthz')).status).toBe(200);
  expect((await get('/readyz')).status).toBe(200);
  const gone = await createTestDatabase();
  await gone.drop();
  const errors: unknown[] = [];
  const app = createApp({ db: gone.db, onError: (error) => errors.push(error) });
  expect((await app.request('/healthz')).status).toBe(200);
  expect((await app.request('/readyz')).status).toBe(503);
  const failed = await app.request('/');
  expect(failed.status).toBe(500);
  expect(await failed.text()).toBe('Something went wrong on our side.');
  expect(errors).toHaveLength(2);
});

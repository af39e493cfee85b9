import { createRequire } from 'node:module';
import { eq, providerAnswersTable, songRequestsTable, songsTable, userPreferencesTable, usersTable } from '@melodia/db';
import { loadSampleData } from '@melodia/db/sample-data';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrowser, PROVIDER_TOKEN, type Site, startSite } from './serving.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let site: Site;
let browser: Browser;
beforeAll(async () => {
  [site, browser] = await Promise.all([
    startSite(),
    chromium.launch({
      executablePath: findBrowser(),
      args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required', '--mute-audio'],
    }),
  ]);
  await loadSampleData(site.database.db);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

type Options = Parameters<Browser['newContext']>[0];

/** What pages say on their console counts as a failure: a refused script, a broken hydration. */
async function open(options: Options = {}): Promise<{ context: BrowserContext; page: Page; said: string[] }> {
  const context = await browser.newContext({ baseURL: site.url, bypassCSP: false, ...options });
  const page = await context.newPage();
  const said: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(String(error)));
  return { context, page, said };
}

/** Rules of WCAG 2.2 A and AA that the page breaks. */
async function violations(page: Page): Promise<string[]> {
  // Through the protocol, for which the page's policy does not count.
  await page.evaluate(await import('node:fs').then(({ readFileSync }) => readFileSync(AXE, 'utf8')));
  return page.evaluate(async () => {
    const axe = (
      globalThis as unknown as {
        axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      }
    ).axe;
    const { violations } = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html }) => html)
          .join(' ')
          .slice(0, 300)}`,
    );
  });
}

/** For people to look at: `WEB_SCREENSHOTS=folder`. */
async function look(page: Page, name: string): Promise<void> {
  const folder = process.env.WEB_SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

const shown = (page: Page) => page.locator('.songs li a').allTextContents();

test('the library: search, categories, pages', async () => {
  const { page, said, context } = await open();
  await page.goto('/');
  expect(await shown(page)).toHaveLength(12);
  await page.getByLabel('Search').fill('100% lighthouse');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.waitForURL(/q=/);
  expect(await page.getByRole('status').textContent()).toBe('No song fits.');
  await page.getByLabel('Search').fill('LIGHTHOUSE');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect.poll(() => shown(page), { timeout: 10_000 }).toEqual(['Little Lighthouse']);
  await page.goto('/');
  await page.getByRole('link', { name: 'Lullaby' }).click();
  await page.waitForURL(/category=lullaby/);
  await expect.poll(() => shown(page), { timeout: 10_000 }).toHaveLength(2);

  await site.database.sql`insert into songs (slug, status, song_variants, selected_variant, created_at)
    select 'more-' || n, 'published', jsonb_build_object('0', jsonb_build_object('title', 'More ' || n)), '0', '2020-01-01' from generate_series(1, 14) n`;
  await page.goto('/');
  await page.getByRole('link', { name: 'Older' }).click();
  await page.waitForURL(/page=2/);
  await expect.poll(() => shown(page), { timeout: 10_000 }).toHaveLength(12);
  await page.goto('/?page=99999999999999999999');
  expect(await page.getByText('Page 3 of 3').count()).toBe(1);
  await site.database.sql`delete from songs where slug like 'more-%'`;
  expect(said).toEqual([]);
  await context.close();
});

test('sign up, preferences that survive, sign out, sign in', async () => {
  const { page, said, context } = await open({ colorScheme: 'light' });
  await page.goto('/sign-up');
  await page.getByLabel('E-mail').fill('Lotte@Example.com');
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Sign up' }).click();
  await expect
    .poll(() => page.locator('#password-problem').textContent())
    .toBe('The password is too short: at least 10 characters.');
  expect(await page.getByLabel('E-mail').inputValue()).toBe('Lotte@Example.com');
  await page.getByLabel('Your name').fill('Lotte');
  await page.getByLabel('Password').fill('a long way home');
  await page.getByRole('button', { name: 'Sign up' }).click();
  await page.waitForURL(/preferences/);
  expect(await page.getByText('Welcome, Lotte').count()).toBe(1);

  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByLabel('Dark').check();
  await page.getByLabel('Tell me').uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/saved/);
  await page.goto('/preferences');
  expect(await page.getByLabel('Dark').isChecked()).toBe(true);
  expect(await page.getByLabel('Tell me').isChecked()).toBe(false);
  expect(await background()).not.toBe(light);
  expect(await violations(page)).toEqual([]);
  await look(page, 'preferences-dark');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${site.url}/`);
  expect(await background()).toBe(light);
  await page.goto('/preferences');
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  await page.getByLabel('E-mail').fill('lotte@example.com');
  await page.getByLabel('Password').fill('a long way home');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${site.url}/`);
  expect(await page.getByRole('link', { name: 'Preferences' }).count()).toBe(1);
  await page.goto('/preferences');
  expect(await page.getByLabel('Dark').isChecked()).toBe(true);
  const [user] = await site.database.db.select().from(usersTable).where(eq(usersTable.email, 'lotte@example.com'));
  expect(Date.now() - (user?.last_login?.getTime() ?? 0)).toBeLessThan(60_000);
  expect(
    await site.database.db
      .select()
      .from(userPreferencesTable)
      .where(eq(userPreferencesTable.user_id, user?.id ?? 0)),
  ).toMatchObject([{ theme: 'dark', notifications: false }]);
  expect(said).toEqual([]);
  await context.close();
});

test('from a request to lyrics that follow the player', async () => {
  const { db } = site.database;
  const { page, said, context } = await open();
  await page.goto('/request');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect.poll(() => page.locator('#recipient_name-problem').count(), { timeout: 10_000 }).toBe(1);
  expect(await violations(page)).toEqual([]);
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('Who is it for').fill('Bo <b>');
  await page.getByLabel('Styles').fill('folk, soft piano');
  await page.getByLabel('German').check();
  await page.getByRole('button', { name: 'Send' }).click();
  await page.waitForURL(/sent=/);
  const id = Number(new URL(page.url()).searchParams.get('sent'));
  const [request] = await db.select().from(songRequestsTable).where(eq(songRequestsTable.id, id));
  expect(request).toMatchObject({
    recipient_name: 'Bo <b>',
    languages: ['English', 'German'],
    music_styles: ['folk', 'soft piano'],
  });

  // Somebody at Melodia writes and records it.
  const [song] = await db
    .insert(songsTable)
    .values({
      slug: 'for-bo',
      song_request_id: id,
      status: 'published',
      song_variants: { 0: { title: 'For Bo', duration_seconds: 9 } },
      selected_variant: '0',
    })
    .returning({ id: songsTable.id });
  const word = (text: string, at: number) => ({ word: text, success: true, startS: at, endS: at + 0.5 });
  const answered = await fetch(`${site.url}/api/provider-answers`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${PROVIDER_TOKEN}`,
      'content-type': 'application/json',
      'idempotency-key': 'answer-for-bo',
    },
    body: JSON.stringify({
      ...{ song_id: song?.id, variant_key: '0' },
      answer: {
        alignedWords: [
          word('[Verse]\nHello ', 1),
          word('Bo\n', 1.5),
          word('The day ', 3),
          word('is long\n', 3.5),
          word('Good night', 6),
        ],
      },
    }),
  });
  expect(answered.status).toBe(202);
  await expect
    .poll(async () => (await db.select().from(providerAnswersTable))[0]?.status, { timeout: 10_000 })
    .toBe('processed');

  await page.goto('/songs/for-bo');
  const lyrics = page.locator('.lyrics button');
  expect(await lyrics.allTextContents()).toEqual(['Hello Bo', 'The day is long', 'Good night']);
  expect(await page.locator('.lyrics .section').allTextContents()).toEqual(['Verse']);
  const active = () => page.locator('.lyrics [aria-current] button').allTextContents();
  expect(await active()).toEqual([]);
  // A click on a line plays from there; the next line follows by itself.
  await lyrics.nth(1).click();
  await expect.poll(active, { timeout: 10_000 }).toEqual(['The day is long']);
  await look(page, 'song-sung');
  await expect.poll(active, { timeout: 10_000 }).toEqual(['Good night']);
  expect(await page.locator('audio').evaluate((audio: HTMLAudioElement) => audio.currentTime)).toBeGreaterThan(5.9);
  expect(await page.locator('audio').evaluate((audio: HTMLAudioElement) => audio.duration)).toBeCloseTo(9, 1);
  expect(said).toEqual([]);
  await context.close();
});

test('without JavaScript: search, recordings, sign-up, a refused form', async () => {
  const { page, context } = await open({ javaScriptEnabled: false });
  await page.goto('/?q=goalkeeper');
  await page.getByRole('link', { name: 'Goalkeeper' }).click();
  expect(await page.locator('audio').getAttribute('src')).toMatch(/\/0\.wav$/);
  expect(await page.locator('.lyrics li').count()).toBeGreaterThan(4);
  await page.getByRole('link', { name: 'Recording 2' }).click();
  expect(await page.locator('audio').getAttribute('src')).toMatch(/\/1\.wav$/);

  await page.goto('/sign-up');
  await page.getByLabel('E-mail').fill('nobody');
  await page.getByLabel('Password').fill('a long way home');
  await page.getByRole('button', { name: 'Sign up' }).click();
  expect(await page.locator('#email-problem').textContent()).toBe('This is not an e-mail address.');
  expect(await page.getByLabel('E-mail').inputValue()).toBe('nobody');
  await page.getByLabel('E-mail').fill('plain@example.com');
  await page.getByLabel('Password').fill('a long way home');
  await page.getByRole('button', { name: 'Sign up' }).click();
  expect(await page.getByText('Signed in as plain@example.com').count()).toBe(1);
  await page.getByLabel('Dark').check();
  await page.getByRole('button', { name: 'Save' }).click();
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  await context.close();
});

test.each([
  ['light', 'desktop', 1280],
  ['light', 'phone', 360],
  ['dark', 'desktop', 1280],
  ['dark', 'phone', 360],
] as const)(
  'accessible and no wider than the window: %s, %s',
  async (colorScheme, device, width) => {
    const { page, said, context } = await open({ colorScheme, viewport: { width, height: 800 } });
    for (const [name, path] of [
      ['library', '/'],
      ['song', '/songs/goalkeeper'],
      ['sign-in', '/sign-in'],
      ['request', '/request'],
      ['missing', '/songs/none'],
    ] as const) {
      await page.goto(path);
      expect([path, await violations(page)]).toEqual([path, []]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await look(page, `${name}-${colorScheme}-${device}`);
    }
    expect(said.filter((text) => !text.includes('404'))).toEqual([]);
    await context.close();
  },
  120_000,
);

test('the server has had nothing to complain of', () => {
  const lines = site.process.output().split('\n');
  expect(lines.filter((line) => !line.startsWith('✓ Running next.config.ts'))).toEqual([`web: ${site.url}`, '']);
});

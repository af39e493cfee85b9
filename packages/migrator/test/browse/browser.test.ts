import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { adaptStudioSql } from '../../src/browse/studio-sql.js';
import { findChromium } from '../setup/chromium.js';
import { createDatabase } from '../setup/database.js';
import { makeProject } from '../setup/project.js';
import { serve } from '../setup/serving.js';

test('the page shows tables and rows, filters them, and asks nobody but its own server', async () => {
  const database = await createDatabase();
  await database.query(`create table songs (id int primary key, title text not null, plays bigint);
    insert into songs select n, 'Song number ' || n, n * 10 from generate_series(1, 40) n;
    create table listeners (id int primary key); create schema audit; create table audit.entries (id int primary key);
    create table visits (at date) partition by range (at); create materialized view top_songs as select * from songs;`);
  const { root } = makeProject(database, {});
  const { shown, interrupt } = await serve(root, 'browse', '--rows', '2');
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--proxy-server=127.0.0.1:9'],
  });
  onTestFinished(() => browser.close());
  const context = await browser.newContext();
  const page = await context.newPage();
  const [asked, said, posted]: [string[], string[], string[]] = [[], [], []];
  page.on('request', (request) => {
    asked.push(new URL(request.url()).origin);
    const { query } = (request.postDataJSON() ?? {}) as { query?: { sql: string } };
    if (query) posted.push(query.sql);
  });
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(String(error)));

  await page.goto(shown.url);
  expect(page.url()).not.toContain('token');
  expect(await page.locator('#terms').textContent()).toBe(
    'Read only: changes are refused. A query without LIMIT gives the first 2 rows (--rows).',
  );
  await page.getByText('songs', { exact: true }).first().click();
  await page.getByText('Song number 25', { exact: true }).waitFor();
  // All of them are there, whatever --rows says.
  for (const name of ['listeners', 'visits', 'top_songs'])
    expect([name, await page.getByText(name, { exact: true }).count()]).toEqual([name, 1]);
  expect(await page.getByText('Song number 26', { exact: true }).count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Insert row' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Global search' }).click();
  await page.keyboard.type('number 33');
  await page.keyboard.press('Enter');
  await page.getByText('Song number 33', { exact: true }).waitFor();
  expect(await page.getByText('Song number 25', { exact: true }).count()).toBe(0);
  await page.getByText('Song number 33', { exact: true }).dblclick();
  await page.keyboard.type('another');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Discard edits' }).waitFor();
  expect(await page.getByRole('button', { name: /^Save/ }).count()).toBe(0);
  expect(said).toEqual([]);
  // It sorts by this, and the index cannot.
  const sorting = ' order by cast("id" as numeric) asc';
  expect(posted.some((sql) => sql.includes(sorting))).toBe(true);
  expect(posted.some((sql) => adaptStudioSql(sql).includes(sorting))).toBe(false);
  expect(new Set(asked.filter((origin) => origin !== 'null'))).toEqual(new Set([`http://127.0.0.1:${shown.port}`]));

  // Another server of this machine, which a browser takes for the same site: cookies know no ports.
  const heard: string[] = [];
  const other = createServer((request, response) => {
    heard.push(`${request.url} ${request.headers.cookie ?? ''}`.trim());
    response.writeHead(200, { 'content-type': 'text/html' }).end('<p>other');
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const neighbour = await context.newPage();
  await neighbour.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
  expect(heard).toContain('/');

  // A page of another origin in the same browser, whose cookie it does not get.
  const foreign = await context.newPage();
  await foreign.route('http://evil.example/', (route) => route.fulfill({ contentType: 'text/html', body: '<p>evil' }));
  await foreign.goto('http://evil.example/');
  const answers = await foreign.evaluate(async (url) => {
    const body = JSON.stringify({ procedure: 'query', query: { sql: 'select 1', parameters: [] } });
    const send = (mode: 'cors' | 'no-cors') =>
      fetch(url, { method: 'POST', mode, credentials: 'include', body }).then(
        (answer) => `${answer.type} ${answer.status}`,
        () => 'refused',
      );
    return [await send('cors'), await send('no-cors')];
  }, new URL('query', page.url()).href);
  expect(answers[0]).toBe('refused');
  expect(['refused', 'opaque 0']).toContain(answers[1]);

  expect(await interrupt()).toEqual({ exitCode: 0, err: '' });
  expect(await database.query('select count(*)::int as n from songs')).toEqual([{ n: 40 }]);
}, 180_000);

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findChromium } from '../setup/chromium.js';
import { BIN, runCli } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { makeDrizzle1Folder } from '../setup/drizzle-1.js';
import { makeDrizzleFolder } from '../setup/drizzle-kit.js';
import { ask } from '../setup/http.js';
import { makeFolder, writeFiles } from '../setup/project.js';
import { serve } from '../setup/serving.js';

const PAGE = 'https://local.drizzle.studio';
const INIT = JSON.stringify({ type: 'init' });
const json = { 'content-type': 'application/json' };

const SCHEMA = `import { integer, pgTable, text } from 'drizzle-orm/pg-core';
export const songs = pgTable('songs', { id: integer().primaryKey(), title: text().notNull() });\n`;

async function project(root: string) {
  const database = await createDatabase();
  await database.query(
    "create table songs (id int primary key, title text not null); insert into songs values (1, 'Für Elise')",
  );
  writeFiles(root, {
    'schema.ts': SCHEMA,
    'drizzle.config.json': { dialect: 'postgresql', schema: './schema.ts', dbCredentials: { url: database.url } },
  });
  return { root, database };
}

function proxied(sql: string): string {
  return JSON.stringify({ type: 'proxy', data: { sql, params: [], typings: [], mode: 'object', method: 'values' } });
}

test.each([
  ['0.31', makeDrizzleFolder],
  ['1.0', makeDrizzle1Folder],
])(
  'Studio of drizzle-kit %s answers its own page, and no other',
  async (_, makeRoot) => {
    const { root, database } = await project(makeRoot());
    await database.query(`alter database ${database.name} set migrator.environment = 'production'`);
    const { shown, interrupt } = await serve(root, 'studio', '--port', '0', '--origin', 'https://studio.example.com');
    expect(shown).toMatchObject({ url: `${PAGE}?port=${shown.port}`, production: true });
    const post = (headers: object, body = INIT) =>
      ask(shown.port, '/', { method: 'POST', headers: { ...json, ...headers }, body });
    for (const origin of [PAGE, 'https://studio.example.com']) {
      const { status, headers, body } = await post({ origin });
      expect([status, headers['access-control-allow-origin'], JSON.parse(body)]).toEqual([
        200,
        origin,
        expect.objectContaining({ dialect: 'postgresql', dbHash: expect.any(String) }),
      ]);
    }
    const rows = await post({ origin: PAGE }, proxied('select title from songs'));
    expect(JSON.parse(rows.body)).toEqual([{ title: 'Für Elise' }]);
    const foreign: object[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${PAGE}.evil.example` },
      { origin: 'http://local.drizzle.studio' },
      {},
      { origin: PAGE, host: 'local.drizzle.studio' },
      { origin: PAGE, host: `evil.example:${shown.port}` },
    ];
    for (const headers of foreign) {
      const refused = await post(headers, proxied('delete from songs'));
      expect([headers, refused.status, refused.headers['access-control-allow-origin']]).toEqual([
        headers,
        403,
        undefined,
      ]);
    }
    const asked = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    expect((await ask(shown.port, '/', { method: 'OPTIONS', headers: asked })).status).toBe(403);
    const allowed = await ask(shown.port, '/', { method: 'OPTIONS', headers: { ...asked, origin: PAGE } });
    expect([allowed.status, allowed.headers['access-control-allow-private-network']]).toEqual([204, 'true']);
    if (process.platform === 'linux') expect(portsOfStudios()).toEqual([]);
    expect(await interrupt()).toEqual({ exitCode: 0, err: '' });
    expect(studios()).toEqual([]);
  },
  120_000,
);

test('in a browser, a page from elsewhere gets nothing and changes nothing', async () => {
  const { root, database } = await project(makeDrizzleFolder());
  const { shown } = await serve(root, 'studio', '--port', '0');
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-features=LocalNetworkAccessChecks'],
  });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const from = async (origin: string, body: string) => {
    await page.route(`${origin}/`, (route) => route.fulfill({ contentType: 'text/html', body: '<p>page' }));
    await page.goto(`${origin}/`);
    return page.evaluate(
      ([port, text]) =>
        fetch(`http://127.0.0.1:${port}/`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: text,
        }).then(
          (answer) => answer.text(),
          () => 'refused',
        ),
      [String(shown.port), body] as const,
    );
  };
  expect(await from(PAGE, proxied('select title from songs'))).toBe('[{"title":"Für Elise"}]');
  expect(await from('https://evil.example', proxied('delete from songs'))).toBe('refused');
  expect(await from('http://evil.example', proxied('delete from songs'))).toBe('refused');
  expect(await database.query('select title from songs')).toEqual([{ title: 'Für Elise' }]);
}, 120_000);

test('what cannot start says why', async () => {
  const database = await createDatabase();
  const root = makeFolder();
  writeFiles(root, { 'drizzle.config.json': { dialect: 'postgresql', dbCredentials: { url: database.url } } });
  const origin = await runCli(root, 'studio', '--origin', 'studio.example.com');
  expect([origin.exitCode, origin.err]).toEqual([2, expect.stringContaining('is no origin of a page')]);
  const port = await runCli(root, 'studio', '--port', '70000');
  expect([port.exitCode, port.err]).toEqual([2, expect.stringContaining('no whole number from 0 to 65535')]);
});

test.runIf(process.platform === 'linux')(
  'whatever ends it, no process and no file of it is left, and its socket lies where nobody else looks',
  async () => {
    const { root } = await project(makeDrizzleFolder());
    const folder = makeFolder();
    // A socket's path is cut off without a word where it is too long, and then lies in another folder.
    const long = 'long'.repeat(25);
    writeFiles(folder, { [`${long}/a`]: '' });
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv('TMPDIR', join(folder, long));
    const { kill } = await serve(root, 'studio', '--port', '0');
    expect(readdirSync(folder)).toEqual([long]);
    await kill();
    vi.stubEnv('TMPDIR', folder);
    const second = await serve(root, 'studio', '--port', '0');
    expect(readdirSync(folder)).toEqual([long, expect.stringMatching(/^migrator-studio-/)]);
    await second.kill();
    await expect.poll(() => readdirSync(folder), { timeout: 20_000 }).toEqual([long]);

    writeFiles(root, { 'schema.ts': 'await new Promise((resolve) => setTimeout(resolve, 600_000));\n' });
    const child = spawn(process.execPath, [BIN, 'studio', '--port', '0'], { cwd: root, stdio: 'ignore' });
    const exit = once(child, 'exit');
    await expect.poll(studios, { timeout: 30_000 }).not.toEqual([]);
    child.kill('SIGINT');
    expect(await exit).toEqual([130, null]);
    await expect.poll(studios, { timeout: 20_000 }).toEqual([]);
    expect(readdirSync(folder)).toEqual([long]);
  },
  60_000,
);

/** Processes of drizzle-kit's server that this run has started. */
function studios(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/studio/own-process.js');
    } catch {
      return false;
    }
  });
}

/** Ports that they listen on: a page could guess one. */
function portsOfStudios(): string[] {
  const pids = studios();
  expect(pids.length).toBeGreaterThan(0);
  const listening = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/net/${name}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A'),
  );
  const inodes = new Map(listening.map((fields) => [`socket:[${fields[9]}]`, fields[1] ?? '']));
  return pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return inodes.get(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? [];
      } catch {
        return [];
      }
    }),
  );
}

import { createHash } from 'node:crypto';
import { eq, providerAnswersTable, sessionsTable, songRequestsTable, songsTable, usersTable } from '@melodia/db';
import { createTestDatabase } from '@melodia/db/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROVIDER_TOKEN, type Site, said, startSite, startWeb } from './serving.js';

let site: Site;
beforeAll(async () => {
  site = await startSite();
}, 60_000);
afterAll(() => site?.[Symbol.asyncDispose]());

/** One browser without JavaScript: cookies, and forms with what is hidden in them. */
class Visitor {
  cookies = new Map<string, string>();
  readonly #url: string;

  constructor(url = site.url) {
    this.#url = url;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#keep(await fetch(new URL(path, this.#url), { headers: this.#headers(headers), redirect: 'manual' }));
  }

  /** Sends the form of a page that has a button of this name. */
  async submit(
    path: string,
    button: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
    to = path,
  ): Promise<Response> {
    const page = await (await this.get(path)).text();
    const form = page.split('<form').find((part) => part.includes(`>${button}</button>`));
    if (!form) throw new Error(`${path} has no form with the button ${button}.`);
    const data = new FormData();
    for (const [tag] of form.split('</form>')[0]?.matchAll(/<input[^>]*type="hidden"[^>]*>/g) ?? [])
      data.append(attribute(tag, 'name'), attribute(tag, 'value'));
    for (const [name, value] of Object.entries(fields)) data.set(name, value);
    return this.#keep(
      await fetch(new URL(to, this.#url), {
        method: 'POST',
        body: data,
        redirect: 'manual',
        headers: this.#headers({ origin: this.#url, ...headers }),
      }),
    );
  }

  #headers(headers: Record<string, string>): Record<string, string> {
    return { ...headers, cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  }

  #keep(response: Response): Response {
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }
}

const attribute = (tag: string, name: string) =>
  (new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const PASSWORD = 'a long way home';
const REQUEST = {
  requester_name: 'A',
  recipient_name: 'B',
  languages: 'English',
  occasion: '',
  story: '',
  music_styles: '',
};
let people = 0;
async function signedUp(): Promise<{ visitor: Visitor; email: string; response: Response }> {
  people += 1;
  const email = `person-${people}@example.com`;
  const visitor = new Visitor();
  const response = await visitor.submit('/sign-up', 'Sign up', { email, password: PASSWORD, name: '' });
  return { visitor, email, response };
}
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');

const SQL = [
  `' or 1=1 --`,
  `'; drop table songs; --`,
  `\\'; select pg_sleep(9) --`,
  '%',
  '_',
  `") or true --`,
  '$1',
  '\\',
  '\0',
];
const MARKUP = '<img src=x onerror=alert(1)><script>alert(2)</script>"\'';

describe('SQL injection', () => {
  test('what is searched for is only text', async () => {
    await site.database.db
      .insert(songsTable)
      .values({ slug: 'plain', status: 'published', song_variants: { 0: { title: 'Plain' } }, selected_variant: '0' });
    const visitor = new Visitor();
    for (const text of SQL) {
      for (const name of ['q', 'category', 'page']) {
        const response = await visitor.get(`/?${new URLSearchParams({ [name]: text })}`);
        expect([text, name, response.status]).toEqual([text, name, 200]);
        if (name !== 'page' && text !== '\0')
          expect([text, (await response.text()).includes('/songs/plain')]).toEqual([text, false]);
      }
      expect((await visitor.get(`/songs/${encodeURIComponent(text)}`)).status).toBe(404);
    }
    expect(await site.database.db.$count(songsTable)).toBe(1);
  });

  test('nobody signs in by it', async () => {
    const { email } = await signedUp();
    for (const text of SQL.slice(0, 4)) {
      const visitor = new Visitor();
      await visitor.submit('/sign-in', 'Sign in', { email: `${email}${text}`, password: text });
      expect(visitor.cookies.size).toBe(0);
    }
  });
});

test('XSS: titles, styles, lyrics, names, searches and reasons are text', async () => {
  const { visitor, email } = await signedUp();
  const { db } = site.database;
  await db.update(usersTable).set({ name: MARKUP, role: 'admin' }).where(eq(usersTable.email, email));
  const [song] = await db
    .insert(songsTable)
    .values({
      ...{ slug: 'markup', status: 'published' as const, selected_variant: '0' },
      song_variants: { 0: { title: MARKUP, music_style: MARKUP } },
      variant_timestamp_lyrics_processed: { 0: [{ index: 0, text: MARKUP, start: 0, end: 1, section: MARKUP }] },
    })
    .returning({ id: songsTable.id });
  await db.insert(providerAnswersTable).values({
    ...{ song_id: song?.id ?? 0, variant_key: '0', idempotency_key: 'markup-key', payload: {} },
    ...{ status: 'dead' as const, reason: MARKUP, processed_at: new Date() },
  });
  for (const path of [
    '/',
    '/songs/markup',
    '/preferences?welcome=1',
    '/admin',
    '/request',
    `/?q=${encodeURIComponent(MARKUP)}`,
  ]) {
    const page = await (await visitor.get(path)).text();
    expect([path, page.includes('<img src=x'), /<script>alert/.test(page)]).toEqual([path, false, false]);
  }
  await db.delete(songsTable).where(eq(songsTable.slug, 'markup'));
});

describe('CSRF', () => {
  test('forms of other sites, and of nobody, are refused', async () => {
    const { visitor } = await signedUp();
    const before = await site.database.db.select().from(sessionsTable);
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${site.url}.evil.example` },
    ]) {
      const response = await visitor.submit('/preferences', 'Save', { theme: 'dark' }, headers);
      expect([headers.origin, response.status]).toEqual([headers.origin, 403]);
    }
    const silent = await fetch(new URL('/preferences', site.url), { method: 'POST', body: new FormData() });
    expect(silent.status).toBe(403);
    expect(await site.database.db.select().from(sessionsTable)).toEqual(before);
  });

  test.each([
    '/sign-in',
    '/api/nothing',
    '/api/provider-answers/x',
    '/favicon.svg',
    '/favicon.svg/x',
    '/_next/static/x',
  ])('no address is a way around it: %s', async (to) => {
    const { email } = await signedUp();
    const browser = new Visitor();
    const fields = { email, password: PASSWORD };
    const response = await browser.submit('/sign-in', 'Sign in', fields, { origin: 'null' }, to);
    expect([response.status, browser.cookies.size]).toEqual([403, 0]);
  });

  test('the token of one session does not serve another', async () => {
    const [{ visitor }, other] = [await signedUp(), await signedUp()];
    const foreign =
      /name="csrf" value="([^"]+)"/.exec(await (await other.visitor.get('/preferences')).text())?.[1] ?? '';
    const response = await visitor.submit('/preferences', 'Save', { theme: 'dark', csrf: foreign });
    expect(await response.text()).toContain('This form is out of date');
    const good = await visitor.submit('/preferences', 'Save', { theme: 'dark' });
    expect([good.status, good.headers.get('location')]).toEqual([303, expect.stringContaining('saved=1')]);
  });
});

describe('sessions', () => {
  test('the cookie is out of reach for scripts, and the database does not hold it', async () => {
    const { visitor, response } = await signedUp();
    expect(response.headers.getSetCookie().join()).toMatch(
      /melodia-session=[\w-]{43}; Path=\/; .*HttpOnly; SameSite=lax/i,
    );
    const token = visitor.cookies.get('melodia-session') ?? '';
    const rows = await site.database.db.select().from(sessionsTable);
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(rows.map(({ token_hash }) => token_hash)).toContain(hashOf(token));
  });

  test('no session that was there before sign-in serves after it (fixation)', async () => {
    const attacker = await signedUp();
    const victim = await signedUp();
    const planted = attacker.visitor.cookies.get('melodia-session') ?? '';
    const browser = new Visitor();
    browser.cookies.set('melodia-session', planted);
    await browser.submit('/sign-in', 'Sign in', { email: victim.email, password: PASSWORD });
    expect(browser.cookies.get('melodia-session')).not.toBe(planted);
    expect(await (await browser.get('/preferences')).text()).toContain(victim.email);
    expect((await attacker.visitor.get('/preferences')).status).toBe(307);
    const invented = new Visitor();
    invented.cookies.set('melodia-session', 'chosen-by-somebody');
    expect((await invented.get('/preferences')).status).toBe(307);
  });

  test('after signing out, and after its time, a cookie is worth nothing', async () => {
    const { visitor } = await signedUp();
    const stolen = new Visitor();
    stolen.cookies = new Map(visitor.cookies);
    await visitor.submit('/preferences', 'Sign out', {});
    expect(visitor.cookies.size).toBe(0);
    expect((await stolen.get('/preferences')).status).toBe(307);
    const late = await signedUp();
    await site.database.sql`update sessions set expires_at = now() - interval '1 second'`;
    expect((await late.visitor.get('/preferences')).status).toBe(307);
  });
});

test('guessing is limited for an account, also many at once, and the right password does not help then', async () => {
  const { email } = await signedUp();
  const guess = (password: string) =>
    new Visitor().submit('/sign-in', 'Sign in', { email, password }).then((response) => response.text());
  const pages = await Promise.all(Array.from({ length: 14 }, (_, at) => guess(`guess number ${at}`)));
  expect(pages.filter((page) => page.includes('The address or the password is wrong.'))).toHaveLength(10);
  expect(pages.filter((page) => page.includes('Too many attempts.'))).toHaveLength(4);
  expect(await guess(PASSWORD)).toContain('Too many attempts.');
  await site.database.sql`update sign_in_attempts set attempted_at = now() - interval '16 minutes'`;
  const visitor = new Visitor();
  await visitor.submit('/sign-in', 'Sign in', { email, password: PASSWORD });
  expect(visitor.cookies.size).toBe(1);
});

test('guessing is limited for an address, which nobody can choose', async () => {
  await site.database.sql`truncate sign_in_attempts`;
  await site.database
    .sql`insert into sign_in_attempts (email, address, succeeded) select 'a' || n || '@b.de', a, false from generate_series(1, 30) n, (values ('127.0.0.1'), ('::/64')) t (a)`;
  const { email } = await signedUp();
  const response = await new Visitor().submit(
    '/sign-in',
    'Sign in',
    { email, password: PASSWORD },
    { 'x-forwarded-for': '8.8.8.8', 'x-melodia-address': '8.8.4.4' },
  );
  expect(await response.text()).toContain('Too many attempts.');
  await site.database.sql`truncate sign_in_attempts`;
});

test('many at once from one address are limited together, whatever the accounts', async () => {
  await site.database.sql`truncate sign_in_attempts`;
  await site.database
    .sql`insert into sign_in_attempts (email, address, succeeded) select 'a' || n || '@b.de', a, false from generate_series(1, 27) n, (values ('127.0.0.1'), ('::/64')) t (a)`;
  const guesses = Array.from({ length: 8 }, async (_, at) =>
    (
      await new Visitor().submit('/sign-in', 'Sign in', { email: `nobody-${at}@example.com`, password: 'guess' })
    ).text(),
  );
  expect((await Promise.all(guesses)).filter((page) => page.includes('Too many attempts.'))).toHaveLength(5);
  await site.database.sql`truncate sign_in_attempts`;
});

test('a wrong address and a wrong password look the same, and no password comes back', async () => {
  const { email } = await signedUp();
  const pageOf = async (address: string) =>
    (
      await (await new Visitor().submit('/sign-in', 'Sign in', { email: address, password: 'my secret words' })).text()
    ).replace(/nonce="[^"]*"/g, '');
  const [known, unknown] = [await pageOf(email), await pageOf('nobody@example.com')];
  for (const page of [known, unknown]) {
    expect(page).toContain('The address or the password is wrong.');
    expect(page).not.toContain('my secret words');
  }
});

test('headers: nothing is loaded from elsewhere, framed or sniffed; each page has a nonce of its own', async () => {
  const visitor = new Visitor();
  const [one, other] = [await visitor.get('/'), await visitor.get('/')];
  const policy = one.headers.get('content-security-policy') ?? '';
  expect(policy).not.toContain('unsafe');
  expect(policy).toMatch(
    /default-src 'self'; script-src 'self' 'nonce-[\w+/=]+' 'strict-dynamic'; style-src 'self' 'nonce-/,
  );
  for (const part of [`object-src 'none'`, `base-uri 'none'`, `frame-ancestors 'none'`, `form-action 'self'`])
    expect(policy).toContain(part);
  expect(policy).not.toBe(other.headers.get('content-security-policy'));
  expect(Object.fromEntries(one.headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
  });
  expect(one.headers.has('x-powered-by')).toBe(false);
  const script = /src="(\/_next\/static[^"]+)"/.exec(await other.text())?.[1] ?? '';
  expect(script).not.toBe('');
  expect((await visitor.get(script)).headers.get('x-content-type-options')).toBe('nosniff');
  const page = await one.text();
  expect([...page.matchAll(/<script(?![^>]*nonce=)/g)]).toEqual([]);
});

test('a page that fails tells nothing of the database', async () => {
  const { visitor } = await signedUp();
  for (const [path, table] of [
    ['/', 'songs'],
    ['/preferences', 'sessions'],
  ] as const) {
    await site.database.sql.unsafe(`alter table ${table} rename to away`);
    try {
      const response = await visitor.get(path);
      const page = await response.text();
      expect([path, response.status]).toEqual([path, 500]);
      expect(page).not.toMatch(/select |relation|token_hash|song_variants|postgres|node_modules/i);
    } finally {
      await site.database.sql.unsafe(`alter table away rename to ${table}`);
    }
    expect((await visitor.get(path)).status).toBe(200);
  }
});

test('a row that somebody wrote past the validators takes no page away', async () => {
  const { sql } = site.database;
  const [whole, hurt] = [{ title: 'Whole', duration_seconds: 1 }, { title: {} }];
  const variants = JSON.stringify({ 0: whole, 1: null, 2: hurt, 3: 7, 4: { title: 'x' } });
  const lines = JSON.stringify({ 0: 'la', 4: [{ index: 0, text: {}, start: 1, end: 0 }] });
  await sql`insert into songs (slug, status, selected_variant, song_variants, variant_timestamp_lyrics_processed)
    values ('damaged', 'published', '2', ${variants}, ${lines}),
      ('lost', 'published', '1', '{"1": []}', '{}')`;
  const visitor = new Visitor();
  const library = await visitor.get('/');
  expect([library.status, (await library.text()).includes('/songs/damaged')]).toEqual([200, true]);
  const page = await (await visitor.get('/songs/damaged?recording=0')).text();
  expect([page.includes('Whole'), page.match(/Recording (?:<!-- -->)?\d/g)?.length]).toEqual([true, 2]);
  for (const [path, status] of [
    ['/songs/damaged', 200],
    ['/songs/damaged?recording=4', 200],
    ['/audio/damaged/0.wav', 200],
    ['/audio/damaged/3.wav', 404],
    ['/songs/lost', 404],
  ] as const) {
    const response = await visitor.get(path);
    expect([path, response.status]).toEqual([path, status]);
    await response.body?.cancel();
  }
  await sql`delete from songs where slug in ('damaged', 'lost')`;
});

test('a recording is found by its key, and nothing else is', async () => {
  const variant = { title: 'A', duration_seconds: 1 };
  await site.database.db
    .insert(songsTable)
    .values({ slug: 'a-b', status: 'published', selected_variant: 'take-2', song_variants: { 'take-2': variant } });
  const visitor = new Visitor();
  const sound = await visitor.get('/audio/a-b/take-2.wav');
  expect([sound.status, sound.headers.get('content-type')]).toEqual([200, 'audio/wav']);
  await sound.body?.cancel();
  for (const path of [
    '/audio/a-b/take.wav',
    '/audio/a/b-take-2.wav',
    '/audio/a-b/%2e%2e%2f..%2fetc%2fpasswd',
    '/audio/a-b/take-2',
  ])
    expect([path, (await visitor.get(path)).status]).toEqual([path, 404]);
  for (const range of ['bytes=99999999-', 'bytes=5-2', 'bytes=-0', 'bytes=0-1,4-5', `bytes=${'9'.repeat(400)}-`])
    expect([range, (await visitor.get('/audio/a-b/take-2.wav', { range })).status]).toEqual([range, 416]);
});

describe('what the provider sends', () => {
  const answer = { alignedWords: [{ word: 'la', success: true, startS: 0, endS: 1 }] };
  const post = (body: unknown, { key = 'some-key-1', ...headers }: Record<string, string> = {}) =>
    fetch(new URL('/api/provider-answers', site.url), {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: {
        authorization: `Bearer ${PROVIDER_TOKEN}`,
        'content-type': 'application/json',
        'idempotency-key': key,
        ...headers,
      },
    });
  let body: { song_id: number; variant_key: string; answer: unknown };
  beforeAll(async () => {
    const [song] = await site.database.db
      .insert(songsTable)
      .values({ slug: 'answered' })
      .returning({ id: songsTable.id });
    body = { song_id: song?.id ?? 0, variant_key: '0', answer };
  });
  const kept = () => site.database.db.$count(providerAnswersTable, eq(providerAnswersTable.song_id, body.song_id));

  test.each([
    ['no token', {}, { authorization: '' }, 401],
    ['a wrong token', {}, { authorization: 'Bearer guess' }, 401],
    ['a session is no token', {}, { authorization: '', cookie: 'melodia-session=x' }, 401],
    ['another kind of content', {}, { 'content-type': 'text/plain' }, 415],
    ['no key', {}, { key: '' }, 400],
    ['no JSON', '{', {}, 400],
    ['no answer', { song_id: 1 }, {}, 422],
    [
      'times that are none',
      { song_id: 1, variant_key: '0', answer: { alignedWords: [{ word: 'a', success: true, startS: null, endS: 1 }] } },
      {},
      422,
    ],
    [
      'what JSONB cannot keep',
      { song_id: 1, variant_key: '0', answer: { alignedWords: [{ word: '\0', success: true, startS: 0, endS: 1 }] } },
      {},
      422,
    ],
    ['a song that is not there', { song_id: 999_999, variant_key: '0', answer }, {}, 404],
    ['more than anybody sends', `"${'x'.repeat(4_100_000)}"`, {}, 413],
  ])('%s: refused', async (_, sent, headers, status) => {
    expect((await post(sent, headers as Record<string, string>)).status).toBe(status);
    expect(await kept()).toBe(0);
  });

  test('the same key is one answer and one job, however often and at once; another body is refused', async () => {
    const before = await jobs();
    const responses = await Promise.all([1, 2, 3, 4].map(() => post(body)));
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 200, 200, 202]);
    const ids = await Promise.all(responses.map(async (response) => ((await response.json()) as { id: number }).id));
    expect(new Set(ids).size).toBe(1);
    expect((await post({ ...body, variant_key: '1' })).status).toBe(422);
    expect(await kept()).toBe(1);
    expect((await jobs()) - before).toBe(1);
    expect((await post(body, { key: 'some-key-2' })).status).toBe(202);
    expect(await kept()).toBe(2);
  });

  /** Every job gets the next number, also one that is done already. */
  const jobs = async () =>
    Number(
      (await site.database.sql`select coalesce(pg_sequence_last_value('graphile_worker.jobs_id_seq1'), 0) as n`)[0]?.n,
    );
});

test('a request without an account is taken; without its token an account sends none', async () => {
  expect((await new Visitor().submit('/request', 'Send the request', REQUEST)).status).toBe(303);
  const { visitor } = await signedUp();
  const refused = await visitor.submit('/request', 'Send the request', { ...REQUEST, csrf: 'x' });
  expect(await refused.text()).toContain('This form is out of date');
  expect(await site.database.db.$count(songRequestsTable)).toBe(1);
});

test('the admin page is there for administrators only', async () => {
  const { visitor, email } = await signedUp();
  expect((await visitor.get('/admin')).status).toBe(404);
  await site.database.db.update(usersTable).set({ role: 'admin' }).where(eq(usersTable.email, email));
  expect((await visitor.get('/admin')).status).toBe(200);
  expect((await new Visitor().get('/admin')).status).toBe(404);
});

test('accounts and requests from one network are limited, and a database that is gone is told to the log alone', async () => {
  const database = await createTestDatabase();
  const env = { WEB_SIGN_UPS_PER_HOUR: '1', WEB_REQUESTS_PER_HOUR: '1', WEB_TRUST_PROXY: '1' };
  const web = startWeb(database.url, env);
  await said(web, 'http://');
  const visitor = new Visitor(/http:\S+/.exec(web.output())?.[0]);
  const person = (at: number) => ({ email: `one-${at}@example.com`, password: PASSWORD, name: '' });
  const signUp = async (at: number, address: string) => {
    visitor.cookies.clear();
    return (
      await visitor.submit('/sign-up', 'Sign up', person(at), { 'x-forwarded-for': `1.1.1.1, ${address}` })
    ).text();
  };
  const request = async (address: string) =>
    (await visitor.submit('/request', 'Send the request', REQUEST, { 'x-forwarded-for': address })).text();
  const refused = expect.stringContaining('Too many were sent from your network.');
  expect(await signUp(1, '2001:db8::1')).not.toEqual(refused);
  expect(await signUp(2, '2001:db8::2:0:0:9')).toEqual(refused);
  expect(await signUp(2, '2001:db8:0:1::1')).not.toEqual(refused);
  expect(await database.db.$count(usersTable)).toBe(2);
  visitor.cookies.clear();
  expect(await request('10.0.0.1')).not.toEqual(refused);
  expect(await request('::ffff:10.0.0.1')).toEqual(refused);
  expect(await database.db.$count(songRequestsTable)).toBe(1);

  await database.drop();
  const readiness = async () => await (await visitor.get('/readyz')).text();
  await expect.poll(readiness, { timeout: 10_000 }).toContain('unreachable');
  const name = new URL(database.url).pathname.slice(1);
  expect(await readiness()).not.toContain(name);
  expect(web.output()).toMatch(new RegExp(`^web: readiness: .*${name}`, 'm'));
  web.child.kill('SIGTERM');
  expect(await web.ended).toEqual([0, null]);
});

describe('start and stop', () => {
  test('probes tell what is the matter; a database that lacks something is refused at the start', async () => {
    const probe = async (path: string) => {
      const response = await fetch(new URL(path, site.url));
      return [response.status, ((await response.json()) as { state: string }).state];
    };
    expect(await probe('/healthz')).toEqual([200, 'alive']);
    expect(await probe('/readyz')).toEqual([200, 'ready']);
    const [row] = await site.database
      .sql`delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations) returning *`;
    await expect.poll(() => probe('/readyz'), { timeout: 10_000 }).toEqual([503, 'pending']);
    expect(await probe('/healthz')).toEqual([200, 'alive']);
    const refused = startWeb(site.database.url);
    expect(await refused.ended).toEqual([1, null]);
    expect(refused.output()).toMatch(/^web: This version needs the migration .* Run `migrator migrate`/);
    await site.database.sql`insert into drizzle.__drizzle_migrations ${site.database.sql(row ?? {})}`;
    await expect.poll(() => probe('/readyz'), { timeout: 10_000 }).toEqual([200, 'ready']);
  });

  test('on SIGTERM it stops in order, and is gone from the list of those who are there', async () => {
    const web = startWeb(site.database.url);
    await said(web, 'http://');
    expect(await site.database.sql`select count(*)::int as n from app_instances where app = 'web'`).toEqual([{ n: 2 }]);
    web.child.kill('SIGTERM');
    expect(await web.ended).toEqual([0, null]);
    expect(web.output()).toMatch(/web: http:\S+\nweb: stopped\n$/);
    expect(await site.database.sql`select count(*)::int as n from app_instances where app = 'web'`).toEqual([{ n: 1 }]);
  });
});

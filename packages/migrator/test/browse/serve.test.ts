import { expect, onTestFinished, test } from 'vitest';
import { browse } from '../../src/api/browse.js';
import { adaptStudioSql } from '../../src/browse/studio-sql.js';
import { failureOf } from '../setup/cli.js';
import { createDatabase, type TestDatabase } from '../setup/database.js';
import { ask } from '../setup/http.js';

async function start(
  database: TestDatabase,
  options: { readonly timeoutMs?: number; readonly mostRows?: number } = {},
) {
  const project = { database: database.url, migrationsFolder: '/nowhere' };
  const server = await browse(project, { port: 0, timeoutMs: 60_000, mostRows: 100, ...options });
  onTestFinished(() => server.close());
  const path = new URL(server.url).pathname + new URL(server.url).search;
  const visited = await ask(server.port, path);
  const cookie = String(visited.headers['set-cookie']).split(';')[0] ?? '';
  const place = String(visited.headers.location);
  const own = { origin: `http://127.0.0.1:${server.port}`, 'content-type': 'application/json', cookie };
  const post = (document: unknown, headers: object = own) =>
    ask(server.port, `${place}query`, { method: 'POST', headers: { ...headers }, body: JSON.stringify(document) });
  const query = async (sql: string, parameters: readonly unknown[] = [], schema?: string) => {
    const { status, body } = await post({ procedure: 'query', query: { sql, parameters }, schema });
    return status === 200 ? (JSON.parse(body) as [{ message: string } | null, unknown?]) : status;
  };
  const refusal = async (sql: string) => {
    const answer = await query(sql);
    return typeof answer === 'object' ? (answer[0]?.message ?? answer[1]) : answer;
  };
  return { server, path, place, visited, own, post, query, refusal };
}

test('the address works once; then the cookie does, and nothing else', async () => {
  const { server, path, place, visited, own } = await start(await createDatabase());
  expect(visited.status).toBe(303);
  // The cookie goes to every port of this machine, but only below a path that nobody else knows.
  expect(place).toMatch(/^\/[\w-]{22}\/$/);
  expect(visited.headers['set-cookie']).toEqual([
    expect.stringMatching(/^migrator-browse-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/[\w-]{22}\/$/),
  ]);
  expect(String(visited.headers['set-cookie'])).toContain(`Path=${place}`);
  const { cookie } = own;
  const opened = await ask(server.port, place, { headers: { cookie } });
  expect([opened.status, opened.body]).toEqual([200, expect.stringContaining('<title>migrator browse</title>')]);
  expect(opened.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
  const renamed = { cookie, host: `evil.example:${server.port}` };
  expect((await ask(server.port, place, { headers: renamed })).status).toBe(403);
  expect((await ask(server.port, '/', { headers: { cookie } })).status).toBe(404);
  const again = [path, '/', place, '/?token=', `${place}browse.js`, `/?token=${'x'.repeat(43)}`];
  for (const wrong of again) expect([wrong, (await ask(server.port, wrong)).status]).toEqual([wrong, 403]);
  const nobody = await ask(server.port, `${place}query`, { method: 'POST', headers: { ...own, cookie: '' } });
  expect([nobody.status, nobody.headers.connection]).toEqual([403, 'close']);
});

test('another page, another name of this machine, and another method are refused', async () => {
  const { server, place, own, post } = await start(await createDatabase());
  const hello = { procedure: 'query', query: { sql: 'select 1 as a', parameters: [] } };
  expect((await post(hello)).body).toBe('[null,[{"a":1}]]');
  const { origin: _, ...without } = own;
  const foreign: object[] = [
    { ...own, origin: 'https://evil.example' },
    { ...own, origin: 'null' },
    { ...own, origin: `http://127.0.0.1:${server.port + 1}` },
    { ...own, host: `evil.example:${server.port}` },
    { ...own, host: 'evil.example' },
    without,
    { ...without, 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of foreign) expect([headers, (await post(hello, headers)).status]).toEqual([headers, 403]);
  expect((await post(hello, { ...own, 'content-type': 'text/plain' })).status).toBe(415);
  expect((await ask(server.port, `${place}query`, { method: 'PUT', headers: own })).status).toBe(405);
  expect((await ask(server.port, `${place}../package.json`, { headers: own })).status).toBe(404);
  expect((await post({ procedure: 'query', query: { sql: ' '.repeat(2_000_000), parameters: [] } })).status).toBe(413);
  expect((await post({ procedure: 'transaction', queries: [hello.query] })).body).toContain('changes are refused');
});

test('no statement that is posted can change anything', async () => {
  const database = await createDatabase();
  await database.query(`create table songs (id int primary key, title text);
    insert into songs values (1, 'Für Elise'), (2, 'Clair de lune');
    create sequence numbers;
    create schema other; create table other.songs (id int);
    create function drop_it() returns int language plpgsql as 'begin drop table songs; return 1; end';
    create function of_row(songs) returns int language sql as 'select pg_advisory_lock(1); select 1';
    create function step(int, int) returns int language plpgsql as 'begin perform pg_advisory_lock(2); return 1; end';
    create aggregate collect(int) (sfunc = step, stype = int, initcond = '0');
    create operator === (function = step, leftarg = int, rightarg = int);
    create function random(int) returns int language plpgsql as 'begin perform pg_advisory_lock(3); return 1; end';
    create extension tablefunc;
    create function sums(text) returns setof record language c stable as '$libdir/tablefunc', 'crosstab';`);
  const { refusal, query } = await start(database);
  const onlyReads = (what: string) => `This view only reads: ${what} is refused.`;
  const calls = (name: string) => `This view only reads: \`${name}\` may do more than that.`;
  const cases: Readonly<Record<string, string>> = {
    'set transaction_read_only = off; delete from songs': 'One statement at a time.',
    'select 1; select 2': 'One statement at a time.',
    'commit; delete from songs': 'One statement at a time.',
    commit: onlyReads('TRANSACTION'),
    rollback: onlyReads('TRANSACTION'),
    'set transaction_read_only = off': onlyReads('VARIABLE SET'),
    'set session characteristics as transaction read write': onlyReads('VARIABLE SET'),
    'reset all': onlyReads('VARIABLE SET'),
    'delete from songs': onlyReads('DELETE'),
    'with gone as (delete from songs returning id) select * from gone': onlyReads('DELETE'),
    'explain analyze delete from songs': onlyReads('EXPLAIN'),
    'explain analyze with gone as (update songs set id = 3 returning id) select * from gone': onlyReads('UPDATE'),
    'select * into copied from songs': onlyReads('SELECT INTO'),
    'create table copied as select 1': onlyReads('CREATE TABLE AS'),
    'select * from songs for update': onlyReads('a lock on rows (FOR UPDATE)'),
    'select * from (select * from songs for share) s': onlyReads('a lock on rows (FOR UPDATE)'),
    'lock table songs': onlyReads('LOCK'),
    "copy songs to program 'true'": onlyReads('COPY'),
    "copy songs to '/tmp/songs'": onlyReads('COPY'),
    'do $$ begin perform pg_sleep(1); end $$': onlyReads('DO'),
    'call nothing()': onlyReads('CALL'),
    "notify songs, 'x'": onlyReads('NOTIFY'),
    'select pg_terminate_backend(pid) from pg_stat_activity': calls('pg_terminate_backend'),
    'select pg_catalog.pg_cancel_backend(1)': calls('pg_cancel_backend'),
    'select "pg_reload_conf"()': calls('pg_reload_conf'),
    "select lo_import('/etc/passwd')": calls('lo_import'),
    "select pg_read_file('/etc/passwd')": calls('pg_read_file'),
    "select set_config('transaction_read_only', 'off', false)": calls('set_config'),
    "select set_config('statement_timeout', '0', false)": calls('set_config'),
    "select set_config('statement_timeout', '0', true)": calls('set_config'),
    "select set_config('statement_timeout', '0ms', true)": calls('set_config'),
    'select random(1)': calls('random'),
    "select * from crosstab('select 1, 2, pg_advisory_lock(4)') as (a int, b int)": calls('crosstab'),
    "select * from sums('select 1, 2, pg_advisory_lock(4)') as (a int, b int)": calls('sums'),
    "select set_config('statement' || '_timeout', '0', true)": calls('set_config'),
    "select query_to_xml('select pg_advisory_lock(1)', true, true, '')": calls('query_to_xml'),
    "select nextval('numbers')": calls('nextval'),
    'select pg_advisory_lock(1)': calls('pg_advisory_lock'),
    'select pg_sleep(1)': calls('pg_sleep'),
    'select drop_it()': calls('drop_it'),
    'select * from drop_it()': calls('drop_it'),
    'select songs.of_row from songs': calls('of_row'),
    'select (songs).of_row from songs': calls('of_row'),
    'select collect(id) from songs': calls('collect'),
    'select 1 === 2': calls('==='),
    'select 1 where (case when drop_it() = 1 then true end)': calls('drop_it'),
    'selct 1': 'The statement cannot be read: its grammar is not that of Postgres.',
    '-- nothing': 'There is no statement.',
    'select \0': 400 as never,
    'select gone from songs': 'column "gone" does not exist',
    'select certificate from songs': 'column "certificate" does not exist',
  };
  for (const [sql, expected] of Object.entries(cases)) expect([sql, await refusal(sql)]).toEqual([sql, expected]);
  expect(await query('select title from songs where id = $1', [2])).toEqual([null, [{ title: 'Clair de lune' }]]);
  expect(await query('select count(*) as n from songs', [], 'other')).toEqual([null, [{ n: '0' }]]);
  expect(await query('explain (costs off) select 1')).toEqual([null, [{ 'QUERY PLAN': 'Result' }]]);
  expect(await database.query('select count(*)::int as n from songs')).toEqual([{ n: 2 }]);
  const locks = `select count(*)::int as n from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;
  expect(await database.query(locks)).toEqual([{ n: 0 }]);
});

test('should a statement get past all that, its transaction is read-only to the end', async () => {
  const database = await createDatabase();
  // Stable by its own word, so that nothing but the transaction stands before it.
  await database.query(`create table songs (id int);
    create function sneak() returns int stable language plpgsql as $$ begin
      execute 'set transaction read write'; return 1; end $$;
    create function sneak_config() returns text stable language sql as $$ select set_config('transaction_read_only', 'off', false) $$;
    create function sneak_write() returns int stable language plpgsql as $$ begin execute 'insert into songs values (1)'; return 1; end $$;`);
  const { refusal } = await start(database);
  expect(await refusal('select sneak()')).toMatch(/SET is not allowed in a non-volatile function/);
  expect(await refusal('select sneak_config()')).toBe('transaction read-write mode must be set before any query');
  expect(await refusal('select sneak_write()')).toMatch(
    /is not allowed in a non-volatile function|read-only transaction/,
  );
  expect(await database.query('select count(*)::int as n from songs')).toEqual([{ n: 0 }]);
});

test('what a database is set to, and what it does behind a name, does not help', async () => {
  const database = await createDatabase();
  await database.query(`create view locking as select pg_advisory_lock(1)::text as done;
    alter database ${database.name} set standard_conforming_strings = off;`);
  const { query } = await start(database);
  // A server that takes a backslash for an escape would call what the grammar has read as text.
  const text = ' , pg_advisory_lock(2) --';
  expect(await query(`select '\\' || '${text}' as text`)).toEqual([null, [{ text: `\\${text}` }]]);
  expect(await query('select done from locking')).toEqual([null, [{ done: '' }]]);
  const held = `select count(*)::int as n from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;
  expect(await database.query(held)).toEqual([{ n: 0 }]);
});

test('an answer that is too large for the memory is stopped, and the next one comes', async () => {
  const { query, refusal } = await start(await createDatabase(), { mostRows: 1000 });
  expect(await refusal("select repeat('x', 20000000) from generate_series(1, 1000)")).toBe(
    'The answer is larger than 64 MB. Take fewer rows a page, or name the columns: `select id, name from …`.',
  );
  expect(await query('select 1 as n')).toEqual([null, [{ n: 1 }]]);
});

test('columns of one name are all there, and a schema of any name is looked into', async () => {
  const database = await createDatabase();
  await database.query(
    `create schema "we""ird, \\'"; create table "we""ird, \\'".songs (id int); insert into "we""ird, \\'".songs values (7)`,
  );
  const { query } = await start(database);
  expect(await query('select 1 as id, 2 as "id (2)", 3 as id, 4 as id')).toEqual([
    null,
    [{ id: 1, 'id (2)': 2, 'id (3)': 3, 'id (4)': 4 }],
  ]);
  expect(await query('select id from songs', [], `we"ird, \\'`)).toEqual([null, [{ id: 7 }]]);
});

test('the count before the rows of a large table stops somewhere', async () => {
  const database = await createDatabase();
  await database.query(
    `create schema "odd ""name"; create unlogged table "odd ""name"."big" as select from generate_series(1, 1000100)`,
  );
  const { query } = await start(database);
  const counted =
    'with "__ps_agg__" as (select cast(coalesce(count(*), 0) as text) as "__ps_count__" from "odd ""name"."big" where true)';
  expect(await query(`${counted} select * from "__ps_agg__"`)).toEqual([null, [{ __ps_count__: '1000001' }]]);
});

test('rows of a large table are sorted by its index', () => {
  const asked = (order: string) =>
    `with "__ps_agg__" as (select 1) select "id" from "public"."big" where true order by ${order} limit $1 offset 0`;
  expect(adaptStudioSql(asked('cast("id" as numeric) asc, "at" desc, cast("odd "" one" as numeric) desc'))).toBe(
    asked('"id" asc, "at" desc, "odd "" one" desc'),
  );
  const typed = 'select 1 from t order by cast("id" as numeric) asc';
  expect(adaptStudioSql(typed)).toBe(typed);
});

test('a query that takes too long is stopped, and an answer ends at so many rows', async () => {
  const database = await createDatabase();
  const { refusal } = await start(database, { timeoutMs: 200 });
  expect(await refusal('select count(*) from generate_series(1, 1e10::bigint)')).toBe(
    'canceling statement due to statement timeout',
  );
  const { query } = await start(database, { timeoutMs: 60_000, mostRows: 3 });
  expect(await query('select n from generate_series(1, 100000) n')).toEqual([null, [{ n: 1 }, { n: 2 }, { n: 3 }]]);
  expect(await query('select 1 as n')).toEqual([null, [{ n: 1 }]]);
  // One that says how many it wants gets as many, and what there is is never cut off.
  expect(await query('select n from generate_series(1, 9) n limit $1', [5])).toMatchObject([null, { length: 5 }]);
  const relations = await query(
    'select 1 as n from pg_catalog.pg_class c join pg_catalog.pg_type t on t.oid = c.reltype',
  );
  expect((relations as [null, unknown[]])[1].length).toBeGreaterThan(100);
  expect(await query('select 1 as n from pg_catalog.pg_class c, generate_series(1, 2)')).toMatchObject([
    null,
    { length: 3 },
  ]);
});

test('values keep what JSON can hold of them', async () => {
  const { query } = await start(await createDatabase());
  expect(
    await query(`select 9007199254740993 as big, 1.50::numeric as exact, null::int as nothing, 'NaN'::float8 as nan, false as no,
      timestamptz '2025-06-01 12:00:00.123456+02' as at, date '2025-06-01' as day, '{"a": [1]}'::jsonb as doc,
      array['a b', null, 'c"d', 'NULL', '{}'] as list, array[[1, 2], [3, 4]] as grid, '\\x01'::bytea as bytes, array[]::text[] as none,
      '{"id": 9007199254740993, "at 12345678901234567890": [-0.5, 1e400, 1e-400, 9007199254740991, 1.50, 0.0, "9007199254740993"]}'::json as large`),
  ).toEqual([
    null,
    [
      {
        ...{ big: '9007199254740993', exact: '1.50', nothing: null, nan: 'NaN', no: false },
        ...{ at: '2025-06-01T10:00:00.123456Z', day: '2025-06-01', doc: { a: [1] }, bytes: '\\x01' },
        ...{
          list: ['a b', null, 'c"d', 'NULL', '{}'],
          grid: [
            [1, 2],
            [3, 4],
          ],
          none: [],
          large: {
            id: '9007199254740993',
            'at 12345678901234567890': [-0.5, '1e400', '1e-400', 9007199254740991, 1.5, 0, '9007199254740993'],
          },
        },
      },
    ],
  ]);
});

test('a port that another program has, and a database that is not there, are errors with a code', async () => {
  const database = await createDatabase();
  const { server } = await start(database);
  const project = { database: database.url, migrationsFolder: '/nowhere' };
  const options = { timeoutMs: 1000, mostRows: 1 };
  const taken = await failureOf(browse(project, { ...options, port: server.port }));
  expect([taken.code, taken.exitCode, taken.message]).toEqual([
    'port-taken',
    2,
    `Port ${server.port} cannot be listened on: another program has it.`,
  ]);
  const url = new URL(database.url);
  url.pathname = '/not_there';
  expect((await failureOf(browse({ ...project, database: url.href }, { ...options, port: 0 }))).code).toBe(
    'database-missing',
  );
});

import postgres from 'postgres';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { loadParser } from '../../src/sql/parse.js';
import { type Literal, quoteIdent, quoteLiteral } from '../../src/sql/quote.js';
import { splitStatements } from '../../src/sql/split.js';
import { refusedInTransaction } from '../../src/sql/transactions.js';
import { createDatabase, type TestDatabase } from '../setup/database.js';

beforeAll(loadParser);

const SETUP = `
create table songs (id int primary key, title text);
create index songs_title on songs (title);
cluster songs using songs_pkey;
create type mood as enum ('sad', 'ok');
create materialized view titles as select id, title from songs;
create unique index on titles (id);
create table plays (at int, song int) partition by range (at);
create table plays_1 partition of plays for values from (1) to (2);
create procedure committing() language plpgsql as $$ begin commit; end $$;
`;

/** Cluster-wide names are made of the database's own, which no other test has. */
const statementsFor = (own: string): [sql: string, refused: boolean][] => [
  ['create table t ()', false],
  ['create index on songs (title)', false],
  ['create index concurrently on songs (title)', true],
  ['create unique index concurrently if not exists u on songs (id)', true],
  ['drop index songs_title', false],
  ['drop index concurrently songs_title', true],
  ['drop index concurrently if exists nothing', true],
  ['reindex index songs_title', false],
  ['reindex table songs', false],
  ['reindex index concurrently songs_title', true],
  ['reindex (concurrently) table songs', true],
  ['reindex (concurrently false) table songs', false],
  ['reindex (verbose, concurrently on) table songs', true],
  ['reindex schema public', true],
  [`reindex database ${own}`, true],
  [`reindex system ${own}`, true],
  ['alter table plays detach partition plays_1', false],
  ['alter table plays detach partition plays_1 concurrently', true],
  ['refresh materialized view titles', false],
  ['refresh materialized view concurrently titles', false],
  ['vacuum', true],
  ['vacuum songs', true],
  ['vacuum (full, analyze) songs', true],
  ['analyze songs', false],
  ['analyze', false],
  ['cluster', true],
  ['cluster songs', false],
  ['cluster songs using songs_title', false],
  [`create database ${own}_x`, true],
  [`drop database if exists ${own}_x`, true],
  [`alter database ${own} set tablespace pg_default`, true],
  [`alter database ${own} tablespace = pg_default`, true],
  [`alter database ${own} set work_mem = '4MB'`, false],
  [`alter database ${own} connection limit 10`, false],
  [`create tablespace ${own}_t location '/nowhere'`, true],
  [`drop tablespace if exists ${own}_t`, true],
  [`alter system set work_mem = '4MB'`, true],
  ['alter system reset work_mem', true],
  [`create subscription ${own}_s connection 'dbname=nowhere' publication p`, true],
  [`create subscription ${own}_s connection 'dbname=nowhere' publication p with (connect = false)`, false],
  ['alter subscription sub refresh publication', true],
  ['alter subscription sub set publication q', true],
  ['alter subscription sub set publication q with (refresh = false)', false],
  ['alter subscription sub add publication q', true],
  ['alter subscription sub drop publication p', true],
  ['alter subscription sub disable', false],
  ['discard all', true],
  ['discard plans', false],
  ['discard temp', false],
  [`alter type mood add value 'new'`, false],
  [`alter type mood rename value 'ok' to 'fine'`, false],
  [`do $$ begin execute 'select 1'; end $$`, false],
  ['do $$ begin create temp table x (id int) on commit drop; end $$', false],
  [`do $$ begin raise notice 'commit'; end $$`, false],
  ['do $$ begin /* commit; */ perform 1; -- rollback;\n end $$', false],
  ['do $$ begin commit; end $$', true],
  ['do $$ begin perform 1;\n\n  COMMIT AND CHAIN ;\n end $$', true],
  ['do $$ begin if true then rollback; end if; end $$', true],
  ['do $$ begin for i in 1..2 loop commit; end loop; end $$', true],
  ['do $$ begin perform 1; -- done\n commit; end $$', true],
  ['notify songs', false],
  ['listen songs', false],
  ['checkpoint', false],
  ['set local work_mem = 64', false],
  ['lock table songs', false],
  ['truncate songs', false],
];

/** It is enabled, for a disabled one is refused earlier, and points nowhere. A database cannot be dropped before it. */
async function createSubscription({ query }: TestDatabase): Promise<void> {
  await query(`create subscription sub connection 'dbname=nowhere' publication p, p2 with (connect = false)`);
  onTestFinished(async () => {
    await query('alter subscription sub disable');
    await query('alter subscription sub set (slot_name = none)');
    await query('drop subscription sub');
  });
  await query('alter subscription sub enable');
}

/** "Cannot run inside a transaction block", and "invalid transaction termination" for code that commits. */
const REFUSALS = ['25001', '2D000'];

describe('what the engine keeps out of transactions', () => {
  test('is exactly what the server refuses in one', async () => {
    const database = await createDatabase();
    await database.query(SETUP);
    await createSubscription(database);
    const sql = postgres(database.url, { max: 1, onnotice() {} });
    onTestFinished(() => sql.end());
    const server: Record<string, string> = {};
    const ours: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const [text, refused] of statementsFor(database.name)) {
      await sql.unsafe('begin').simple();
      server[text] = await sql
        .unsafe(text)
        .simple()
        .then(
          () => 'accepted',
          ({ code, message }: { code: string; message: string }) => (REFUSALS.includes(code) ? 'refused' : message),
        );
      await sql.unsafe('rollback').simple();
      const [statement] = splitStatements(text);
      ours[text] = statement && refusedInTransaction(statement) ? 'refused' : 'accepted';
      expected[text] = refused ? 'refused' : 'accepted';
    }
    expect(server).toEqual(expected);
    expect(ours).toEqual(server);
  });

  test('does not cover what only the catalog knows: those fail with 25001, whose fix names the directive', async () => {
    const database = await createDatabase();
    await database.query(`${SETUP} create index plays_song on plays (song);`);
    for (const text of ['reindex table plays', 'reindex index plays_song', 'call committing()']) {
      const [statement] = splitStatements(text);
      expect(statement && refusedInTransaction(statement)).toBeUndefined();
      const code = text.startsWith('call') ? '2D000' : '25001';
      await expect(database.query(`begin; ${text}`)).rejects.toMatchObject({ code });
    }
  });
});

/** The same on every run, and different enough: quotes, backslashes, line ends, dollar signs, non-ASCII, lone surrogates left out. */
function randomStrings(count: number): string[] {
  const alphabet = [...'\'"\\$`;-/*%_?:@\n\r\t\b\u0001\u007f ab01EeUu&xnNé日🎵\u2028\uFEFF'];
  let seed = 42;
  const next = (limit: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * limit);
  };
  return Array.from({ length: count }, () =>
    Array.from({ length: next(12) }, () => alphabet[next(alphabet.length)]).join(''),
  );
}

describe('quoting', () => {
  const NASTY = [
    '',
    ' ',
    "'",
    "''",
    "\\'",
    '\\',
    '\\\\',
    "'; drop table songs; --",
    "\\'; drop table songs; --",
    '$$',
    '$1',
    ':x',
    '%s',
    "E'x'",
    'U&"d"',
    '\\x41',
    '\\u0041',
    '\\101',
    'a\nb\r\nc\td',
    'null',
    'é日🎵',
    '--> statement-breakpoint',
  ];
  const strings = [...NASTY, ...randomStrings(1500)];

  test.each(['on', 'off'])('texts come back as they were, with standard_conforming_strings %s', async (setting) => {
    const { name, query } = await createDatabase();
    // By a setting of the database: a message is read as a whole, before a SET in it counts.
    await query(`alter database ${name} set standard_conforming_strings = ${setting}`);
    await query(`alter database ${name} set escape_string_warning = off`);
    expect(await query('show standard_conforming_strings')).toEqual([{ standard_conforming_strings: setting }]);
    for (let at = 0; at < strings.length; at += 300) {
      const part = strings.slice(at, at + 300);
      const [row] = await query<{ values: string[] }>(
        `select to_jsonb(array[${part.map(quoteLiteral).join(',')}]::text[]) as values`,
      );
      const values = typeof row?.values === 'string' ? (JSON.parse(row.values) as string[]) : row?.values;
      expect(values).toEqual(part);
    }
  });

  test('a literal may stand right behind a word', async () => {
    const { query } = await createDatabase();
    expect(await query(`select${quoteLiteral('a\\b')} as a`)).toEqual([{ a: 'a\\b' }]);
  });

  test.each<[string, Literal, string]>([
    ['null', null, 'null'],
    ['an integer', 1_735_689_600_000, '1735689600000'],
    ['a negative number', -1, '-1'],
    ['true', true, 'true'],
    ['false', false, 'false'],
    ['a time', new Date('2025-01-01T00:00:00.123Z'), '"2025-01-01T00:00:00.123+00:00"'],
    ['an empty list', [], '[]'],
    ['a list', ["a'b", 'c\\d', '{,}', '"'], `["a'b", "c\\\\d", "{,}", "\\""]`],
    ['JSON', { json: { a: ["'", '\\', null, 'é'] } }, `{"a": ["'", "\\\\", null, "é"]}`],
  ])('%s', async (_, value, text) => {
    const { query } = await createDatabase();
    expect(
      await query(
        `set timezone = 'UTC'; select coalesce(to_jsonb(${quoteLiteral(value)})::text, 'null') as text`.replace(
          'to_jsonb(null)',
          'to_jsonb(null::text)',
        ),
      ),
    ).toEqual([{ text }]);
  });

  test('a zero byte is refused: Postgres has none', () => {
    expect(() => quoteLiteral('a\0b')).toThrow(TypeError);
  });

  test('names come back as they were', async () => {
    const { query } = await createDatabase();
    const names = strings.filter((name) => name !== '' && Buffer.byteLength(name) < 55).slice(0, 300);
    const [row] = await query(`select ${names.map((name, n) => `${n} as ${quoteIdent(`n${n} ${name}`)}`).join(', ')}`);
    expect(Object.keys(row ?? {})).toEqual(names.map((name, n) => `n${n} ${name}`));
  });
});

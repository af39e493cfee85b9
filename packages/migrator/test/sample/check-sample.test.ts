import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, inject, test } from 'vitest';
import { runCli } from '../setup/cli.js';
import { createDatabase, createRole } from '../setup/database.js';
import { makeProject } from '../setup/project.js';

const DUMPS = fileURLToPath(new URL('dumps/', import.meta.url));
const SCHEMA = readFileSync(join(DUMPS, 'schema.sql'), 'utf8');
const NOWHERE = { url: 'postgresql://nobody@127.0.0.1:1/none' };

/** Fails with what a migration sees, where the rows are those of the sample: that outlives a scratch database. */
const tell = (query: string, isSample: string) =>
  `do $$ begin if ${isSample} then raise exception 'seen: %', (${query}); end if; end $$;`;

function setup(migrations: Readonly<Record<string, string>>, sample: string | Buffer) {
  const { root, write } = makeProject(NOWHERE, migrations);
  writeFileSync(join(root, 'sample.sql'), sample);
  const check = (...argv: string[]) =>
    runCli(root, 'check', '--skip-lint', '--scratch-url', inject('serverUrl'), '--sample', 'sample.sql', ...argv);
  return { root, write, check };
}

interface Json {
  readonly ok: boolean;
  readonly sample?: object;
  readonly trips: readonly { readonly tag: string; readonly rows: string; readonly outcome: string }[];
  readonly findings: readonly { readonly code: string; readonly tag: string; readonly message: string }[];
  readonly rehearsals: readonly {
    readonly tag: string;
    readonly statements: readonly { readonly reads: readonly object[] }[];
  }[];
  readonly error: { readonly code: string; readonly message: string; readonly where: string; readonly fix: string };
}

const isOnSample = ({ code }: { readonly code: string }) => code === 'up-fails-on-sample';

const songs = 'create table songs (id serial primary key, title text);';
const dump = (rows: string, table = 'public.songs (id, title)') => `COPY ${table} FROM stdin;\n${rows}\\.\n`;

describe('what pg_dump writes', () => {
  const seen = `select json_build_object('artists', (select array_agg(name order by id) from artists), 'songs', (select count(*) from songs), 'raw', (select raw from songs limit 1),
    'tags', (select tags from songs limit 1), 'odd', (select array_agg(x."a,b") from "Mixed Case"."Odd ""table""; x" x), 'plays', (select count(*) from plays), 'next', nextval('artists_id_seq'), 'song', nextval('songs_id_seq'))`;

  test.each(['copy', 'inserts', 'column-inserts', 'rows-per-insert', 'full', 'gzip'])('%s', async (form) => {
    const text = readFileSync(join(DUMPS, `${form === 'gzip' ? 'copy' : form}.sql`));
    const { check } = setup(
      { '0000_all': SCHEMA, '0001_tell': tell(seen, '(select count(*) from artists) = 5') },
      form === 'gzip' ? gzipSync(text) : text,
    );
    const { json } = await check('--json');
    const { findings, sample } = json as unknown as Json;
    const [failed] = findings.filter(({ tag }) => tag === '0001_tell');
    expect(sample).toEqual({ file: 'sample.sql', after: '0000_all', by: 'tracking', tables: 4, rows: 10 });
    expect(JSON.parse(/seen: (\{.*\})/.exec(failed?.message ?? '')?.[1] ?? '')).toEqual({
      artists: ["it's; a \\ back\nnew\tline -- no comment", '\\.', '$$ /* ünïcode 🎵\n\\connect', '\\N', ''],
      songs: 3,
      raw: '\\x0001ff',
      tags: ['a;b', 'c"d'],
      odd: ['x;y'],
      plays: 1,
      next: 6,
      song: 4,
    });
  });
});

test('durations, rows read and failures are those of real rows; reports say so', async () => {
  const { root, check } = setup(
    { '0000_songs': songs, '0001_long': 'alter table songs alter column title set not null;' },
    dump(Array.from({ length: 50 }, (_, n) => `${n}\tt\n`).join('')),
  );
  const { exitCode, json } = await check('--json', '--sample-at', '0000_songs', '--html', 'page.html');
  const { trips, rehearsals, sample } = json as unknown as Json;
  expect(exitCode).toBe(0);
  expect(sample).toEqual({ file: 'sample.sql', after: '0000_songs', by: 'option', tables: 1, rows: 50 });
  expect(trips.map(({ tag, rows, outcome }) => [tag, rows, outcome])).toEqual([
    ['0000_songs', 'made-up', 'one-way'],
    ['0001_long', 'sample', 'one-way'],
  ]);
  expect(rehearsals[1]?.statements[0]?.reads).toEqual([
    expect.objectContaining({ relation: 'public.songs', rows: 50 }),
  ]);
  const told = 'Rehearsed on the rows of sample.sql: 50 in 1 table, loaded behind `0000_songs`.';
  const text = await check('--sample-at', '0000_songs');
  expect(text.out).toContain(told);
  expect(text.out).toMatch(/0001_long {2}up; no way back, with rows of the sample/);
  expect((await check('--sample-at', '0000_songs', '--format', 'markdown')).out).toContain(told);
  const page = readFileSync(join(root, 'page.html'), 'utf8');
  expect(page).toContain(told);
  expect(page).toContain('with rows of the sample');
});

test('a migration that real rows refuse is an error; what it does is shown on made-up rows, and so is what follows', async () => {
  const { check } = setup(
    {
      '0000_songs': songs,
      '0001_strict': 'alter table songs alter column title set not null;',
      '0002_more': 'alter table songs add column n int;',
    },
    dump('1\ta\n2\t\\N\n'),
  );
  const { exitCode, json } = await check('--json', '--sample-at', '0000_songs');
  const { findings, trips, rehearsals } = json as unknown as Json;
  expect(exitCode).toBe(3);
  expect(findings.filter(isOnSample)).toEqual([
    {
      code: 'up-fails-on-sample',
      severity: 'error',
      tag: '0001_strict',
      at: { file: 'drizzle/0001_strict.sql', line: 1 },
      message:
        '`0001_strict` does not run on the rows of the sample: `0001_strict` failed in statement 1 of 1: column "title" of relation "songs" contains null values (23502)',
      consequence:
        'It would fail like this on a database with such rows. What follows was tried with made-up rows instead.',
      fix: 'Put the change that makes the rows fit before the statement, in drizzle/0001_strict.sql or a migration before it. If the dump holds only a part of the rows, see that it has those that others point at.',
    },
  ]);
  expect(trips.map(({ rows, outcome }) => [rows, outcome])).toEqual([
    ['made-up', 'one-way'],
    ['made-up', 'failed'],
    ['made-up', 'one-way'],
  ]);
  expect(rehearsals).toHaveLength(3);
});

test('rows of an older state go through the migrations between; a migration of them that the rows refuse is told', async () => {
  const history = {
    '0000_songs': songs,
    '0001_plays': 'alter table songs add column plays int not null default 7;',
    '0002_tell': tell('select array_agg(plays) from songs', "exists (select from songs where title = 'b')"),
  };
  const { check, write } = setup(history, dump('1\ta\n2\tb\n'));
  expect(
    ((await check('--json', '--sample-at', '0000_songs')).json as unknown as Json).findings.find(isOnSample)?.message,
  ).toContain('seen: {7,7}');
  write({ ...history, '0001_plays': 'create unique index one on songs ((title is not null));' });
  const { findings } = (await check('--json', '--sample-at', '0000_songs')).json as unknown as Json;
  expect(findings.map(({ code, tag }) => [code, tag])).toContainEqual(['up-fails-on-sample', '0001_plays']);
});

test('rows that migrations have written give way to those of the sample, and foreign keys wait', async () => {
  const { check } = setup(
    {
      '0000_all': `create table artists (id int primary key); create table songs (id serial primary key, title text, artist int references artists);
        insert into artists values (1); insert into songs values (1, 'made', 1);`,
      '0001_tell': tell(
        'select array_agg(title order by id) from songs',
        "exists (select from songs where title = 'dumped')",
      ),
    },
    `${dump('1\tdumped\t5\n', 'public.songs (id, title, artist)')}${dump('5\n', 'public.artists (id)')}`,
  );
  const { findings } = (await check('--json', '--sample-at', '0000_all')).json as unknown as Json;
  expect(findings.find(isOnSample)?.message).toContain('seen: {dumped}');
});

describe('where a sample belongs', () => {
  const history = {
    '0000_songs': songs,
    '0001_note': 'alter table songs add column note text;',
    '0002_end': 'select 1;',
  };

  test('by itself: the state before what is rehearsed, which nothing has', async () => {
    const { check } = setup(history, dump('1\ta\n'));
    const { exitCode, json } = await check('--json');
    expect([exitCode, (json as unknown as Json).error]).toEqual([
      3,
      expect.objectContaining({
        code: 'sample-mismatch',
        message:
          'The sample does not match the empty database (the state before the first migration that is rehearsed), which has no table public.songs.',
        where: 'sample.sql:1',
        fix: 'Say with `--sample-at TAG` which migration the dumped database had last; or leave out of the dump what the migrations do not make, such as `pg_dump --data-only --exclude-table=public.songs`.',
      }),
    ]);
  });

  test('a column that the state lacks is named', async () => {
    const { check } = setup(history, dump('1\ta\tx\n', 'songs (id, title, note)'));
    const { json } = await check('--json', '--sample-at', '0000_songs');
    expect((json as unknown as Json).error).toMatchObject({
      code: 'sample-mismatch',
      message:
        'The sample does not match the state after `0000_songs` (as `--sample-at` says), which has no column songs.note.',
      data: { missing: ['column songs.note'], after: '0000_songs' },
    });
  });

  test('behind everything: it is not used, and that is told', async () => {
    const { check } = setup(history, dump('1\ta\n'));
    const { json } = await check('--json', '--sample-at', '0002_end');
    const { findings, sample } = json as unknown as Json;
    expect([sample, findings.map(({ code }) => code)]).toEqual([undefined, expect.arrayContaining(['sample-unused'])]);
  });

  test('a tag that is none', async () => {
    const { check } = setup(history, dump('1\ta\n'));
    const { exitCode, json } = await check('--json', '--sample-at', '0001_notes');
    expect([exitCode, (json as unknown as Json).error]).toEqual([
      2,
      expect.objectContaining({ code: 'unknown-migration', fix: 'Did you mean `0001_note`?' }),
    ]);
  });
});

describe('a row that the state refuses', () => {
  test.each([
    ['a COPY', `-- a dump\n${dump('1\ta\n1\tb\n')}`, 4],
    ['a line of a COPY that is no row', dump('1\ta\n2\n'), 3],
    [
      'an INSERT among many',
      `INSERT INTO songs VALUES (1, 'a');\nINSERT INTO songs VALUES (2, 'b');\nINSERT INTO songs VALUES (2, 'c');\n`,
      3,
    ],
  ])('in %s is named by its line', async (_, text, line) => {
    const { check } = setup({ '0000_songs': songs, '0001_end': 'select 1;' }, text);
    const { exitCode, json } = await check('--json', '--sample-at', '0000_songs');
    const { error } = json as unknown as Json;
    expect([exitCode, error.code, error.where]).toEqual([3, 'sample-row-refused', `sample.sql:${line}`]);
    expect(error.message).toMatch(
      /^A row of (?:public\.)?songs in the sample does not go into the state after `0000_songs` \(as `--sample-at` says\): .+\.$/,
    );
  });
});

test('a role that may not switch triggers off is told so', async () => {
  const { root } = setup({ '0000_songs': songs, '0001_end': 'select 1;' }, dump('1\ta\n'));
  const database = await createDatabase();
  const { name, password } = await createRole(database, 'createdb');
  const { exitCode, json } = await runCli(
    ...([root, 'check', '--skip-lint', '--sample', 'sample.sql', '--sample-at', '0000_songs', '--json'] as const),
    '--scratch-url',
    database.as(name, password),
  );
  expect([exitCode, (json as unknown as Json).error.code]).toEqual([4, 'permission-denied']);
});

test('`--sample-at` without a sample, and a sample beside `--rows`, are refused', async () => {
  const { root, check } = setup({ '0000_songs': songs }, dump('1\ta\n'));
  expect((await runCli(root, 'check', '--sample-at', '0000_songs')).err).toContain('Add `--sample FILE`.');
  expect((await check('--rows', '5')).exitCode).toBe(2);
});

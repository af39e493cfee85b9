import * as pg from 'drizzle-orm/pg-core';
import { describe, expect, test } from 'vitest';
import { dependsOnTimeZone, keepsFile, lossOf } from '../../src/generate/conversions.js';
import { partsOf } from '../../src/generate/parts.js';
import { loadParser } from '../../src/sql/parse.js';
import { createDatabase } from '../setup/database.js';
import { snapshot } from './proving.js';

describe('Postgres itself says whether a type change rewrites the table', () => {
  test.each([
    ['varchar(10)', 'varchar(20)', true],
    ['varchar(20)', 'varchar(10)', false],
    ['varchar(10)', 'varchar', true],
    ['varchar(10)', 'text', true],
    ['text', 'varchar', true],
    ['text', 'varchar(10)', false],
    ['numeric(8, 2)', 'numeric(10, 2)', true],
    ['numeric(8, 2)', 'numeric(10, 3)', false],
    ['numeric(8, 2)', 'numeric', true],
    ['numeric', 'numeric(8, 2)', false],
    ['integer', 'bigint', false],
    ['integer', 'text', false],
  ])('%s to %s: %s', async (from, to, keeps) => {
    const { query } = await createDatabase();
    const node = () => query(`select pg_relation_filenode('t')::text as node`);
    await query(`create table t (a ${from})`);
    const before = await node();
    await query(`alter table t alter column a set data type ${to} using a::${to}`);
    expect(JSON.stringify(await node()) === JSON.stringify(before)).toBe(keeps);
    expect(keepsFile({ type: from }, { type: to })).toBe(keeps);
  });
});

test.each([
  ['numeric(8, 2)', 'integer', 'the digits behind the point'],
  ['integer', 'bigint', undefined],
  ['integer', 'real', 'digits beyond the precision of the new type'],
  ['text', 'varchar(5)', 'the end of values longer than 5 characters'],
  ['varchar(3)', 'varchar(5)', undefined],
  ['timestamp', 'date', 'the time of day'],
  ['integer[]', 'integer', 'all but the first element'],
])('from %s to %s is lost: %s', (from, to, loss) => {
  expect(lossOf({ type: from }, { type: to })).toBe(loss);
});

test.each([
  ['timestamp', 'timestamp with time zone', true],
  ['timestamp with time zone', 'date', true],
  ['timestamp', 'timestamp(3)', false],
  ['timestamp with time zone', 'text', false],
])('from %s to %s the TimeZone counts: %s', (from, to, counts) => {
  expect(dependsOnTimeZone({ type: from }, { type: to })).toBe(counts);
});

test('what hangs on a column stays where Postgres keeps it, and is validated later where not', async () => {
  await loadParser();
  const make = (type: () => pg.PgColumnBuilderBase) => {
    const artists = pg.pgTable('artists', { id: (type() as ReturnType<typeof pg.integer>).primaryKey() });
    const artist = (type() as ReturnType<typeof pg.integer>).references(() => artists.id);
    return snapshot({ artists, songs: pg.pgTable('songs', { id: pg.integer(), artist }) });
  };
  const [small, large, text] = [
    await make(() => pg.integer()),
    await make(() => pg.bigint({ mode: 'number' })),
    await make(() => pg.text()),
  ];
  const sql = (parts: ReturnType<typeof partsOf>) => parts.map(({ up }) => up.map((operation) => operation.sql));
  expect(sql(partsOf(small, large, [], { plain: false }))).toEqual([
    [
      'ALTER TABLE "artists" ALTER COLUMN "id" SET DATA TYPE bigint USING "id"::bigint',
      'ALTER TABLE "songs" ALTER COLUMN "artist" SET DATA TYPE bigint USING "artist"::bigint',
    ],
  ]);
  expect(sql(partsOf(small, text, [], { plain: false }))).toEqual([
    [
      'ALTER TABLE "songs" DROP CONSTRAINT "songs_artist_artists_id_fk"',
      'ALTER TABLE "artists" ALTER COLUMN "id" SET DATA TYPE text USING "id"::text',
      'ALTER TABLE "songs" ALTER COLUMN "artist" SET DATA TYPE text USING "artist"::text',
      expect.stringMatching(/^ALTER TABLE "songs" ADD CONSTRAINT .+ FOREIGN KEY .+ NOT VALID$/),
    ],
    ['ALTER TABLE "songs" VALIDATE CONSTRAINT "songs_artist_artists_id_fk"'],
  ]);
});

test('a narrower integer fails on values that do not fit, and loses nothing', async () => {
  await loadParser();
  const songs = (n: pg.PgColumnBuilderBase) => snapshot({ songs: pg.pgTable('songs', { n }) });
  const [part] = partsOf(await songs(pg.bigint({ mode: 'number' })), await songs(pg.smallint()), [], { plain: false });
  expect(part?.up).toEqual([
    {
      sql: 'ALTER TABLE "songs" ALTER COLUMN "n" SET DATA TYPE smallint USING "n"::smallint',
      mayFail: 'a value of `songs.n` that does not fit smallint stops it',
      notes: [expect.stringMatching(/^the new type of `songs\.n` rewrites the whole table, /)],
    },
  ]);
});

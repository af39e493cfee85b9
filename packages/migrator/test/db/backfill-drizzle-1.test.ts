import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { status } from '../../src/api/status.js';
import { createDatabase } from '../setup/database.js';
import { folderFiles, folderName, makeDrizzle1Folder } from '../setup/drizzle-1.js';
import { writeFiles } from '../setup/project.js';

const SONGS = `create type mood as enum ('glad', 'sad, or so');
create table songs (id bigint primary key, n int, title text, yes boolean, facts jsonb, list jsonb[], at timestamp, tz timestamptz, day date,
  words text[], numbers int[], flags boolean[], moods mood[], price numeric, big bigint, raw bytea, place point, times timestamptz[]);
insert into songs select i, i, 'Song "' || i || '"', i % 2 = 0, jsonb_build_object('n', i), array['{"a": 1}', 'null']::jsonb[], '2026-01-01 10:00',
  '2026-01-01 10:00+02', '2026-01-02', array['a,b', '"', null], array[1, null], array[true, false], array['sad, or so']::mood[], 1.50, 9007199254740993,
  '\\x00ff', '(1,2)', array['2026-01-01 10:00+02'::timestamptz] from generate_series(1, 20) i;`;

/** Reads each kind of value, tells what it is, and writes it back. */
const MODULE = `import { eq } from 'drizzle-orm';
import { bigint, boolean, bytea, date, integer, jsonb, numeric, pgEnum, pgTable, point, text, timestamp } from 'drizzle-orm/pg-core';
const mood = pgEnum('mood', ['glad', 'sad, or so']);
const songs = pgTable('songs', {
  id: bigint({ mode: 'number' }).primaryKey(), n: integer(), title: text(), yes: boolean(), facts: jsonb(), list: jsonb().array(), at: timestamp(), tz: timestamp({ withTimezone: true }),
  day: date({ mode: 'date' }), words: text().array(), numbers: integer().array(), flags: boolean().array(), moods: mood().array(), price: numeric({ mode: 'number' }),
  big: bigint({ mode: 'bigint' }), raw: bytea(), place: point({ mode: 'xy' }), times: timestamp({ withTimezone: true }).array(),
});
const told = (value) => typeof value === 'bigint' ? value + 'n' : value instanceof Date ? value.toISOString() : Array.isArray(value) ? value.map(told) : value instanceof Uint8Array ? [...value] : value;
export default { table: songs, batch: 7, run: async (tx, rows) => {
  for (const { id, ...row } of rows) {
    if (id === 2) console.log = console.log, globalThis.migratorTold = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, told(value)]));
    await tx.update(songs).set({ ...row, n: row.n + 1, facts: id % 2 ? 'a "text"' : { ...row.facts, seen: true } }).where(eq(songs.id, id));
  }
} };
`;

test('drizzle 1.0: a backfill beside migration.sql reads and writes each type as its own drivers do', async () => {
  const database = await createDatabase();
  const root = makeDrizzle1Folder();
  const [first, second] = [folderName(0, 'songs'), folderName(1, 'fill')];
  const guard = "-- migrator: backfill\nDO $$ BEGIN RAISE EXCEPTION 'in TypeScript'; END $$;";
  writeFiles(join(root, 'drizzle'), {
    ...folderFiles({ [first]: SONGS, [second]: guard }),
    [`${second}/migration.backfill.ts`]: MODULE,
  });
  const project = { database: database.url, migrationsFolder: join(root, 'drizzle'), relativeTo: root };
  await migrate(project, { to: first });
  const values = `select n, title, yes, list::text, at, tz, day, words, numbers, flags, moods::text[], price, big, raw::text, place::text, times::text from songs order by id`;
  const before = await database.query(values);
  expect((await migrate(project)).done).toHaveLength(1);
  expect((globalThis as Record<string, unknown>).migratorTold).toEqual({
    ...{ n: 2, title: 'Song "2"', yes: true, facts: { n: 2 }, list: [{ a: 1 }, null] },
    ...{ at: '2026-01-01T10:00:00.000Z', tz: '2026-01-01T08:00:00.000Z', day: '2026-01-02T00:00:00.000Z' },
    ...{ words: ['a,b', '"', null], numbers: [1, null], flags: [true, false], moods: ['sad, or so'], price: 1.5 },
    ...{ big: '9007199254740993n', raw: [0, 255], place: { x: 1, y: 2 }, times: ['2026-01-01T08:00:00.000Z'] },
  });
  expect(await database.query(values)).toEqual(before.map((row) => ({ ...row, n: Number(row.n) + 1, price: '1.5' })));
  expect(await database.query('select facts, count(*)::int from songs where id < 3 group by 1 order by 1')).toEqual([
    { facts: 'a "text"', count: 1 },
    { facts: { n: 2, seen: true }, count: 1 },
  ]);
  expect((await status(project)).backfills.size).toBe(0);
});

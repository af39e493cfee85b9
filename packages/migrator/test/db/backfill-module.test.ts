import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eq, type SQL, sql } from 'drizzle-orm';
import { boolean, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import { check } from '../../src/api/check.js';
import { migrate, plan } from '../../src/api/migrate.js';
import { defineBackfill } from '../../src/index.js';
import { openSession } from '../faults/harness.js';
import { failureOf } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { makeProject } from '../setup/project.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const SCHEMA = `create table songs (id uuid primary key, title text, explicit boolean, facts jsonb, at timestamptz, words text[], flags boolean[]);
insert into songs select md5(i::text)::uuid, 'Song ' || i, i % 2 = 0, jsonb_build_object('n', i), '2026-01-01'::timestamptz + i * interval '1 h', array['a', null], array[true, false] from generate_series(1, 50) i;`;
const GUARD = `-- migrator: backfill batch=7
DO $$ BEGIN RAISE EXCEPTION 'this is a backfill in TypeScript: run migrator migrate'; END $$;`;

const songs = pgTable('songs', {
  id: uuid().primaryKey(),
  title: text(),
  explicit: boolean(),
  facts: jsonb().$type<{ n: number; seen?: number }>(),
  at: timestamp({ withTimezone: true }),
  words: text().array(),
  flags: boolean().array(),
});

/** Beside the tests: what it imports must be found from there. */
async function setup(source?: string) {
  const database = await createDatabase();
  const project = makeProject(database, { '0000_songs': SCHEMA, '0001_facts': GUARD }, join(HERE, '.work'));
  await migrate(project, { to: '0000_songs' });
  const write = (code: string) => writeFileSync(join(project.migrationsFolder, '0001_facts.backfill.ts'), code);
  if (source !== undefined) write(source);
  return { database, project, write };
}

const MODULE = `import { eq } from 'drizzle-orm';
import { jsonb, pgTable, uuid } from 'drizzle-orm/pg-core';
const songs = pgTable('songs', { id: uuid().primaryKey(), facts: jsonb().$type<{ n: number; seen?: number }>() });
export default {
  table: songs,
  run: async (tx: any, rows: any[]) => {
    for (const { id, facts } of rows) {
      if (facts.n === LIMIT) throw new Error('no such song');
      await tx.update(songs).set({ facts: { ...facts, seen: (facts.seen ?? 0) + 1 } }).where(eq(songs.id, id));
    }
  },
};`;

const seen = `select facts ->> 'seen' as seen, count(*)::int from songs group by 1`;

test('a backfill in TypeScript changes each row once, also when it fails on the way', async () => {
  const { database, project, write } = await setup(MODULE.replace('LIMIT', '30'));
  expect((await plan(project)).steps).toMatchObject([{ tag: '0001_facts', backfill: { batch: 7 } }]);
  const error = await failureOf(migrate(project));
  expect(error).toMatchObject({ code: 'statement-failed', message: '`0001_facts` failed: no such song' });
  expect(error.where).toMatch(/0001_facts\.backfill\.ts$/);
  const [{ count = 0 } = {}] = await database.query<{ count: number }>(
    `select count(*)::int from songs where facts ? 'seen'`,
  );
  expect(count % 7).toBe(0);
  write(MODULE.replace('LIMIT', '-1'));
  expect((await failureOf(migrate(project))).findings).toMatchObject([{ code: 'backfill-edited' }]);
  expect(error.fix).toBe(
    'Correct what it does, and run `migrator migrate --allow-edited`: it goes on behind the rows that are done.',
  );
  await migrate(project, { allowEdited: true });
  expect(await database.query(seen)).toEqual([{ seen: '1', count: 50 }]);
});

test('rows come with the types of the table, and what is written is what was meant', async () => {
  const { database, project } = await setup('export default {};');
  let types: unknown;
  const definition = defineBackfill({
    table: songs,
    run: async (tx, rows) => {
      for (const row of rows) {
        types = [typeof row.explicit, row.at instanceof Date, row.words, typeof row.facts?.n, row.flags];
        await tx
          .update(songs)
          .set({ explicit: !row.explicit, facts: { n: -1 }, at: new Date(0), words: ["it's", '"'], title: null })
          .where(eq(songs.id, row.id));
      }
      const [counted] = await tx
        .execute<{ n: number; yes: boolean }>(sql`select 1 as n, true as yes`)
        .then((all) => all as never as { n: number; yes: boolean }[]);
      expect(counted).toEqual({ n: 1, yes: true });
    },
  });
  await migrate(project, { definitions: { '0001_facts': definition } });
  expect(types).toEqual(['boolean', true, ['a', null], 'number', [true, false]]);
  expect(
    await database.query(
      `select explicit, facts, extract(epoch from at)::int as at, words = array['it''s', '"'] as words, title, count(*)::int from songs group by 1, 2, 3, 4, 5 order by 1`,
    ),
  ).toEqual(
    [false, true].map((explicit) => ({ explicit, facts: { n: -1 }, at: 0, words: true, title: null, count: 25 })),
  );
});

test('what the server says is told, not the query: a row is found, a lock is waited for', async () => {
  const { database, project } = await setup('export default {};');
  const run = (query: (n: number) => SQL) =>
    failureOf(
      migrate(project, {
        timeouts: { lockTimeoutMs: 50, lockRetries: 1 },
        definitions: {
          '0001_facts': defineBackfill({
            table: songs,
            run: async (tx, rows) => {
              for (const { facts } of rows) await tx.execute(query(facts?.n ?? 0));
            },
          }),
        },
      }),
    );
  const row = await run((n) => sql`select 1 / (${n}::int - 30)`);
  expect(row).toMatchObject({
    code: 'backfill-row-failed',
    message: expect.stringMatching(
      /^`0001_facts` failed at the row id = [0-9a-f-]+ of songs: division by zero \(22012\)$/,
    ),
  });
  await database.query('create table busy ()');
  const other = await openSession(database.url);
  await other.run('begin; lock table busy');
  expect(await run(() => sql`select from busy`)).toMatchObject({ code: 'lock-timeout' });
});

test('without its file, or with SQL that others would run, it is refused; check passes over its guard', async () => {
  const { project, write } = await setup();
  expect((await failureOf(migrate(project))).findings).toMatchObject([
    {
      code: 'backfill-unsuitable',
      message: '`0001_facts` says `-- migrator: backfill`, but there is no `0001_facts.backfill.ts` beside it.',
    },
  ]);
  write(MODULE.replace('LIMIT', '-1'));
  const { findings } = await check({
    ...project,
    relativeTo: project.root,
    generate: { schema: [], casing: undefined, breakpoints: true, prefix: 'index' },
  });
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  project.write({ '0000_songs': SCHEMA, '0001_facts': '-- migrator: backfill\nupdate songs set title = null;' });
  write(MODULE);
  expect((await failureOf(migrate(project))).findings).toMatchObject([
    {
      code: 'backfill-unsuitable',
      message:
        '`0001_facts` says `-- migrator: backfill`, but its SQL would be run in the place of `0001_facts.backfill.ts` by a tool that does not know it.',
    },
  ]);
});

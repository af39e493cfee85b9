import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.js';
import { serverUrl } from '../setup/database.js';
import { makeDrizzleFolder } from '../setup/drizzle-kit.js';
import { writeFiles } from '../setup/project.js';
import { findingsOf, plainText } from './harness.js';

const schema = (...columns: string[]) => `import { integer, pgTable, text } from 'drizzle-orm/pg-core';
export const songs = pgTable('songs', { id: integer().primaryKey(), ${columns.join(', ')} });\n`;

async function setup() {
  const root = makeDrizzleFolder();
  writeFiles(root, {
    'schema.ts': schema('title: text().notNull()'),
    'drizzle.config.json': { dialect: 'postgresql', schema: './schema.ts', out: './drizzle' },
  });
  const run = (...argv: string[]) => runCli(root, ...argv, '--scratch-url', serverUrl());
  await run('generate', 'create_songs');
  writeFiles(root, { 'schema.ts': schema('title: text().notNull()', `plays: integer().default(0)`) });
  await run('generate', 'count_plays');
  const path = join(root, 'drizzle/meta/0001_snapshot.json');
  const repair = async (...flags: string[]) => {
    const { json } = await run('repair', '--folder', '--yes', '--json', ...flags);
    return (json.steps as { what: string }[]).map(({ what }) => plainText(what));
  };
  /** Nothing is left to generate, and drizzle-kit's own words stand in the snapshot. */
  const isWhole = async () => {
    expect((await run('generate', '--check')).exitCode).toBe(0);
    expect(findingsOf((await run('check', '--skip-rehearsal', '--json')).json)).toEqual([]);
  };
  return { root, run, repair, path, isWhole };
}

const bare = (text: string) => {
  const { id: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return rest;
};

test.each([
  ['is gone', (path: string) => rmSync(path)],
  ['cannot be read', (path: string) => writeFileSync(path, '{"id":')],
])(
  'a newest snapshot that %s is made of the schema files, if they mean what the migrations make',
  async (_, damage) => {
    const { repair, path, isWhole } = await setup();
    const before = readFileSync(path, 'utf8');
    damage(path);
    expect(await repair()).toEqual([
      'Makes meta/0001_snapshot.json anew, of the schema files; on scratch it means what the files make.',
    ]);
    expect(bare(readFileSync(path, 'utf8'))).toEqual(bare(before));
    await isWhole();
  },
);

test('where the schema is ahead, it is read from scratch; generate then tells the difference', async () => {
  const { root, run, repair, path } = await setup();
  rmSync(path);
  writeFiles(root, {
    'schema.ts': schema('title: text().notNull()', 'plays: integer().default(0)', 'likes: integer()'),
  });
  expect(await repair()).toEqual([
    'Makes meta/0001_snapshot.json anew, of a scratch database, as drizzle-kit reads it; on scratch it means what the files make.',
  ]);
  expect((await run('generate', '--check')).out).toContain('ALTER TABLE "songs" ADD COLUMN "likes" integer');
  expect(await repair()).toEqual([]);
});

test('a migration written by hand, which changes nothing that the schema knows, gets the snapshot before it', async () => {
  const { root, run, repair } = await setup();
  await run('generate', 'fill_songs', '--custom');
  writeFiles(root, { 'drizzle/0002_fill_songs.sql': `insert into songs values (1, 'x', 2);` });
  rmSync(join(root, 'drizzle/meta/0002_snapshot.json'));
  expect(await repair()).toEqual([
    'Makes meta/0002_snapshot.json anew, of the snapshot before it; on scratch it means what the files make.',
  ]);
  expect((await run('generate', '--check')).exitCode).toBe(0);
});

test('one that is there and wrong is made anew where that is asked for', async () => {
  const { repair, path, isWhole } = await setup();
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, before.replace('"plays"', '"listens"'));
  expect(await repair()).toEqual([]);
  expect(await repair('--rebuild-snapshot', '0001_count_plays')).toEqual([
    'Makes meta/0001_snapshot.json anew, of the schema files; on scratch it means what the files make.',
  ]);
  await isWhole();
});

test('where the files do not run, the finding says why', async () => {
  const { root, run, path } = await setup();
  rmSync(path);
  writeFiles(root, { 'drizzle/0001_count_plays.sql': 'alter table none add x int;' });
  const { json } = await run('repair', '--folder', '--json');
  expect(findingsOf(json)).toMatchObject([
    {
      code: 'snapshot-missing',
      fix: expect.stringMatching(
        /^Restore it from version control\. It could not be made anew: the files do not run on a new database: /,
      ),
    },
  ]);
});

test('a last migration under a number of long ago does not make that state the newest', async () => {
  const { root, run, isWhole } = await setup();
  const append = (tag: string) => {
    const path = join(root, 'drizzle/meta/_journal.json');
    const journal = JSON.parse(readFileSync(path, 'utf8')) as { entries: object[] };
    const last = { ...journal.entries[1], idx: 2, tag, when: Date.now() };
    writeFiles(root, {
      [`drizzle/${tag}.sql`]: 'select 1;',
      [`drizzle/${tag}.down.sql`]: 'select 1;',
      'drizzle/meta/_journal.json': JSON.stringify({ ...journal, entries: [...journal.entries.slice(0, 2), last] }),
    });
  };
  append('0000_fix_plays');
  const refused = await run('generate', 'make_it_again', '--json');
  expect(refused.exitCode).toBe(3);
  expect(refused.json.error).toMatchObject({
    code: 'snapshot-unusable',
    message:
      'The newest migration, `0000_fix_plays`, has the number of `0000_create_songs`, whose snapshot is older than that of `0001_count_plays`: what the newest has led to cannot be told.',
    fix: 'Rename it to `0002_fix_plays`, the file and its entry in the journal (no database knows names), and run `migrator repair`, which makes its snapshot.',
  });

  rmSync(join(root, 'drizzle/0000_fix_plays.sql'));
  rmSync(join(root, 'drizzle/0000_fix_plays.down.sql'));
  append('0002_fix_plays');
  expect((await run('repair', '--folder', '--yes')).exitCode).toBe(0);
  await isWhole();
});

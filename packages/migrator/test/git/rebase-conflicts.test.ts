import { expect, test } from 'vitest';
import { makeRepository, type Repository, tableFile } from './repository.js';

type Change = (repository: Repository) => Promise<void>;

const songs = (...columns: string[]) => tableFile('songs', ...columns);
const title = 'title: text().notNull()';
const moods = (...values: string[]) => ({
  'schema/moods.ts': `import { integer, pgEnum, pgTable, pgView } from 'drizzle-orm/pg-core';
export const mood = pgEnum('mood', ${JSON.stringify(values)});
export const moods = pgTable('moods', { id: integer().primaryKey(), mood: mood() });\n`,
});
const view = (condition: string) => ({
  'schema/views.ts': `import { sql } from 'drizzle-orm';
import { integer, pgView } from 'drizzle-orm/pg-core';
export const short = pgView('short', { id: integer() }).as(sql\`select id from moods where ${condition}\`);\n`,
});
const generate =
  (name: string, files: Record<string, string>, ...flags: string[]): Change =>
  (repository) =>
    repository.generate(name, files, ...flags);
const custom =
  (name: string, up: string): Change =>
  (repository) =>
    repository.custom(name, up, 'SELECT 1;\n');

/** What main does, and what the feature does; below, what `rebase` says of it. */
const cases: readonly (readonly [name: string, theirs: Change, mine: Change])[] = [
  [
    'both add a column',
    generate('add_plays', songs(title, 'plays: integer()')),
    generate('count_plays', songs(title, 'plays: text()')),
  ],
  [
    'both rename a column',
    generate('rename_to_name', songs('name: text().notNull()'), '--rename', 'songs.title=songs.name'),
    generate('rename_to_label', songs('label: text().notNull()'), '--rename', 'songs.title=songs.label'),
  ],
  [
    'one drops what the other changes',
    generate('loosen_title', songs('title: text()')),
    generate('drop_title', songs(), '--plain'),
  ],
  [
    'both add a value to an enum',
    generate('add_sad', moods('calm', 'sad')),
    generate('add_wild', moods('calm', 'wild')),
  ],
  ['both change a view', generate('view_even', view('id % 2 = 0')), generate('view_odd', view('id % 2 = 1'))],
  [
    'one renames the table that the other adds to',
    generate('add_plays', songs(title, 'plays: integer()')),
    async (repository) => {
      repository.remove('schema/songs.ts');
      await repository.generate('rename_songs', tableFile('tracks', title), '--rename', 'songs=tracks');
    },
  ],
  [
    'custom SQL that only works in one order',
    custom('drop_counter', 'DROP FUNCTION counter();\n'),
    custom(
      'use_counter',
      "SELECT 1;\n--> statement-breakpoint\nINSERT INTO songs (id, title) VALUES (counter(), 'a');\n",
    ),
  ],
  [
    'custom SQL of which the last one wins',
    custom('counter_two', "CREATE OR REPLACE FUNCTION counter() RETURNS integer LANGUAGE sql AS 'select 2';\n"),
    custom('counter_three', "CREATE OR REPLACE FUNCTION counter() RETURNS integer LANGUAGE sql AS 'select 3';\n"),
  ],
];

const said: Readonly<Record<string, string>> = {
  'both add a column': `✗ This branch cannot be put on top of main: one thing stands in the way. [refused]

  ✗ \`0002_count_plays\` and \`0002_add_plays\` of main both add column public.songs.plays: drizzle/0002_count_plays.sql:1 and drizzle/0002_add_plays.sql:1. [rebase-conflict]
    at drizzle/0002_count_plays.sql:1
    Behind the migrations of main it fails: \`0002_count_plays\` failed in statement 1 of 1: column "plays" of relation "songs" already exists (42701)
    Fix: If both mean the same, leave yours out: \`migrator rebase --drop 0002_count_plays\`. If not, do that too, settle the schema, and run \`migrator generate\`.

  Nothing was changed.
`,
  'both rename a column': `✗ This branch cannot be put on top of main: one thing stands in the way. [refused]

  ✗ \`0002_rename_to_label\` renames column public.songs.title to \`label\`, and \`0002_rename_to_name\` of main to \`name\`: drizzle/0002_rename_to_label.sql:1 and drizzle/0002_rename_to_name.sql:1. [rebase-conflict]
    at drizzle/0002_rename_to_label.sql:1
    Behind the migrations of main it fails: \`0002_rename_to_label\` failed in statement 1 of 1: column "title" does not exist (42703)
    Fix: Decide what is meant, and make yours again on top: \`migrator rebase --drop 0002_rename_to_label\`, settle the schema, \`migrator generate\`.

  Nothing was changed.
`,
  'one drops what the other changes': `✗ This branch cannot be put on top of main: one thing stands in the way. [refused]

  ✗ \`0002_drop_title\` drops column public.songs.title, which \`0002_loosen_title\` of main changes: drizzle/0002_drop_title.sql:2 and drizzle/0002_loosen_title.sql:1. [rebase-conflict]
    at drizzle/0002_drop_title.sql:2
    On a database that has yours already, that of main fails: \`0002_loosen_title\` failed in statement 1 of 1: column "title" of relation "songs" does not exist (42703)
    Fix: Decide what is meant, and make yours again on top: \`migrator rebase --drop 0002_drop_title\`, settle the schema, \`migrator generate\`.

  Nothing was changed.
`,
  'both add a value to an enum': `✗ This branch cannot be put on top of main: one thing stands in the way. [refused]

  ✗ \`0002_add_wild\` and \`0002_add_sad\` of main both change enum public.mood: drizzle/0002_add_wild.sql:1 and drizzle/0002_add_sad.sql:1. [rebase-conflict]
    at drizzle/0002_add_wild.sql:1
    Databases would differ by which of the two they got first.
    Fix: Say in drizzle/0002_add_wild.sql and in the schema where your value belongs, behind the last one that both know: \`ADD VALUE … AFTER …\`; the order is then the same either way. Or make yours again on top: \`migrator rebase --drop 0002_add_wild\`, settle the schema, \`migrator generate\`.

  Nothing was changed.
`,
  'both change a view': `✗ This branch cannot be put on top of main: one thing stands in the way. [refused]

  ✗ \`0002_view_odd\` and \`0002_view_even\` of main both change view public.short: drizzle/0002_view_odd.sql:1 and drizzle/0002_view_even.sql:1. [rebase-conflict]
    at drizzle/0002_view_odd.sql:1
    Databases would differ by which of the two they got first.
    Fix: Decide what is meant, and make yours again on top: \`migrator rebase --drop 0002_view_odd\`, settle the schema, \`migrator generate\`.

  Nothing was changed.
`,
  'one renames the table that the other adds to': `✗ This branch cannot be put on top of main: one thing stands in the way. [refused]

  ✗ \`0002_rename_songs\` renames table public.songs, which \`0002_add_plays\` of main uses: drizzle/0002_rename_songs.sql:1 and drizzle/0002_add_plays.sql:1. [rebase-conflict]
    at drizzle/0002_rename_songs.sql:1
    On a database that has yours already, that of main fails: \`0002_add_plays\` failed in statement 1 of 1: relation "songs" does not exist (42P01)
    Fix: Decide what is meant, and make yours again on top: \`migrator rebase --drop 0002_rename_songs\`, settle the schema, \`migrator generate\`.

  Nothing was changed.
`,
  'custom SQL that only works in one order': `✗ This branch cannot be put on top of main: one thing stands in the way. [refused]

  ✗ drizzle/0002_use_counter.sql:3 (INSERT INTO songs (id, title) VALUES (counter(), 'a')) and drizzle/0002_drop_counter.sql:1 (DROP FUNCTION counter()) of main do not come to the same in both orders. [rebase-conflict]
    at drizzle/0002_use_counter.sql:3
    Behind the migrations of main it fails: \`0002_use_counter\` failed in statement 2 of 2: function counter() does not exist (42883)
    Fix: Decide what is meant, and make yours again on top: \`migrator rebase --drop 0002_use_counter\`, settle the schema, \`migrator generate\`.

  Nothing was changed.
`,
  'custom SQL of which the last one wins': `✗ This branch cannot be put on top of main: one thing stands in the way. [refused]

  ✗ drizzle/0002_counter_three.sql:1 (CREATE OR REPLACE FUNCTION counter() RETURNS integer LANGUA…) and drizzle/0002_counter_two.sql:1 (CREATE OR REPLACE FUNCTION counter() RETURNS integer LANGUA…) of main do not come to the same in both orders: function public.counter() is changed. [rebase-conflict]
    at drizzle/0002_counter_three.sql:1
    Databases would differ by which of the two they got first.
    Fix: Decide what is meant, and make yours again on top: \`migrator rebase --drop 0002_counter_three\`, settle the schema, \`migrator generate\`.

  Nothing was changed.
`,
};

test.each(cases.map(([name, theirs, mine]) => ({ name, theirs, mine })))('$name', async ({ name, theirs, mine }) => {
  const repository = await makeRepository({ ...songs(title), ...moods('calm'), ...view('id > 0') });
  await repository.generate('create_all', {});
  await repository.custom(
    'create_counter',
    "CREATE FUNCTION counter() RETURNS integer LANGUAGE sql AS 'select 1';\n",
    'DROP FUNCTION counter();\n',
  );
  repository.git('branch', 'feature');
  await theirs(repository);
  repository.git('switch', '-q', 'feature');
  await mine(repository);
  const before = repository.git('status', '--porcelain');
  const { exitCode, shown } = await repository.run('rebase', '--onto', 'main', '--yes');
  expect(exitCode).toBe(3);
  expect(repository.git('status', '--porcelain')).toBe(before);
  expect(shown).toBe(said[name]);
});

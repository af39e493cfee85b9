import { expect, test } from 'vitest';
import { drizzleKit } from '../setup/drizzle-kit.js';
import { makeRepository, type Repository, tableFile } from './repository.js';

/** `main` has songs and artists; each branch then does something of its own. */
async function twoBranches(): Promise<Repository> {
  const repository = await makeRepository();
  await repository.generate('create_songs', {
    ...tableFile('songs', 'title: text().notNull()'),
    ...tableFile('artists'),
  });
  repository.git('branch', 'feature');
  return repository;
}

/** The schema and the migrations agree, for us and for drizzle-kit. */
async function expectWhole(repository: Repository): Promise<void> {
  const check = await repository.run('check');
  expect([check.exitCode, check.out]).toEqual([0, expect.stringContaining('Good.')]);
  expect((await repository.run('generate', '--check')).exitCode).toBe(0);
  const kit = await drizzleKit(repository.root, 'generate', '--config', 'drizzle.config.json');
  expect(kit.output).toContain('No schema changes, nothing to migrate');
  expect((await drizzleKit(repository.root, 'check', '--config', 'drizzle.config.json')).output).toContain(
    "Everything's fine",
  );
}

test('a merge with conflict marks in the journal: ours comes on top of theirs', async () => {
  const repository = await twoBranches();
  await repository.generate('add_artist_names', tableFile('artists', 'name: text()'));
  repository.git('switch', '-q', 'feature');
  await repository.generate('add_song_plays', tableFile('songs', 'title: text().notNull()', 'plays: integer()'));
  expect(repository.tryGit('merge', 'main')).toBe(false);
  expect(repository.read('drizzle/meta/_journal.json')).toContain('<<<<<<<');

  const { exitCode, shown } = await repository.run('rebase', '--yes');
  expect([exitCode, shown]).toEqual([0, expect.anything()]);
  expect(shown).toMatchInlineSnapshot(`
    "On top of main (0001_add_artist_names):
      0001_add_song_plays  → 0002_add_song_plays
    Both orders were run on scratch, and end in the same schema.
    Files:
      write drizzle/meta/0001_snapshot.json (as main has it)
      write drizzle/0002_add_song_plays.sql (was 0001_add_song_plays)
      write drizzle/0002_add_song_plays.down.sql (was 0001_add_song_plays)
      write drizzle/meta/0002_snapshot.json (was 0001_add_song_plays, with the changes of both)
      write drizzle/meta/_journal.json (in the new order)
      remove drizzle/0001_add_song_plays.sql (has another number)
      remove drizzle/0001_add_song_plays.down.sql (has another number)
    Done. Next: \`git add drizzle\`, and commit or continue what git is in the middle of.
    A development database that has yours already: \`migrator switch\` brings it to the new order.
    "
  `);
  expect(repository.tags()).toEqual(['0000_create_songs', '0001_add_artist_names', '0002_add_song_plays']);
  expect(repository.snapshot('0002').prevId).toBe(repository.snapshot('0001').id);
  expect((await repository.run('rebase')).shown).toContain('Nothing to do');
  repository.commit('merge');
  await expectWhole(repository);
  expect((await repository.run('rebase')).shown).toBe(
    'Nothing to do: no migrations of two branches stand side by side.\n',
  );
}, 60_000);

test('merged the other way round, into main: what main has stays', async () => {
  const repository = await twoBranches();
  await repository.generate('add_artist_names', tableFile('artists', 'name: text()'));
  repository.git('switch', '-q', 'feature');
  await repository.generate('add_song_plays', tableFile('songs', 'title: text().notNull()', 'plays: integer()'));
  repository.git('switch', '-q', 'main');
  expect(repository.tryGit('merge', 'feature')).toBe(false);
  expect((await repository.run('rebase', '--yes')).exitCode).toBe(0);
  expect(repository.tags()).toEqual(['0000_create_songs', '0001_add_artist_names', '0002_add_song_plays']);
  repository.commit('merge');
  await expectWhole(repository);
}, 60_000);

test('git rebase replays two commits, and stops at each: the first one is known again', async () => {
  const repository = await twoBranches();
  await repository.generate('add_artist_names', tableFile('artists', 'name: text()'));
  repository.git('switch', '-q', 'feature');
  await repository.generate('add_song_plays', tableFile('songs', 'title: text().notNull()', 'plays: integer()'));
  await repository.generate(
    'add_song_length',
    tableFile('songs', 'title: text().notNull()', 'plays: integer()', 'length: integer()'),
  );
  expect(repository.tryGit('rebase', 'main')).toBe(false);
  expect((await repository.run('rebase', '--yes')).exitCode).toBe(0);
  expect(repository.tags()).toEqual(['0000_create_songs', '0001_add_artist_names', '0002_add_song_plays']);
  repository.git('add', '-A');
  expect(repository.tryGit('rebase', '--continue')).toBe(false);
  expect((await repository.run('rebase', '--yes')).exitCode).toBe(0);
  repository.git('add', '-A');
  repository.git('rebase', '--continue');
  expect(repository.tags()).toEqual([
    '0000_create_songs',
    '0001_add_artist_names',
    '0002_add_song_plays',
    '0003_add_song_length',
  ]);
  await expectWhole(repository);
}, 90_000);

test('--onto before the merge: the merge then has nothing to solve but the journal, or not even that', async () => {
  const repository = await twoBranches();
  await repository.generate('add_artist_names', tableFile('artists', 'name: text()'));
  repository.git('switch', '-q', 'feature');
  await repository.generate('add_song_plays', tableFile('songs', 'title: text().notNull()', 'plays: integer()'));
  expect((await repository.run('rebase')).shown).toContain('Nothing to do');
  expect((await repository.run('rebase', '--onto', 'main', '--yes')).exitCode).toBe(0);
  repository.commit('rebase migrations');
  const before = repository.tags();
  if (!repository.tryGit('merge', 'main')) {
    expect((await repository.run('rebase', '--yes')).exitCode).toBe(0);
    repository.commit('merge');
  }
  expect(repository.tags()).toEqual(before);
  expect(before).toEqual(['0000_create_songs', '0001_add_artist_names', '0002_add_song_plays']);
  await expectWhole(repository);
}, 60_000);

test('three branches, one after the other, with a rename, an enum and custom SQL', async () => {
  const repository = await twoBranches();
  repository.git('branch', 'third');
  await repository.generate('add_artist_names', tableFile('artists', 'name: text()'));
  repository.git('switch', '-q', 'feature');
  await repository.generate(
    'rename_title',
    tableFile('songs', 'name: text().notNull()'),
    '--rename',
    'songs.title=songs.name',
  );
  await repository.generate('create_moods', {
    'schema/moods.ts': `import { integer, pgEnum, pgTable } from 'drizzle-orm/pg-core';
export const mood = pgEnum('mood', ['calm', 'wild']);
export const moods = pgTable('moods', { id: integer().primaryKey(), mood: mood() });\n`,
  });
  repository.git('switch', '-q', 'third');
  await repository.custom(
    'count_songs',
    'CREATE FUNCTION count_songs() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM songs $$;\n',
    'DROP FUNCTION count_songs();\n',
  );
  await repository.generate('create_labels', tableFile('labels', 'title: text()'));
  for (const name of ['feature', 'third']) {
    repository.git('switch', '-q', name);
    expect(repository.tryGit('merge', 'main')).toBe(false);
    const { exitCode, shown } = await repository.run('rebase', '--yes');
    expect([exitCode, shown]).toEqual([0, expect.stringContaining('On top of main')]);
    repository.commit(`merge main into ${name}`);
    await expectWhole(repository);
    repository.git('switch', '-q', 'main');
    repository.git('merge', '-q', '--ff-only', name);
  }
  expect(repository.tags()).toEqual([
    '0000_create_songs',
    '0001_add_artist_names',
    '0002_rename_title',
    '0003_create_moods',
    '0004_count_songs',
    '0005_create_labels',
  ]);
}, 120_000);

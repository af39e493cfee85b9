import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { compareCatalogs, readCatalog } from '../../src/catalog/index.js';
import { Session } from '../../src/database/session.js';
import { readTarget } from '../../src/database/target.js';
import { createDatabase } from '../setup/database.js';
import { makeRepository, type Repository, tableFile } from './repository.js';

const ours = tableFile('songs', 'title: text()', 'plays: integer()');
const theirs = tableFile('artists', 'name: text()');

/** `main` has added a column to artists, `feature`, which is checked out, one to songs. */
async function diverged(config: { migrations?: { prefix: string } } = {}): Promise<Repository> {
  const repository = await makeRepository({ ...tableFile('songs', 'title: text()'), ...tableFile('artists') });
  repository.write({
    'drizzle.config.json': { dialect: 'postgresql', schema: './schema', out: './drizzle', ...config },
  });
  await repository.generate('create_all', {});
  repository.git('branch', 'feature');
  await repository.generate('add_artist_names', theirs);
  repository.git('switch', '-q', 'feature');
  // Names made of the time are apart where people are: of one second, they would clash as numbers do.
  if (config.migrations) await setTimeout(2000);
  await repository.generate('add_song_plays', ours);
  return repository;
}

const names = (repository: Repository) => repository.tags().map((tag) => tag.replace(/^\d+_/, ''));

async function expectLinear(repository: Repository): Promise<void> {
  expect(names(repository)).toEqual(['create_all', 'add_artist_names', 'add_song_plays']);
  const whens = repository.journal().map(({ when }) => when);
  expect(whens).toEqual(whens.toSorted((a, b) => a - b));
  const [, second, third] = repository.tags().map((tag) => repository.snapshot(tag.split('_')[0] ?? ''));
  expect(third?.prevId).toBe(second?.id);
  expect((await repository.run('check', '--skip-rehearsal', '--json')).json).toMatchObject({ ok: true, findings: [] });
}

/** The journal as people join it: the entries of both, those of main first. */
function joinByHand(repository: Repository): void {
  const [main, feature] = ['main', 'feature'].map((name) =>
    JSON.parse(repository.git('show', `${name}:drizzle/meta/_journal.json`)),
  );
  const entries = [...main.entries, feature.entries.at(-1)];
  repository.write({ 'drizzle/meta/_journal.json': { ...main, entries } });
}

async function catalogOf(url: string) {
  const session = await Session.open(readTarget({ url }), { applicationName: 'test' });
  return readCatalog(session).finally(() => session.close());
}

test('a merge that git does by itself leaves a fork: check refuses it, rebase mends it', async () => {
  const repository = await diverged({ migrations: { prefix: 'timestamp' } });
  // Each file has a name of its own; only the ends of the journal clash, and somebody joins them by hand.
  expect(repository.tryGit('merge', 'main')).toBe(false);
  joinByHand(repository);
  repository.commit('merge');
  const check = await repository.run('check', '--skip-rehearsal', '--json');
  expect([check.exitCode, check.json]).toEqual([
    3,
    expect.objectContaining({ findings: expect.arrayContaining([expect.objectContaining({ code: 'needs-rebase' })]) }),
  ]);
  expect((await repository.run('rebase', '--yes')).exitCode).toBe(0);
  await expectLinear(repository);
});

test('marks that somebody has committed in a snapshot: check names rebase, which mends them', async () => {
  const repository = await diverged();
  expect(repository.tryGit('merge', 'main')).toBe(false);
  joinByHand(repository);
  repository.commit('merge');
  const check = await repository.run('check', '--skip-rehearsal');
  expect([check.exitCode, check.shown]).toEqual([3, expect.stringContaining('Run `migrator rebase`')]);
  const mended = await repository.run('rebase', '--yes');
  expect([mended.exitCode, mended.shown]).toEqual([0, expect.stringContaining('0002_add_song_plays')]);
  await expectLinear(repository);
});

test('without git: marks in the journal and in a snapshot are enough', async () => {
  const repository = await diverged();
  expect(repository.tryGit('merge', 'main')).toBe(false);
  repository.remove('.git');
  const unreadable = await repository.run('status', '--url', 'postgresql://localhost/x');
  expect(unreadable.err).toContain('Next: Run `migrator rebase`: it keeps the entries of both sides');
  expect((await repository.run('rebase', '--yes')).exitCode).toBe(0);
  await expectLinear(repository);
});

test('without git and without marks: the fork of the snapshots', async () => {
  const repository = await diverged({ migrations: { prefix: 'timestamp' } });
  repository.tryGit('merge', 'main');
  joinByHand(repository);
  repository.remove('.git');
  const { exitCode, shown } = await repository.run('rebase', '--yes');
  expect([exitCode, shown]).toEqual([0, expect.stringContaining('On top of the other branch')]);
  await expectLinear(repository);
});

test.each([
  ['cherry-pick', ['cherry-pick', 'feature']],
  ['merge --squash', ['merge', '--squash', 'feature']],
])('git %s onto main', async (_, command) => {
  const repository = await diverged();
  repository.git('switch', '-q', 'main');
  expect(repository.tryGit(...command)).toBe(false);
  expect((await repository.run('rebase', '--yes')).exitCode).toBe(0);
  await expectLinear(repository);
});

test('git stash pop onto what main has become', async () => {
  const repository = await diverged();
  repository.git('reset', '-q', '--soft', 'HEAD^');
  repository.git('stash', '-q');
  repository.git('merge', '-q', '--ff-only', 'main');
  expect(repository.tryGit('stash', 'pop')).toBe(false);
  expect((await repository.run('rebase', '--yes')).exitCode).toBe(0);
  await expectLinear(repository);
});

test('--drop leaves a migration out, and generate makes it again on top', async () => {
  const repository = await diverged();
  expect(repository.tryGit('merge', 'main')).toBe(false);
  const unknown = await repository.run('rebase', '--yes', '--drop', '0007_x');
  expect([unknown.exitCode, unknown.err]).toEqual([2, expect.stringContaining('Possible are: 0001_add_song_plays.')]);
  const { exitCode, shown } = await repository.run('rebase', '--yes', '--drop', '0001_add_song_plays');
  expect([exitCode, shown]).toEqual([0, expect.stringContaining('0001_add_song_plays  is left out, and its files go')]);
  expect(names(repository)).toEqual(['create_all', 'add_artist_names']);
  expect((await repository.run('generate', 'add_song_plays')).exitCode).toBe(0);
  await expectLinear(repository);
});

test('--dry-run and no --yes change nothing; --json is the whole plan', async () => {
  const repository = await diverged();
  const before = repository.git('status', '--porcelain');
  const asked = await repository.run('rebase', '--onto', 'main');
  expect([asked.exitCode, asked.err]).toEqual([
    2,
    expect.stringContaining(
      'Put 1 migration on top, and change 9 files? This cannot be asked here. [needs-confirmation]',
    ),
  ]);
  const { json } = await repository.run('rebase', '--onto', 'main', '--dry-run', '--json');
  expect(json).toMatchObject({
    command: 'rebase',
    upToDate: false,
    written: false,
    onto: 'main',
    theirs: ['0001_add_artist_names'],
    migrations: [{ from: { tag: '0001_add_song_plays' }, to: { tag: '0002_add_song_plays' } }],
    proven: true,
  });
  expect(repository.git('status', '--porcelain')).toBe(before);
  const unknown = await repository.run('rebase', '--onto', 'nowhere');
  expect([unknown.exitCode, unknown.err]).toEqual([
    2,
    expect.stringContaining('git knows no revision `nowhere` here.'),
  ]);
});

test('a database that has ours already, and a new one, end with the same catalog', async () => {
  const repository = await diverged();
  const [mine, fresh] = [await createDatabase(), await createDatabase()];
  await repository.run('migrate', '--url', mine.url);
  await mine.query(`insert into songs (id, plays) values (1, 7)`);
  repository.tryGit('merge', 'main');
  expect((await repository.run('rebase', '--yes')).shown).toContain('migrator switch');
  expect((await repository.run('switch', '--url', mine.url, '--yes')).exitCode).toBe(0);
  await repository.run('migrate', '--url', fresh.url);
  expect(compareCatalogs(await catalogOf(fresh.url), await catalogOf(mine.url))).toEqual([]);
  expect(await mine.query('select plays from songs')).toEqual([{ plays: 7 }]);
  expect((await repository.run('status', '--check', '--url', mine.url)).exitCode).toBe(0);
});

test('a new value of an enum, upon a table of the other branch that uses it: the way back is made anew, the order is that of the database', async () => {
  const mood = (values: string[], more = '') => ({
    'schema/moods.ts': `import { integer, pgEnum, pgTable } from 'drizzle-orm/pg-core';
export const mood = pgEnum('mood', ${JSON.stringify(values)});
${more}`,
  });
  const repository = await makeRepository(mood(['calm', 'wild']));
  await repository.generate('create_mood', {});
  repository.git('branch', 'feature');
  const table = "export const moods = pgTable('moods', { id: integer().primaryKey(), mood: mood() });\n";
  await repository.generate('create_moods', mood(['calm', 'wild'], table));
  await repository.generate('add_last', mood(['calm', 'wild', 'last'], table));
  repository.git('switch', '-q', 'feature');
  await repository.generate('add_middle', mood(['calm', 'middle', 'wild']));
  expect(repository.tryGit('merge', 'main')).toBe(false);
  const { exitCode, shown } = await repository.run('rebase', '--yes');
  expect([exitCode, shown]).toEqual([0, expect.stringContaining('way back made anew')]);
  expect(repository.snapshot('0003').enums['public.mood']?.values).toEqual(['calm', 'middle', 'wild', 'last']);
  expect(readFileSync(join(repository.root, 'drizzle/0003_add_middle.down.sql'), 'utf8')).toContain('"moods"');
  repository.write(mood(['calm', 'middle', 'wild', 'last'], table));
  repository.commit('merge');
  const check = await repository.run('check');
  expect([check.exitCode, check.out]).toEqual([0, expect.stringContaining('Good.')]);
});

test('a fork that was settled long ago, by a migration that holds both, is none', async () => {
  const repository = await diverged({ migrations: { prefix: 'timestamp' } });
  const [base, mine] = repository.tags();
  const ownSnapshot = repository.snapshot(mine?.split('_')[0] ?? '');
  repository.tryGit('merge', 'main');
  await repository.run('rebase', '--yes');
  const last = repository.tags().at(-1)?.split('_')[0] ?? '';
  // As drizzle-kit leaves it when people join two branches by hand: the snapshot follows the old one, but holds the changes of both.
  const merged = repository.snapshot(last);
  repository.write({ [`drizzle/meta/${last}_snapshot.json`]: { ...merged, prevId: ownSnapshot.prevId } });
  repository.remove('.git');
  expect(base).toContain('create_all');
  expect((await repository.run('rebase')).shown).toContain('Nothing to do');
});

test('both branches gave their migration the same name', async () => {
  const repository = await makeRepository({ ...tableFile('songs', 'title: text()'), ...tableFile('artists') });
  await repository.generate('create_all', {});
  repository.git('branch', 'feature');
  await repository.generate('add_details', theirs);
  repository.git('switch', '-q', 'feature');
  await repository.generate('add_details', ours);
  expect(repository.tryGit('merge', 'main')).toBe(false);
  expect((await repository.run('rebase', '--yes')).exitCode).toBe(0);
  expect(repository.tags()).toEqual(['0000_create_all', '0001_add_details', '0002_add_details']);
  expect(repository.read('drizzle/0001_add_details.sql')).toContain('"artists"');
  expect(repository.read('drizzle/0002_add_details.sql')).toContain('"songs"');
});

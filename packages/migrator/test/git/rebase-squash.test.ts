import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { createDatabase } from '../setup/database.js';
import { makeRepository, type Repository, tableFile } from './repository.js';

/** `main` has squashed its two migrations; `feature`, which forked before, has made one, and a database has all of its own. */
async function forkedBefore(theirs: (repository: Repository) => Promise<void> = async () => {}) {
  const repository = await makeRepository();
  await repository.generate('create_songs', { ...tableFile('songs'), ...tableFile('artists') });
  await repository.generate('add_titles', tableFile('songs', 'title: text()'));
  repository.git('branch', 'feature');
  const squash = ['baseline', '--squash', 'whole_history', '--scratch-url', inject('serverUrl'), '--yes'];
  expect(await repository.run(...squash)).toMatchObject({ exitCode: 0 });
  repository.commit('squash');
  await theirs(repository);
  repository.git('switch', '-q', 'feature');
  await repository.generate('add_plays', tableFile('songs', 'title: text()', 'plays: integer()'));
  const { url } = await createDatabase();
  expect(await repository.run('migrate', '--url', url)).toMatchObject({ exitCode: 0 });
  return { repository, url };
}

test('a branch that forked before the other squashed its history', async () => {
  const { repository, url } = await forkedBefore();
  repository.git('merge', '-q', '--no-edit', 'main');
  expect((await repository.run('rebase')).shown).toContain('Nothing to do');
  expect(repository.tags()).toEqual(['0001_whole_history', '0002_add_plays']);
  expect(await repository.run('status', '--check', '--url', url)).toMatchObject({ exitCode: 0 });
  expect(await repository.run('check')).toMatchObject({ exitCode: 0 });
});

test.each<[string, (repository: Repository) => Promise<void>]>([
  [
    'merged',
    async (repository) => {
      expect(repository.tryGit('merge', 'main')).toBe(false);
      expect(await repository.run('rebase', '--yes')).toMatchObject({ exitCode: 0 });
    },
  ],
  [
    'put on top, and merged then',
    async (repository) => {
      expect(await repository.run('rebase', '--onto', 'main', '--yes')).toMatchObject({ exitCode: 0 });
      repository.commit('on top of main');
      // Both have changed the journal, as git sees it.
      repository.tryGit('merge', '--no-edit', 'main');
      expect(await repository.run('rebase', '--yes')).toMatchObject({ exitCode: 0 });
    },
  ],
  [
    'rebased by git',
    async (repository) => {
      expect(repository.tryGit('rebase', 'main')).toBe(false);
      expect(await repository.run('rebase', '--yes')).toMatchObject({ exitCode: 0 });
      repository.git('add', '.');
      repository.git('rebase', '--continue');
    },
  ],
])('the same, where the other went on behind its squash: %s', async (_, put) => {
  const { repository, url } = await forkedBefore((main) =>
    main.generate('add_names', tableFile('artists', 'name: text()')),
  );
  await put(repository);
  expect(repository.tags()).toEqual(['0001_whole_history', '0002_add_names', '0003_add_plays']);
  expect(
    readdirSync(join(repository.root, 'drizzle'))
      .filter((name) => name.endsWith('.sql'))
      .sort(),
  ).toEqual(repository.tags().flatMap((tag) => [`${tag}.down.sql`, `${tag}.sql`]));
  repository.git('add', '.');
  repository.tryGit('commit', '-qm', 'on top');
  const switched = await repository.run('switch', '--url', url, '--yes');
  expect([switched.exitCode, switched.shown]).toEqual([0, expect.anything()]);
  expect(await repository.run('status', '--check', '--url', url)).toMatchObject({ exitCode: 0 });
  expect(await repository.run('check')).toMatchObject({ exitCode: 0 });
});

test('a branch that forked in the middle of what was squashed is told so', async () => {
  const repository = await makeRepository();
  await repository.generate('create_songs', { ...tableFile('songs'), ...tableFile('artists') });
  repository.git('branch', 'feature');
  await repository.generate('add_titles', tableFile('songs', 'title: text()'));
  const squash = ['baseline', '--squash', 'whole_history', '--scratch-url', inject('serverUrl'), '--yes'];
  expect(await repository.run(...squash)).toMatchObject({ exitCode: 0 });
  repository.commit('squash');
  repository.git('switch', '-q', 'feature');
  await repository.generate('add_plays', tableFile('songs', 'plays: integer()'));
  expect(repository.tryGit('merge', 'main')).toBe(false);
  const { exitCode, shown } = await repository.run('rebase', '--yes');
  expect([exitCode, shown]).toEqual([3, expect.anything()]);
  expect(shown).toMatchInlineSnapshot(`
    "✗ main no longer has \`0000_create_songs\`, which feature is built upon. [refused]
      Nothing was changed.
      Next: The history was squashed or rewritten there. Take the folder of main as it is (\`git checkout main -- <folder>\`), and generate the changes of feature again.
    "
  `);
});

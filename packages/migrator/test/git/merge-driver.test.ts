import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeRepository, type Repository, tableFile } from './repository.js';

const bin = fileURLToPath(new URL('../../bin/migrator.cjs', import.meta.url));
const command = `"${process.execPath}" "${bin}"`;

const base = { idx: 0, version: '7', when: 1, tag: '0000_a', breakpoints: true };
const journal = (...entries: object[]) => ({
  'drizzle/meta/_journal.json': { version: '7', dialect: 'postgresql', entries: [base, ...entries] },
});
const entry = (tag: string, when: number) => ({ ...base, idx: 1, when, tag });

/** Two branches whose journals end in other lines, with the driver of this build. */
async function installed(): Promise<Repository> {
  const repository = await makeRepository();
  repository.write(journal());
  expect((await repository.run('git', 'install', '--command', command)).exitCode).toBe(0);
  repository.commit('base');
  repository.git('branch', 'feature');
  return repository;
}

test('git install says what it has changed, and changes nothing twice', async () => {
  const repository = await makeRepository();
  repository.write({ '.gitattributes': '*.png binary' });
  expect((await repository.run('git', 'install')).shown).toBe(
    `✓ .gitattributes: drizzle/meta/_journal.json merge=migrator
✓ git config merge.migrator.name: migrations of two branches
✓ git config merge.migrator.driver: top=$(pwd); cd '.' && npx --no-install migrator git merge-driver "$top/%O" "$top/%A" "$top/%B"
Commit .gitattributes; everybody runs \`migrator git install\` once in their clone.
`,
  );
  expect(repository.read('.gitattributes')).toBe('*.png binary\ndrizzle/meta/_journal.json merge=migrator\n');
  expect((await repository.run('git', 'install')).shown).toBe('Nothing to do: git merges the journal with migrator.\n');
  expect((await repository.run('git', 'install', '--json')).json).toEqual({
    command: 'git install',
    ok: true,
    changed: [],
  });
});

test('git merges the journals of two branches without marks', async () => {
  const repository = await installed();
  repository.write(journal(entry('0001_theirs', 5)));
  repository.commit('theirs');
  repository.git('switch', '-q', 'feature');
  repository.write(journal(entry('0001_ours', 4)));
  repository.commit('ours');
  repository.git('merge', '-q', 'main', '-m', 'merge');
  expect(repository.tags()).toEqual(['0000_a', '0001_theirs', '0001_ours']);
});

test('what both have changed is left with marks, for rebase or for people', async () => {
  const repository = await installed();
  repository.write(journal(entry('0001_x', 5), { ...entry('0001_theirs', 5), idx: 7 }));
  repository.commit('theirs');
  repository.git('switch', '-q', 'feature');
  repository.write(journal(entry('0001_x', 5), { ...entry('0001_theirs', 5), idx: 8 }));
  repository.commit('ours');
  expect(repository.tryGit('merge', '-q', 'main')).toBe(false);
  expect(repository.read('drizzle/meta/_journal.json')).toContain('<<<<<<< ours');
});

test('the driver, then rebase: a merge of two generated migrations; check refuses it in between', async () => {
  const repository = await makeRepository();
  await repository.generate('create_songs', { ...tableFile('songs', 'title: text()'), ...tableFile('artists') });
  await repository.run('git', 'install', '--command', command);
  repository.commit('driver');
  repository.git('branch', 'feature');
  await repository.generate('add_artist_names', tableFile('artists', 'name: text()'));
  repository.git('switch', '-q', 'feature');
  await repository.generate('add_song_plays', tableFile('songs', 'title: text()', 'plays: integer()'));
  // Only the two snapshots of one name are left to solve.
  expect(repository.tryGit('merge', 'main')).toBe(false);
  expect(repository.tags()).toEqual(['0000_create_songs', '0001_add_artist_names', '0001_add_song_plays']);
  repository.git('checkout', '-q', '--theirs', 'drizzle/meta/0001_snapshot.json');
  const hook = join(repository.root, 'pre-commit');
  repository.write({ 'pre-commit': preCommit() });
  const runHook = () =>
    spawnSync('sh', [hook], { cwd: repository.root, encoding: 'utf8', env: { ...process.env, MIGRATOR: command } });
  const refused = runHook();
  expect([refused.status, refused.stdout]).toEqual([3, expect.stringContaining('[needs-rebase]')]);
  expect((await repository.run('rebase', '--yes')).exitCode).toBe(0);
  expect(repository.tags()).toEqual(['0000_create_songs', '0001_add_artist_names', '0002_add_song_plays']);
  expect(runHook().status).toBe(0);
});

/** The hook as the README has it, with the command of this build. */
function preCommit(): string {
  const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
  const hook = /# \.git\/hooks\/pre-commit\n([^`]*)```/.exec(readme)?.[1] ?? '';
  expect(hook).toContain('npx --no-install migrator');
  return `#!/bin/sh\n${hook.replaceAll('npx --no-install migrator', command)}`;
}

test('a driver that is killed leaves the file as it was, and git the conflict', async () => {
  const repository = await installed();
  repository.write(journal(entry('0001_theirs', 5)));
  repository.commit('theirs');
  repository.git('switch', '-q', 'feature');
  repository.write(journal(entry('0001_ours', 4)));
  repository.commit('ours');
  const before = repository.read('drizzle/meta/_journal.json');
  repository.git('config', 'merge.migrator.driver', 'kill -9 $$');
  expect(repository.tryGit('merge', '-q', 'main')).toBe(false);
  expect(repository.read('drizzle/meta/_journal.json')).toBe(before);
  expect(repository.git('status', '--porcelain', '-uno')).not.toBe('M  drizzle/meta/_journal.json');
});

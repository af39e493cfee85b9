import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gitAt } from '../../src/git/git.js';
import { commitTree, diskTree, stageTree, unmergedPaths } from '../../src/git/trees.js';
import { makeFolder } from '../setup/project.js';
import { makeRepository } from './repository.js';

test('a commit is read as it was, whatever is in its files', async () => {
  const repository = await makeRepository();
  const files = { 'a b.sql': 'select ‘ü’;\r\n', 'empty.sql': '', 'meta/0000_snapshot.json': '{}', 'c.sql': 'x\n\ny' };
  for (const [path, text] of Object.entries(files)) repository.write({ [`drizzle/${path}`]: text });
  repository.commit('files');
  repository.remove('drizzle/c.sql');
  const git = gitAt(join(repository.root, 'drizzle'));
  if (!git) throw new Error('no git');
  const tree = commitTree(git, 'HEAD');
  expect([...tree.paths].sort()).toEqual(Object.keys(files).sort());
  for (const [path, text] of Object.entries(files)) expect(tree.read(path)).toBe(text);
  expect(tree.read('d.sql')).toBeUndefined();
  expect(diskTree(git.directory).paths.has('c.sql')).toBe(false);
});

test('the sides of a conflict are read from the index', async () => {
  const repository = await makeRepository();
  repository.write({ 'drizzle/a.sql': 'base', 'drizzle/b.sql': 'both' });
  repository.commit('base');
  repository.git('branch', 'feature');
  repository.write({ 'drizzle/a.sql': 'theirs' });
  repository.commit('theirs');
  repository.git('switch', '-q', 'feature');
  repository.write({ 'drizzle/a.sql': 'ours' });
  repository.commit('ours');
  expect(repository.tryGit('merge', 'main')).toBe(false);
  const git = gitAt(join(repository.root, 'drizzle'));
  if (!git) throw new Error('no git');
  expect([...unmergedPaths(git).keys()]).toEqual(['a.sql']);
  const disk = diskTree(git.directory);
  expect([2, 3].map((stage) => stageTree(git, stage as 2 | 3, disk).read('a.sql'))).toEqual(['ours', 'theirs']);
  expect(stageTree(git, 2, disk).read('b.sql')).toBe('both');
  expect(diskTree(git.directory, 'lower').read('a.sql')).toBe('theirs\n');
});

test('a folder in no repository has no git', () => {
  expect(gitAt(makeFolder())).toBeUndefined();
});

import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder, writeFiles } from '../../test/setup/project.js';
import { MigratorError } from '../errors/migrator-error.js';
import { applyEdits, describeEdits, type FileEdit, finishLeftEdits, withEdits } from './edits.js';
import { finishEdits } from './staging.js';

const edit = (path: string, text: string | null): FileEdit => ({ path, text, reason: 'a test' });

function contentOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    paths.map(({ parentPath, name }) => [
      join(parentPath, name).slice(folder.length + 1),
      readFileSync(join(parentPath, name), 'utf8'),
    ]),
  );
}

test('files are written, then the journal, then files are removed', () => {
  const folder = makeFolder();
  writeFiles(folder, { 'a.sql': 'a', 'meta/_journal.json': 'old' });
  const edits = [edit('a.sql', null), edit('meta/_journal.json', 'new'), edit('deep/b.sql', 'b')];
  expect(applyEdits(folder, edits)).toEqual(['deep/b.sql', 'meta/_journal.json', 'a.sql']);
  expect(contentOf(folder)).toEqual({ 'deep/b.sql': 'b', 'meta/_journal.json': 'new' });
});

test('they are told in the same order', () => {
  const edits = [edit('a.sql', null), edit('meta/_journal.json', 'new'), edit('b.sql', 'b')];
  expect(describeEdits(edits, (path) => `drizzle/${path}`)).toEqual([
    'write drizzle/b.sql (a test)',
    'write drizzle/meta/_journal.json (a test)',
    'remove drizzle/a.sql (a test)',
  ]);
});

test('a file that only changes the case of its name is kept', () => {
  const folder = makeFolder();
  writeFiles(folder, { 'Songs.sql': 'a' });
  applyEdits(folder, [edit('songs.sql', 'a'), edit('Songs.sql', null)]);
  expect(contentOf(folder)).toEqual({ 'songs.sql': 'a' });
});

test('when one cannot be written, everything is as it was', () => {
  const folder = makeFolder();
  writeFiles(folder, { 'a.sql': 'a', 'c.sql': 'c', 'meta/_journal.json': 'old' });
  mkdirSync(join(folder, 'taken.sql'));
  const edits = [edit('a.sql', 'new'), edit('b.sql', 'b'), edit('meta/_journal.json', 'new'), edit('c.sql', null)];
  const before = contentOf(folder);
  for (const at of [0, 1, 2, 3, 4]) {
    expect(() => applyEdits(folder, edits.toSpliced(at, 0, edit('taken.sql', 'x')))).toThrow(MigratorError);
    expect(contentOf(folder)).toEqual(before);
  }
});

test('what was written already is put back', () => {
  const folder = makeFolder();
  writeFiles(folder, { 'a.sql': 'a', 'meta/_journal.json': 'old' });
  // `x` cannot take its place, for by then it is the folder that `x/y` lies in.
  const edits = [edit('a.sql', 'new'), edit('b.sql', 'b'), edit('x/y', 'y'), edit('x', 'x')];
  expect(() => applyEdits(folder, edits)).toThrow(
    expect.objectContaining({ code: 'folder-unwritable', exitCode: 2, state: 'Nothing was changed.' }),
  );
  expect(contentOf(folder)).toEqual({ 'a.sql': 'a', 'meta/_journal.json': 'old' });
  expect(readdirSync(folder).sort()).toEqual(['a.sql', 'meta']);
});

test('behind work that is done there is only the way forward', async () => {
  const folder = makeFolder();
  writeFiles(folder, { 'a.sql': 'a', 'meta/_journal.json': 'old' });
  const edits = [edit('a.sql', null), edit('b.sql', 'b'), edit('c.sql', 'c'), edit('meta/_journal.json', 'new')];
  const blocked = withEdits(folder, edits, async () => mkdirSync(join(folder, 'c.sql')));
  await expect(blocked).rejects.toMatchObject({
    code: 'folder-unwritable',
    message: expect.stringContaining('The migrations cannot be written: E'),
    where: folder,
    state: 'The tracking rows were changed; the files wait in `.migrator-edits` of the folder.',
    fix: 'Make way for them; `migrator repair` then puts them in their places.',
  });
  expect(() => finishLeftEdits(folder)).toThrow(
    expect.objectContaining({
      code: 'folder-unwritable',
      state: 'The files of an earlier run still wait in `.migrator-edits` of the folder.',
    }),
  );
  rmdirSync(join(folder, 'c.sql'));
  expect(finishEdits(folder)).toEqual({ done: true, busy: undefined });
  expect(contentOf(folder)).toEqual({ 'b.sql': 'b', 'c.sql': 'c', 'meta/_journal.json': 'new' });
});

test.each(['../a.sql', '/a.sql', 'x/../../a.sql'])('no edit leads out of the folder: %s', (path) => {
  expect(() => applyEdits(makeFolder(), [edit(path, 'x')])).toThrow('Not a plan of edits');
});

import { expect, test } from 'vitest';
import { createDatabase } from '../setup/database.js';
import { makeRepository, tableFile } from './repository.js';

const NAMES = tableFile('artists', 'name: text()');
const PLAYS = tableFile('songs', 'plays: integer()');

/** The feature's migration is on a database, and then comes behind that of main. */
async function rebased(earlier: 'main' | 'feature') {
  const [repository, { url }] = [await makeRepository(), await createDatabase()];
  await repository.generate('create_songs', { ...tableFile('songs'), ...tableFile('artists') });
  repository.git('branch', 'feature');
  const feature = async () => {
    repository.git('switch', '-q', 'feature');
    await repository.generate('add_plays', PLAYS);
    expect((await repository.run('migrate', '--url', url)).exitCode).toBe(0);
  };
  if (earlier === 'feature') await feature();
  repository.git('switch', '-q', 'main');
  await repository.generate('add_names', NAMES);
  if (earlier === 'main') await feature();
  repository.git('switch', '-q', 'feature');
  expect(repository.tryGit('merge', 'main')).toBe(false);
  expect((await repository.run('rebase', '--yes')).exitCode).toBe(0);
  expect(repository.tags()).toEqual(['0000_create_songs', '0001_add_names', '0002_add_plays']);
  const run = async (...argv: string[]) => (await repository.run(...argv, '--url', url)).exitCode;
  const status = async () => {
    const { json } = await repository.run('status', '--json', '--url', url);
    return (json.findings as { code: string; fix: string }[]).map(({ code, fix }) => [code, fix]);
  };
  return { run, status };
}

const RESTAMPED = [
  'restamped-migration',
  'On a development database run `migrator switch`: it applies `0001_add_names` first, and then gives the row the time of the journal. Elsewhere run `migrator migrate`, then `migrator repair`.',
];
const OVERTAKEN = [
  'out-of-order',
  'Run `migrator migrate --out-of-order` to apply it; `migrator repair --restamp 0001_add_names` if no other database has it yet; `migrator repair --mark-applied 0001_add_names` if this one has its changes already.',
];

test.each([
  ['main', [OVERTAKEN], ['migrate', '--out-of-order']],
  ['feature', [RESTAMPED], ['migrate']],
] as const)(
  'a database that had the branch before the rebase, with the earlier migration on %s: what status advises works',
  async (earlier, told, migrate) => {
    const there = await rebased(earlier);
    expect(await there.status()).toEqual(told);
    expect(await there.run('switch', '--yes')).toBe(0);
    expect(await there.status()).toEqual([]);
    expect(await there.run('status', '--check')).toBe(0);

    const elsewhere = await rebased(earlier);
    expect(await elsewhere.run(...migrate)).toBe(0);
    expect(await elsewhere.run('repair', '--yes', '--database')).toBe(0);
    expect(await elsewhere.status()).toEqual([]);
    expect(await elsewhere.run('status', '--check')).toBe(0);
  },
  120_000,
);

test('a database of another branch: switch is told before what would stamp the files of others anew', async () => {
  const [repository, { url }] = [await makeRepository(), await createDatabase()];
  await repository.generate('create_songs', { ...tableFile('songs'), ...tableFile('artists') });
  repository.git('switch', '-qc', 'main2');
  await repository.generate('add_names', NAMES);
  repository.git('switch', '-qc', 'feature', 'main');
  await repository.generate('add_plays', PLAYS);
  expect((await repository.run('migrate', '--url', url)).exitCode).toBe(0);
  repository.git('switch', '-q', 'main2');
  const { json } = await repository.run('status', '--json', '--url', url);
  const fixes = (json.findings as { code: string; fix: string }[]).map(({ code, fix }) => [code, fix]);
  expect(fixes).toEqual([
    [
      'out-of-order',
      'If row 2 came from another branch, on a development database, run `migrator switch`: it undoes what is not checked out, and applies this one. Else `migrator migrate --out-of-order` to apply it; `migrator repair --restamp 0001_add_names` if no other database has it yet; `migrator repair --mark-applied 0001_add_names` if this one has its changes already.',
    ],
    [
      'unknown-row',
      expect.stringContaining('on a development database, `migrator switch` undoes what is not checked out'),
    ],
  ]);
  expect((await repository.run('switch', '--yes', '--url', url)).exitCode).toBe(0);
  expect((await repository.run('status', '--check', '--url', url)).exitCode).toBe(0);
}, 60_000);

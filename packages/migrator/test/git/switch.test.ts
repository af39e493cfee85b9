import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compareCatalogs, readCatalog } from '../../src/catalog/index.js';
import { Session } from '../../src/database/session.js';
import { readTarget } from '../../src/database/target.js';
import { readEverything } from '../setup/catalog.js';
import { createDatabase, type TestDatabase } from '../setup/database.js';
import { migrationFiles } from '../setup/project.js';
import { makeRepository, type Repository } from './repository.js';

const bin = fileURLToPath(new URL('../../bin/migrator.cjs', import.meta.url));

interface Branched {
  readonly repository: Repository;
  readonly database: TestDatabase;
  readonly url: string;
}

const SONGS = { up: 'create table songs (id int, title text);', down: 'drop table songs;' };
const PLAYS = { up: 'alter table songs add plays int;', down: 'alter table songs drop plays;' };
const GENRE = { up: 'alter table songs add genre text;', down: 'alter table songs drop genre;' };

function files(...steps: readonly (readonly [tag: string, sql: { up: string; down?: string }, minute: number])[]) {
  const migrations = steps.map(([tag, { up }, minute]) => ({ tag, sql: up, when: Date.UTC(2025, 0, 1, 0, minute) }));
  const downs = steps.flatMap(([tag, { down }]) => (down === undefined ? [] : [[`${tag}.down.sql`, down]]));
  const all = { ...migrationFiles(migrations), ...Object.fromEntries(downs) };
  return Object.fromEntries(Object.entries(all).map(([path, text]) => [`drizzle/${path}`, text]));
}

/** main has genre, the feature has plays, and both have songs; the feature is checked out. */
async function branched(feature: { up: string; down?: string } = PLAYS): Promise<Branched> {
  const [repository, database] = [await makeRepository(), await createDatabase()];
  repository.write(files(['0000_songs', SONGS, 0]));
  repository.commit('songs');
  repository.git('branch', 'feature');
  repository.write(files(['0000_songs', SONGS, 0], ['0001_genre', GENRE, 5]));
  repository.commit('genre');
  repository.git('switch', '-q', 'feature');
  repository.write(files(['0000_songs', SONGS, 0], ['0001_plays', feature, 3]));
  repository.commit('plays');
  expect((await repository.run('migrate', '--url', database.url)).exitCode).toBe(0);
  return { repository, database, url: database.url };
}

async function expectAsFresh({ repository, database }: Branched): Promise<void> {
  const fresh = await createDatabase();
  expect((await repository.run('migrate', '--url', fresh.url)).exitCode).toBe(0);
  const catalogOf = async (url: string) => {
    const session = await Session.open(readTarget({ url }), { applicationName: 'test' });
    return readCatalog(session).finally(() => session.close());
  };
  expect(compareCatalogs(await catalogOf(fresh.url), await catalogOf(database.url))).toEqual([]);
  expect((await repository.run('status', '--check', '--url', database.url)).exitCode).toBe(0);
}

test('to another branch and back: what only one has is undone, the rest of the data stay', async () => {
  const here = await branched();
  const { repository, database, url } = here;
  await database.query(`insert into songs (id, title) values (1, 'a')`);
  repository.git('switch', '-q', 'main');
  const there = await repository.run('switch', '--url', url, '--yes');
  expect([there.exitCode, there.shown]).toEqual([0, expect.anything()]);
  expect(there.shown).toMatchInlineSnapshot(`
    "Database user@host:5432/database
    To be rolled back, newest first:
      0001_plays  SQL of the log
    No data would be lost.
    To be applied:
      0001_genre  drizzle/0001_genre.sql
    1 migration to roll back, 1 statement
      ✓ 0001_plays  5 ms
    Rolled back 1 migration in 5 ms.
    1 migration to apply, 1 statement
      ✓ 0001_genre  5 ms
    Applied 1 migration in 5 ms.
    "
  `);
  await expectAsFresh(here);
  expect(await database.query('select id, title from songs')).toEqual([{ id: 1, title: 'a' }]);
  expect((await repository.run('switch', '--url', url)).shown).toBe(
    'Nothing to do: the database is what is checked out.\n',
  );
  repository.git('switch', '-q', 'feature');
  expect((await repository.run('switch', '--url', url, '--yes', '--json')).json).toMatchObject({
    command: 'switch',
    ok: true,
    down: { done: [{ tag: '0001_genre' }] },
    up: { done: [{ tag: '0001_plays' }] },
    restamped: 0,
  });
  await expectAsFresh(here);
});

test('data that would be lost are told, and nothing happens unasked', async () => {
  const { repository, database, url } = await branched();
  await database.query(`insert into songs (id, plays) values (1, 7)`);
  repository.git('switch', '-q', 'main');
  const before = await readEverything(database);
  const asked = await repository.run('switch', '--url', url);
  expect([asked.exitCode, asked.shown]).toEqual([2, expect.stringContaining('1 value of column songs.plays')]);
  expect(asked.shown).toContain('Undo 1 migration and apply 1, and lose these data?');
  const lossless = await repository.run('switch', '--url', url, '--yes', '--lossless');
  expect([lossless.exitCode, lossless.err]).toEqual([
    3,
    expect.stringContaining('`--lossless`: data would be lost. [refused]'),
  ]);
  const dry = await repository.run('switch', '--url', url, '--dry-run');
  expect([dry.exitCode, dry.shown]).toEqual([0, expect.stringContaining('alter table songs drop plays')]);
  expect(await readEverything(database)).toEqual(before);
});

test.each([
  [
    'irreversible',
    { ...PLAYS, down: '-- migrator: irreversible plays are sold\n' },
    '`0001_plays` cannot be undone: plays are sold [irreversible]',
    'Undo it by a new migration, or restore a backup.',
  ],
  [
    'without a way back',
    { up: PLAYS.up },
    '`0001_plays` has no way back: drizzle/0001_plays.down.sql does not exist, and the log has none. [down-missing]',
    'The migration is not in this folder: check out the branch that holds it, with its down file.',
  ],
])('a migration %s is refused, and nothing is changed', async (_, feature, message, fix) => {
  const { repository, database, url } = await branched(feature);
  repository.git('switch', '-q', 'main');
  const before = await readEverything(database);
  const { exitCode, shown } = await repository.run('switch', '--url', url, '--yes');
  expect([exitCode, shown]).toEqual([
    3,
    `✗ The database cannot be brought to what is checked out. [refused]

  ✗ ${message}
    at drizzle/0001_plays.down.sql
    Fix: ${fix} Or begin anew, without the data: \`migrator db reset\` (the embedded database), then \`migrator migrate\`.

  Nothing was changed.
`,
  ]);
  expect(await readEverything(database)).toEqual(before);
});

test('what fails on the way says what was rolled back before it, and the next run goes on from there', async () => {
  const here = await branched();
  const { repository, database, url } = here;
  repository.git('switch', '-q', 'main');
  await database.query(`insert into songs (id) values (1)`);
  const wrong = { ...GENRE, up: 'alter table songs add genre text; select 1 / (id - 1) from songs;' };
  repository.write(files(['0000_songs', SONGS, 0], ['0001_genre', wrong, 5]));
  const failed = await repository.run('switch', '--url', url, '--yes');
  expect(failed.exitCode).toBe(4);
  expect(failed.shown).toContain('Rolled back before it: `0001_plays`.');
  repository.git('checkout', '-q', '.');
  expect((await repository.run('switch', '--url', url, '--yes')).exitCode).toBe(0);
  await expectAsFresh(here);
});

test('what rebase has moved stays applied, with its data, and gets its new stamp', async () => {
  const here = await branched();
  const { repository, database, url } = here;
  await database.query(`insert into songs (id, plays) values (1, 7)`);
  repository.remove('drizzle');
  repository.write(files(['0000_songs', SONGS, 0], ['0001_genre', GENRE, 5], ['0002_plays', PLAYS, 6]));
  const status = await repository.run('status', '--url', url);
  expect(status.shown).toContain('[restamped-migration]');
  const { exitCode, shown } = await repository.run('switch', '--url', url, '--yes');
  expect([exitCode, shown]).toEqual([
    0,
    expect.stringContaining('Stays applied, and gets the stamp of the checkout:\n  0002_plays\n'),
  ]);
  expect(await database.query('select plays from songs')).toEqual([{ plays: 7 }]);
  await expectAsFresh(here);
});

test('to a revision that is not checked out', async () => {
  const { repository, database, url } = await branched();
  const { exitCode, shown } = await repository.run('switch', 'main', '--url', url, '--yes');
  expect([exitCode, shown]).toEqual([0, expect.stringContaining('0001_genre  drizzle/0001_genre.sql')]);
  expect(await database.query('select genre from songs')).toEqual([]);
  const unknown = await repository.run('switch', 'nowhere', '--url', url, '--yes');
  expect([unknown.exitCode, unknown.err]).toEqual([
    2,
    expect.stringContaining('git knows no revision `nowhere` here.'),
  ]);
});

test('a database on another machine is refused', async () => {
  const { repository, url } = await branched();
  const far = new URL(url);
  far.hostname = 'db.example.com';
  const { switchDatabase } = await import('../../src/api/switch.js');
  await expect(
    switchDatabase({ database: far.href, migrationsFolder: join(repository.root, 'drizzle') }),
  ).rejects.toMatchObject({
    code: 'refused',
    message: 'The database is on another machine, db.example.com: `switch` is for a development database of your own.',
  });
});

test('the post-checkout hook of the README', async () => {
  const { repository, database, url } = await branched();
  const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
  const hook = /# \.git\/hooks\/post-checkout\n([^`]*)```/.exec(readme)?.[1] ?? '';
  expect(hook).toContain('npx --no-install migrator switch');
  const command = `DATABASE_URL='${url}' "${process.execPath}" "${bin}"`;
  repository.write({
    '.git/hooks/post-checkout': `#!/bin/sh\n${hook.replaceAll('npx --no-install migrator', command)}`,
    'drizzle.config.json': { dialect: 'postgresql', out: './drizzle' },
  });
  chmodSync(join(repository.root, '.git/hooks/post-checkout'), 0o755);
  repository.git('checkout', '-q', 'HEAD', '--', 'drizzle');
  repository.git('switch', '-q', 'main');
  expect(await database.query('select genre from songs')).toEqual([]);
  await expect(database.query('select plays from songs')).rejects.toThrow('does not exist');
});

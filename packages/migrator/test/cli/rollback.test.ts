import { expect, test } from 'vitest';
import { readEverything } from '../setup/catalog.js';
import { runCli } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { makeProject, writeFiles } from '../setup/project.js';

async function setup() {
  const database = await createDatabase();
  const project = makeProject(database, {
    '0000_songs': 'create table songs (id int, title text);',
    '0001_plays': 'alter table songs add plays int;\ncreate index concurrently songs_plays on songs (plays);',
  });
  writeFiles(project.root, {
    'drizzle/0000_songs.down.sql': 'drop table songs;',
    'drizzle/0001_plays.down.sql': 'drop index concurrently songs_plays;\nalter table songs drop column plays;',
  });
  const cli = (...argv: string[]) => runCli(project.root, ...argv);
  expect((await cli('migrate')).exitCode).toBe(0);
  await database.query('insert into songs values (1, null, 5), (2, null, null)');
  return { database, project, cli };
}

test('--dry-run: the exact SQL, where it is from, and what would be lost; nothing changes', async () => {
  const { database, cli } = await setup();
  const before = await readEverything(database);
  const { exitCode, shown } = await cli('rollback', '--steps', '2', '--dry-run');
  expect(exitCode).toBe(0);
  expect(shown).toBe(`-- Database user@host:5432/database
-- 0001_plays (2 statements) drizzle/0001_plays.down.sql
-- DROP INDEX CONCURRENTLY cannot run in a transaction
-- outside of a transaction, without time limits
drop index concurrently songs_plays;
begin;
set local lock_timeout = '3000ms';
set local statement_timeout = 0;
alter table songs drop column plays;
commit;

-- 0000_songs (1 statement) drizzle/0000_songs.down.sql
begin;
set local lock_timeout = '3000ms';
set local statement_timeout = 0;
drop table songs;
commit;

2 migrations would be rolled back. Nothing was changed.
Data that would be lost:
  1 value of column songs.plays (0001_plays)
  2 rows of table songs (0000_songs)
`);
  expect(await readEverything(database)).toEqual(before);
});

test('where nobody can be asked it needs --yes, and says what would have been lost', async () => {
  const { database, cli } = await setup();
  const before = await readEverything(database);
  const refused = await cli('rollback');
  expect(refused.exitCode).toBe(2);
  expect(refused.out).toContain('1 value of column songs.plays');
  expect(refused.err).toContain(
    'Roll back 1 migration, and lose these data? This cannot be asked here. [needs-confirmation]',
  );
  expect(await readEverything(database)).toEqual(before);

  const { exitCode, shown } = await cli('rollback', '--yes');
  expect(exitCode).toBe(0);
  expect(shown).toBe(`Database user@host:5432/database
To be rolled back, newest first:
  0001_plays  drizzle/0001_plays.down.sql
Data that would be lost:
  1 value of column songs.plays (0001_plays)
1 migration to roll back, 2 statements
  ✓ 0001_plays  5 ms
Rolled back 1 migration in 5 ms.
`);
  const status = await cli('status');
  expect(status.shown).toMatch(/0001_plays +pending \(rolled back /);
  expect((await cli('status', '--check')).exitCode).toBe(5);
});

test('--json: one document each', async () => {
  const { cli } = await setup();
  expect((await cli('rollback', '--dry-run', '--json')).json).toMatchObject({
    command: 'rollback',
    ok: true,
    dryRun: true,
    direction: 'down',
    losses: [{ tag: '0001_plays', kind: 'column', name: 'songs.plays', rows: 1, estimated: false }],
    steps: [{ tag: '0001_plays', source: 'file' }],
  });
  expect((await cli('redo', '--yes', '--json')).json).toMatchObject({
    command: 'redo',
    ok: true,
    down: { direction: 'down', done: [{ tag: '0001_plays', statements: 2 }] },
    up: { direction: 'up', done: [{ tag: '0001_plays', statements: 2 }] },
    losses: [{ name: 'songs.plays' }],
  });
  expect((await cli('rollback', '--steps', '2', '--yes', '--json')).json).toMatchObject({
    command: 'rollback',
    ok: true,
    done: [{ tag: '0001_plays' }, { tag: '0000_songs' }],
    sources: [
      { tag: '0001_plays', source: 'file', path: 'drizzle/0001_plays.down.sql' },
      { tag: '0000_songs', source: 'file', path: 'drizzle/0000_songs.down.sql' },
    ],
  });
  expect((await cli('rollback', '--json')).json).toMatchObject({ ok: true, done: [] });
});

test('nothing to roll back, wrong words, and findings each have their exit code', async () => {
  const { project, cli } = await setup();
  expect((await cli('rollback', '--steps', '2', '--to', '0000_songs')).exitCode).toBe(2);
  expect((await cli('rollback', '--steps', 'two')).exitCode).toBe(2);
  expect((await cli('rollback', '--to', 'nowhere')).exitCode).toBe(2);
  writeFiles(project.root, { 'drizzle/0001_plays.down.sql': '-- migrator: irreversible it is too late\n' });
  const dry = await cli('rollback', '--use-files', '--dry-run');
  expect(dry.exitCode).toBe(0);
  expect(dry.shown).toContain('the SQL that the log kept is used');
  expect(dry.shown).toContain('-- 0001_plays (2 statements) as the log kept it');
  expect((await cli('rollback', '--steps', '2', '--yes')).exitCode).toBe(0);
  expect(await cli('rollback')).toMatchObject({ exitCode: 0, shown: expect.stringContaining('Nothing to roll back.') });
});

test('what cannot be counted is named', async () => {
  const { project, cli } = await setup();
  writeFiles(project.root, { 'drizzle/0001_plays.down.sql': 'select 1;\ndelete from songs;' });
  const { shown } = await cli('rollback', '--use-files');
  expect(shown).toContain('What these would destroy cannot be counted:\n  DELETE (drizzle/0001_plays.down.sql:2)\n');
  expect(shown).toContain('and lose these data?');
});

test('what cannot be undone is refused with its reason', async () => {
  const database = await createDatabase();
  const project = makeProject(database, { '0000_songs': 'select 1;' });
  writeFiles(project.root, { 'drizzle/0000_songs.down.sql': '-- migrator: irreversible the data are merged\n' });
  await runCli(project.root, 'migrate');
  for (const flags of [['--dry-run'], ['--yes']]) {
    const { exitCode, shown } = await runCli(project.root, 'rollback', ...flags);
    expect(exitCode).toBe(3);
    expect(shown).toContain('`0000_songs` cannot be undone: the data are merged');
    expect(shown).toContain('at drizzle/0000_songs.down.sql');
  }
  expect((await runCli(project.root, 'rollback', '--yes', '--json')).json).toMatchObject({
    ok: false,
    command: 'rollback',
    error: { code: 'refused', exitCode: 3 },
    findings: [{ code: 'irreversible' }],
  });
});

test('more steps than are applied: it says how many there are, and undoes those', async () => {
  const { cli } = await setup();
  const dry = await cli('rollback', '--steps', '99', '--dry-run');
  expect(dry.exitCode).toBe(0);
  expect(dry.shown).toContain('`--steps 99` asks for more than there is: only 2 migrations are applied.');
  const asked = await cli('rollback', '--steps', '99');
  expect([asked.exitCode, asked.err]).toEqual([2, expect.stringContaining('Roll back 2 migrations, and lose')]);
  expect((await cli('rollback', '--steps', '99', '--yes', '--json')).json).toMatchObject({
    done: [{ tag: '0001_plays' }, { tag: '0000_songs' }],
    findings: [{ code: 'fewer-applied', severity: 'warning' }],
  });
});

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

test('redo: the log undoes, the edited file is applied; where that fails it says what is left, and migrate goes on', async () => {
  const { project, cli } = await setup();
  writeFiles(project.root, {
    'drizzle/0001_plays.sql': 'alter table songs add plays missing_type;',
    'drizzle/0001_plays.down.sql': 'select 1;',
  });
  const { exitCode, shown } = await cli('redo', '--steps', '2', '--yes');
  expect(exitCode).toBe(4);
  expect(shown).toBe(`Database user@host:5432/database
  ! drizzle/0001_plays.down.sql has changed since \`0001_plays\` was applied: the SQL that the log kept is used. [stored-down]
    at drizzle/0001_plays.down.sql
    Fix: Nothing to do; \`--dry-run\` shows it. \`--use-files\` takes the file as it is now.
To be rolled back, newest first:
  0001_plays  SQL of the log
  0000_songs  drizzle/0000_songs.down.sql
Data that would be lost:
  1 value of column songs.plays (0001_plays)
  2 rows of table songs (0000_songs)
2 migrations to roll back, 3 statements
  ✓ 0001_plays  5 ms
  ✓ 0000_songs  5 ms
Rolled back 2 migrations in 5 ms.
2 migrations to apply, 2 statements
  ✓ 0000_songs  5 ms
  ✗ 0001_plays
Applied 1 migration in 5 ms.
✗ \`0001_plays\` failed in statement 1 of 1: type "missing_type" does not exist (42704) [statement-failed]
  at drizzle/0001_plays.sql:1:29

  > 1 | alter table songs add plays missing_type;
      |                             ^

  Nothing of this migration was kept. Applied by this run: 1. Rolled back, and not applied again: \`0001_plays\`.
  Next: Something the statement needs is not there. Check whether an earlier migration was skipped: \`migrator status\`.
`);
  writeFiles(project.root, { 'drizzle/0001_plays.sql': 'alter table songs add plays bigint;' });
  expect((await cli('migrate')).shown).toBe(`Database user@host:5432/database
1 migration to apply, 1 statement
  ✓ 0001_plays  5 ms
Applied 1 migration in 5 ms.
`);
});

test('an older checkout: the files are gone, the log has the SQL; redo is refused before it asks', async () => {
  const { project, cli } = await setup();
  for (const file of ['0001_plays.sql', '0001_plays.down.sql']) rmSync(join(project.root, 'drizzle', file));
  const journal = join(project.root, 'drizzle/meta/_journal.json');
  const { entries, ...rest } = JSON.parse(readFileSync(journal, 'utf8')) as { entries: unknown[] };
  writeFileSync(journal, JSON.stringify({ ...rest, entries: entries.slice(0, 1) }));
  const refused = `✗ Refused: one finding stands in the way. [refused]

  ✗ \`0001_plays\` could be rolled back, but not applied again: its file is not in this folder. [file-missing]
    Fix: Check out the branch that holds it; or only roll it back, with \`migrator rollback\`.

  Nothing was changed.
`;
  const redo = await cli('redo');
  expect([redo.exitCode, redo.shown]).toEqual([3, refused]);
  expect((await cli('redo', '--dry-run')).exitCode).toBe(3);
  expect((await cli('rollback', '--dry-run')).shown).toBe(`-- Database user@host:5432/database
-- 0001_plays (2 statements) as the log kept it
-- DROP INDEX CONCURRENTLY cannot run in a transaction
-- outside of a transaction, without time limits
drop index concurrently songs_plays;
begin;
set local lock_timeout = '3000ms';
set local statement_timeout = 0;
alter table songs drop column plays;
commit;

1 migration would be rolled back. Nothing was changed.
Data that would be lost:
  1 value of column songs.plays (0001_plays)
`);
  expect((await cli('rollback', '--yes')).shown).toBe(`Database user@host:5432/database
To be rolled back, newest first:
  0001_plays  SQL of the log
Data that would be lost:
  1 value of column songs.plays (0001_plays)
1 migration to roll back, 2 statements
  ✓ 0001_plays  5 ms
Rolled back 1 migration in 5 ms.
`);
});

test('no log, as after drizzle-kit, and an edited or missing file: refused, with what to do', async () => {
  const { database, project, cli } = await setup();
  await database.query('drop table drizzle.__migrator_log');
  writeFiles(project.root, { 'drizzle/0001_plays.sql': 'alter table songs add plays bigint;' });
  const refused = (finding: string) => `✗ Refused: one finding stands in the way. [refused]

${finding}
  Nothing was changed.
`;
  expect((await cli('rollback', '--yes')).shown).toBe(
    refused(`  ✗ \`0001_plays\` was edited after it was applied, and the log did not keep its way back. [down-unsure]
    at drizzle/0001_plays.down.sql
    drizzle/0001_plays.down.sql may undo something else than what was done to this database.
    Fix: Check with \`--dry-run --use-files\` what it does; if that is right, run \`migrator rollback --use-files\`.
`),
  );
  rmSync(join(project.root, 'drizzle/0001_plays.down.sql'));
  expect((await cli('rollback', '--yes')).shown).toBe(
    refused(`  ✗ \`0001_plays\` has no way back: drizzle/0001_plays.down.sql does not exist, and the log has none. [down-missing]
    at drizzle/0001_plays.down.sql
    Fix: Write drizzle/0001_plays.down.sql, or let \`migrator generate --down-only\` do it.
`),
  );
  rmSync(join(project.root, 'drizzle'), { recursive: true });
  expect((await cli('rollback', '--yes')).shown.replace(/, [0-9a-f]{8}\)/, ', 01234567)')).toBe(
    refused(`  ✗ Row 2 of the tracking table (1735689660000, 01234567) belongs to no migration of this folder, and the log does not know it. [down-missing]
    Fix: Check out the branch that holds the migration, with its down file.
`),
  );
});

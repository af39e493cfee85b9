import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { plainText, setup, stamp } from '../repair/harness.js';
import { readEverything } from '../setup/catalog.js';

/** One fault of each part, and one that only a person can decide. */
async function broken() {
  const all = await setup();
  const { database, project, folder } = all;
  await migrate(project);
  folder.write('0003_albums.sql', 'create table albums (id int);');
  folder.write('0001_plays.sql', 'create table listens (id int);');
  await database.query('update drizzle.__drizzle_migrations set created_at = null where id = 1');
  const state = async () => [
    await readEverything(database),
    readFileSync(join(folder.root, 'drizzle/meta/_journal.json'), 'utf8'),
  ];
  return { ...all, state };
}

const PLAN = `Database user@host:5432/database
In the folder
  + Adopts 0003_albums.sql after 0002_likes, stamped <now>. [orphan-file]
  + Makes meta/0003_snapshot.json anew, of a scratch database, as drizzle-kit reads it; on scratch it means what the files make. [snapshot-missing]

In the tracking table
  + Row 1 gets the time of 0000_songs in the journal, ${stamp(0)}; it had none. [restamped-migration]

Left as it is
  ✗ \`0001_plays\` was edited after it was applied: its statements no longer mean the same (applied <hash>, now <hash>). [edited-migration]
    at drizzle/0001_plays.sql
    A database made anew will differ from this one. drizzle-kit does not notice.
    Fix: Restore the file (\`migrator repair --restore 0001_plays\`, or \`git log -- drizzle/0001_plays.sql\`) and put the change into a new migration; or, if the edit is right for this database as it is, run \`migrator repair --accept 0001_plays\`.
`;
const shown = (text: string) => plainText(text).replace(/\b[0-9a-f]{8}\b/g, '<hash>');

test('the plan is shown, and --dry-run changes nothing', async () => {
  const { run, state } = await broken();
  const before = await state();
  const { exitCode, shown: text } = await run('repair', '--dry-run');
  expect([exitCode, shown(text)]).toEqual([
    3,
    `${PLAN}3 repairs planned; nothing was changed. 1 fault must be decided by a flag.\n`,
  ]);
  expect(await state()).toEqual(before);
});

test('where nobody can be asked, --yes is needed', async () => {
  const { run, state } = await broken();
  const before = await state();
  const { exitCode, shown: text } = await run('repair');
  expect(exitCode).toBe(2);
  expect(text).toContain('✗ Do it (3 repairs)? No migration is run. This cannot be asked here. [needs-confirmation]');
  expect(await state()).toEqual(before);
});

test('it is done with --yes; what only a person can decide stays, and the next run takes the flag', async () => {
  const { run } = await broken();
  const first = await run('repair', '--yes');
  expect([first.exitCode, shown(first.shown)]).toEqual([
    3,
    `${PLAN}3 repairs done. 1 fault must be decided by a flag.\n`,
  ]);
  const second = await run('repair', '--yes', '--restore', '0001_plays');
  expect(second).toMatchObject({ exitCode: 0 });
  expect(second.out).toContain('Gives 0001_plays.sql the text back that was applied. [edited-migration]');
  expect(await run('repair')).toMatchObject({ exitCode: 0, out: expect.stringContaining('Nothing to repair.\n') });
});

test('the parts can be run apart', async () => {
  const { run, state } = await broken();
  const [database] = await state();
  expect((await run('repair', '--yes', '--folder')).out).not.toContain('In the tracking table');
  const [sameDatabase, journal] = await state();
  expect(sameDatabase).toEqual(database);
  expect(journal).toContain('0003_albums');
  expect((await run('repair', '--yes', '--database', '--accept', '0001_plays')).out).not.toContain('In the folder');
  const [, sameJournal] = await state();
  expect(sameJournal).toBe(journal);
});

test('--folder needs no database', async () => {
  const { run, database } = await broken();
  const gone = new URL(database.url);
  gone.port = '1';
  expect(await run('repair', '--folder', '--dry-run', '--url', gone.href)).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining('Adopts 0003_albums.sql'),
  });
});

test('--json is the whole plan, with the text of every file', async () => {
  const { run } = await broken();
  const { exitCode, json } = await run('repair', '--dry-run', '--json');
  expect([exitCode, json]).toEqual([
    3,
    {
      command: 'repair',
      ok: false,
      dryRun: true,
      done: false,
      database: expect.any(String),
      steps: [
        { code: 'orphan-file', part: 'folder', tag: '0003_albums', what: expect.any(String) },
        { code: 'snapshot-missing', part: 'folder', tag: '0003_albums', what: expect.any(String) },
        { code: 'restamped-migration', part: 'database', tag: '0000_songs', what: expect.any(String) },
      ],
      files: [
        { path: 'meta/_journal.json', text: expect.stringContaining('0003_albums'), reason: '1 step of the repair' },
        {
          path: 'meta/0003_snapshot.json',
          text: expect.stringContaining('listens'),
          reason: 'the snapshot of 0003_albums',
        },
      ],
      rows: [expect.objectContaining({ action: 'restamp', id: 1, tag: '0000_songs', when: stamp(0) })],
      findings: expect.arrayContaining([expect.objectContaining({ code: 'edited-migration' })]),
    },
  ]);
});

test.each([
  [
    ['--accept', '0001_play'],
    'unknown-migration',
    '`--accept 0001_play`: there is no `0001_play`.',
    'Did you mean `0001_plays`?',
  ],
  [
    ['--forget', '7'],
    'wrong-usage',
    '`--forget 7`: there is no row 7 that belongs to no migration.',
    'Leave it out: there are no such rows.',
  ],
  [
    ['--forget', 'x'],
    'wrong-usage',
    '`--forget x`: that is no id of a row.',
    'Give the number that `migrator status` shows for it.',
  ],
  [
    ['--mark-applied', '0001_plays', '--mark-unapplied', '0001_plays'],
    'wrong-usage',
    '`0001_plays` cannot be marked as applied and as not applied.',
    'Give one of `--mark-applied` and `--mark-unapplied` for it.',
  ],
])('a choice that is about nothing: %j', async (flags, code, message, fix) => {
  const { run } = await broken();
  expect((await run('repair', '--json', ...flags)).json.error).toMatchObject({ code, message, fix });
});

test('the marks of a merge are for rebase', async () => {
  const { run, folder } = await setup();
  folder.write('meta/_journal.json', '<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n');
  expect((await run('repair', '--folder', '--json')).json.error).toMatchObject({
    code: 'journal-malformed',
    fix: 'Run `migrator rebase`: it resolves the merge and puts your migrations on top of the others.',
  });
});

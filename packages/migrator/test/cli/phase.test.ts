import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { makeProject } from '../setup/project.js';

const songs = { '0000_songs': 'create table songs (title text, name text);\n' };
const release = {
  ...songs,
  '0001_plays': 'create table plays (id int);\n',
  '0002_drop_title': '-- migrator: phase=contract\nalter table songs drop column title;\n',
  '0003_likes': 'create table likes (id int);\n',
};

async function setup() {
  const database = await createDatabase();
  const project = makeProject(database, songs);
  const run = (...argv: string[]) => runCli(project.root, ...argv);
  await run('migrate');
  project.write(release);
  return { database, project, run };
}

test('status, dry run and run show phases and what is held back, and the exit code stays 0', async () => {
  const { run } = await setup();
  expect((await run('status')).shown).toMatchInlineSnapshot(`
    "Database user@host:5432/database

       migration        state    phase                            applied at (UTC)     by
    ✓  0000_songs       applied  expand                           2025-06-01 12:00:00  me@here
    ·  0001_plays       pending  expand
    ·  0002_drop_title  pending  contract
    ·  0003_likes       pending  expand (behind 0002_drop_title)

    Not up to date: 1 applied, 3 pending; run \`migrator migrate --phase expand\`.
    "
  `);
  expect((await run('migrate', '--phase', 'expand', '--dry-run')).shown).toMatchInlineSnapshot(`
    "-- Database user@host:5432/database
      i \`0002_drop_title\` is a contract migration, and stays pending. [contract-held-back]
        at drizzle/0002_drop_title.sql
        Fix: Deploy the applications; then run \`migrator migrate --phase contract --wait 10m\`, which waits until nobody uses any more what it takes away.
      ! \`0003_likes\` stays pending too: it stands behind the contract migration \`0002_drop_title\`. [expand-held-back]
        at drizzle/0003_likes.sql
        An application that needs it must not be deployed before the contract migration has run. drizzle-kit would apply both.
        Fix: Run \`migrator migrate --phase contract --wait 10m\` first; or, while no database has either, put it before \`0002_drop_title\`.

    -- 0001_plays (1 statement, expand) drizzle/0001_plays.sql
    begin;
    set local lock_timeout = '3000ms';
    set local statement_timeout = 0;
    create table plays (id int);
    commit;

    1 migration would be applied. Nothing was changed.
    "
  `);
  const done = await run('migrate', '--phase', 'expand');
  expect(done.exitCode).toBe(0);
  expect(done.shown).toMatchInlineSnapshot(`
    "Database user@host:5432/database
      i \`0002_drop_title\` is a contract migration, and stays pending. [contract-held-back]
        at drizzle/0002_drop_title.sql
        Fix: Deploy the applications; then run \`migrator migrate --phase contract --wait 10m\`, which waits until nobody uses any more what it takes away.
      ! \`0003_likes\` stays pending too: it stands behind the contract migration \`0002_drop_title\`. [expand-held-back]
        at drizzle/0003_likes.sql
        An application that needs it must not be deployed before the contract migration has run. drizzle-kit would apply both.
        Fix: Run \`migrator migrate --phase contract --wait 10m\` first; or, while no database has either, put it before \`0002_drop_title\`.
    1 migration to apply, 1 statement
      ✓ 0001_plays  5 ms
    Applied 1 migration in 5 ms.
    "
  `);
  const again = await run('migrate', '--phase', 'expand');
  expect(again.exitCode).toBe(0);
  expect(again.out.split('\n').at(-2)).toBe('Nothing to apply in this phase; 2 migrations held back.');
  expect((await run('status', '--check')).exitCode).toBe(5);
});

test('--json has the phase of each, and what is held back', async () => {
  const { run } = await setup();
  const heldBack = [
    { tag: '0002_drop_title', phase: 'contract' },
    { tag: '0003_likes', phase: 'expand', behind: '0002_drop_title' },
  ];
  const status = (await run('status', '--json')).json;
  expect(status).toMatchObject({ heldBack });
  expect((status.migrations as { tag: string; phase: string }[]).map(({ tag, phase }) => [tag, phase])).toEqual([
    ['0000_songs', 'expand'],
    ['0001_plays', 'expand'],
    ['0002_drop_title', 'contract'],
    ['0003_likes', 'expand'],
  ]);
  expect((await run('migrate', '--phase', 'expand', '--dry-run', '--json')).json).toMatchObject({
    ok: true,
    options: { phase: 'expand' },
    steps: [{ tag: '0001_plays', phase: 'expand' }],
    heldBack,
  });
  expect((await run('migrate', '--phase', 'expand', '--json')).json).toMatchObject({
    ok: true,
    done: [{ tag: '0001_plays' }],
    heldBack,
  });
});

test('a saved plan keeps its phase', async () => {
  const { run, project } = await setup();
  expect((await run('migrate', '--phase', 'expand', '--plan-out', 'plan.json')).exitCode).toBe(0);
  expect(JSON.parse(readFileSync(join(project.root, 'plan.json'), 'utf8'))).toMatchObject({
    options: { phase: 'expand' },
  });
  const { err } = await run('migrate', '--plan', 'plan.json', '--phase', 'contract');
  expect(err).toContain("option '--plan <file>' cannot be used with option '--phase <phase>'");
  const done = await run('migrate', '--plan', 'plan.json', '--json');
  expect(done.json).toMatchObject({ done: [{ tag: '0001_plays' }], heldBack: [{ tag: '0002_drop_title' }, {}] });
});

test('without --phase everything is applied, with a note', async () => {
  const { run } = await setup();
  const { exitCode, shown } = await run('migrate');
  expect(exitCode).toBe(0);
  expect(shown).toMatchInlineSnapshot(`
    "Database user@host:5432/database
      i \`0002_drop_title\` is a contract migration: it takes away what an application that is still running may use. Nobody was asked. [contract-ungated]
        at drizzle/0002_drop_title.sql
        Fix: Where applications run meanwhile, use \`migrator migrate --phase expand\`, deploy them, and then run \`migrator migrate --phase contract --wait 10m\`.
    3 migrations to apply, 3 statements
      ✓ 0001_plays  5 ms
      ✓ 0002_drop_title  5 ms
      ✓ 0003_likes  5 ms
    Applied 3 migrations in 5 ms.
    "
  `);
});

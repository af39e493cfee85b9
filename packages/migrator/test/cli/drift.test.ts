import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { EMPTY_SNAPSHOT } from '../../src/generate/snapshot.js';
import { readEverything } from '../setup/catalog.js';
import { openPage } from '../setup/chromium.js';
import { runCli } from '../setup/cli.js';
import { createDatabase, serverUrl } from '../setup/database.js';
import { makeFolder, makeProject, writeFiles } from '../setup/project.js';

const HISTORY = {
  '0000_songs': 'create table songs (id int primary key, title text);\ncreate index songs_title on songs (title);',
  '0001_plays': 'alter table songs add plays int not null default 0;',
};
const PENDING = { '0002_likes': 'alter table songs add likes int;' };

/** A database with a history, and what was done to it by hand since. */
async function drifted(byHand = '', files: Readonly<Record<string, string>> = HISTORY) {
  const database = await createDatabase();
  const project = makeProject(database, HISTORY);
  await migrate(project);
  if (byHand) await database.query(byHand);
  project.write(files);
  const run = (...argv: string[]) => runCli(project.root, ...argv);
  const drift = (...argv: string[]) => run('drift', '--scratch-url', serverUrl(), ...argv);
  return { database, project, run, drift };
}

const BY_HAND = `drop index songs_title; alter table songs alter title set not null;
  create table notes (id int generated always as identity, note text); comment on table notes is 'by hand'`;

test('a database that is what its migrations make has no drift; what is pending is told apart', async () => {
  const { drift } = await drifted('', { ...HISTORY, ...PENDING });
  const { exitCode, shown } = await drift('--check');
  expect(shown).toBe(`Database user@host:5432/database

No drift. The database is what its 2 applied migrations make (1 migration pending, which is no drift).
Running 2 applied migrations on a scratch database.
`);
  expect(exitCode).toBe(0);
});

test('drift is told object by object, with what was expected, what is there, and the SQL both ways', async () => {
  const { database, drift } = await drifted(BY_HAND);
  const before = await readEverything(database);
  const { exitCode, out, shown } = await drift();
  expect(out).not.toContain('scratch');
  expect(shown.replace(/^Running.*\n/m, '')).toBe(`Database user@host:5432/database

  ✗ column public.songs.title: it differs [column:public.songs.title]
    expected: text
    actual:   text not null
    mend:     alter table "public"."songs" alter column "title" drop not null;
    adopt:    alter table "public"."songs" alter column "title" set not null;

  ✗ index public.songs_title: the database lacks it [index:public.songs_title]
    expected: CREATE INDEX songs_title ON public.songs USING btree (title)
    mend:     CREATE INDEX CONCURRENTLY songs_title ON public.songs USING btree (title);
    adopt:    drop index "public"."songs_title";

  ✗ table public.notes: no migration makes it, with 3 objects in it [table:public.notes]
    actual:   table
    mend:     drop table "public"."notes";
    ! Mending it destroys what is stored there.
    adopt:    create table "public"."notes" (
                "id" integer not null generated always as identity,
                "note" text
              );
              comment on table "public"."notes" is 'by hand';

Drift: 3 objects are not what its 2 applied migrations make. Nothing was changed.
  Mend the database:  \`migrator drift --sql mend\` prints the statements, in an order that works
  Keep what it has:   \`migrator drift --adopt <name>\` writes it as a migration
  Leave it so:        \`migrator drift --accept 'column:public.songs.title' --reason <why>\`
`);
  expect(exitCode).toBe(0);
  expect(await drift('--check')).toMatchObject({ exitCode: 5 });
  expect(await readEverything(database)).toEqual(before);
});

test('--sql prints a script that psql takes', async () => {
  const { database, drift } = await drifted(BY_HAND);
  const { out, shown } = await drift('--sql', 'mend');
  expect(
    shown.replace(/^Running.*\n/m, ''),
  ).toBe(`-- migrator drift: makes user@host:5432/database what its applied migrations make. Read it first: nothing has run it.
-- Statement by statement, not in one transaction: indexes are built CONCURRENTLY.
-- Destroys what is stored in table public.notes.
drop table "public"."notes";
alter table "public"."songs" alter column "title" drop not null;
CREATE INDEX CONCURRENTLY songs_title ON public.songs USING btree (title);
`);
  for (const statement of out.split(/;\n/)) if (statement.trim()) await database.query(statement);
  expect(await drift('--check')).toMatchObject({ exitCode: 0 });
  expect((await drift('--sql', 'mend')).out).toMatch(/^-- No drift: .*\n$/);
});

test('--json is the whole report', async () => {
  const { drift } = await drifted('drop index songs_title', { ...HISTORY, ...PENDING });
  const { exitCode, json } = await drift('--json', '--check');
  expect(exitCode).toBe(5);
  expect(json).toEqual({
    command: 'drift',
    ok: true,
    database: expect.any(String),
    applied: ['0000_songs', '0001_plays'],
    pending: ['0002_likes'],
    differences: [
      {
        key: 'index:public.songs_title',
        kind: 'index',
        name: 'public.songs_title',
        change: 'missing',
        expected: 'CREATE INDEX songs_title ON public.songs USING btree (title)',
        of: 'table:public.songs',
        parts: [],
        mend: ['CREATE INDEX CONCURRENTLY songs_title ON public.songs USING btree (title)'],
        adopt: ['drop index "public"."songs_title"'],
      },
    ],
    mend: {
      statements: ['CREATE INDEX CONCURRENTLY songs_title ON public.songs USING btree (title)'],
      impossible: [],
    },
    adopt: { statements: ['drop index "public"."songs_title"'], impossible: [] },
    accepted: [],
    leftOut: [],
    findings: [],
    servers: { live: expect.any(Number), scratch: expect.any(Number) },
    durations: { replay: expect.any(Number), read: expect.any(Number), compare: expect.any(Number) },
    drifted: true,
  });
});

test('--html is a page that opens in a browser and takes everything for text', async () => {
  const attack = `<script>document.title = 'taken'</script>`;
  const { drift } = await drifted(`${BY_HAND}; comment on column songs.title is $$${attack}$$`);
  const path = join(makeFolder(), 'drift.html');
  expect(await drift('--html', path)).toMatchObject({ exitCode: 0 });
  expect(readFileSync(path, 'utf8')).not.toContain(attack);
  const { dom, console } = openPage(path);
  expect(console).toEqual([]);
  expect(dom).toContain('<title>migrator drift</title>');
  expect(dom).toContain(
    'table public.notes: no migration makes it<span class="badge warning">mending destroys data</span>',
  );
  expect(dom).toContain('CREATE INDEX CONCURRENTLY songs_title');
  expect(dom).toContain('&lt;script&gt;');
  expect(await drift('--html', join(path, 'x'))).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('The page cannot be written'),
  });
}, 180_000);

test('what is accepted with a reason is no drift until it changes again; what nothing needs any more is told', async () => {
  const { database, project, drift } = await drifted(BY_HAND);
  const accepted = await drift(
    '--accept',
    'table:public.notes',
    '--accept',
    'index:*',
    '--reason',
    'made by the report tool',
  );
  expect(accepted).toMatchObject({
    exitCode: 0,
    out: `  + index:public.songs_title: made by the report tool
  + table:public.notes: made by the report tool
Written to drift-accepted.json; commit it. 1 difference not accepted.
`,
  });
  expect(readFileSync(join(project.root, 'drift-accepted.json'), 'utf8')).toBe(`{
  "version": 1,
  "accepted": [
    {
      "object": "index:public.songs_title",
      "change": "missing",
      "reason": "made by the report tool"
    },
    {
      "object": "table:public.notes",
      "change": "unexpected",
      "actual": "table",
      "reason": "made by the report tool"
    }
  ]
}
`);
  await drift('--accept', 'column:public.songs.title', '--reason', 'to be done');
  const { exitCode, out } = await drift('--check');
  expect(exitCode).toBe(0);
  expect(out).toContain(`Accepted
  · column public.songs.title: it differs: to be done
  · index public.songs_title: the database lacks it: made by the report tool
  · table public.notes: no migration makes it: made by the report tool
`);
  expect(out).toContain('(3 known differences accepted)');
  await database.query('create index songs_title on songs (title); alter table songs alter title type varchar(9)');
  const later = await drift('--check');
  expect(later.exitCode).toBe(5);
  expect(
    later.out,
  ).toContain(`  ! \`column:public.songs.title\` is accepted as drift, and has none of that kind. [drift-accepted-unused]
    at drift-accepted.json
    Should it drift again, nobody would be told.
    Fix: Take the entry out of the file.
`);
  expect(later.out).toContain('`index:public.songs_title` is accepted as drift');
});

test.each([
  [['--accept', 'index:x'], '`--accept` needs a reason.'],
  [['--accept', 'index:x', '--reason', 'why'], '`--accept index:x`: nothing of that name has drifted.'],
  [['--reason', 'why'], '`--reason` belongs to `--accept`.'],
  [['--dry-run'], '`--dry-run` belongs to `--adopt`.'],
  [['--sql', 'mend', '--adopt', 'x'], '--adopt and --sql exclude each other.'],
  [['--adopt', 'update'], '`update` '],
])('refused: %j', async (argv, message) => {
  const { drift, project } = await drifted('drop index songs_title');
  const { exitCode, err } = await drift(...argv);
  expect([exitCode, err.replace(/^Running.*\n/m, '')]).toEqual([2, expect.stringContaining(message)]);
  expect(existsSync(join(project.root, 'drift-accepted.json'))).toBe(false);
});

test('a file of accepted drift that nobody can read is an error, with all its faults', async () => {
  const { drift, project } = await drifted();
  writeFileSync(
    join(project.root, 'drift-accepted.json'),
    '{"accepted":[{"object":"songs"},{"object":"index:x","reason":"y","change":"gone"}]}',
  );
  const { exitCode, err } = await drift();
  expect(exitCode).toBe(2);
  expect(err).toContain(`✗ The file of accepted drift cannot be used. [invalid-config]
  at ${join(project.root, 'drift-accepted.json')}

  - \`accepted[0]\` must name its \`object\`, such as \`index:public.songs_title_idx\`.
  - \`accepted[0]\` must have a \`reason\`.
  - \`accepted[1]\`: \`change\` must be one of missing, unexpected, changed.
`);
});

test('--adopt writes a migration, proven both ways, after which nothing has drifted', async () => {
  const { database, project, run, drift } = await drifted(BY_HAND);
  const snapshot = {
    ...EMPTY_SNAPSHOT,
    id: '00000000-0000-0000-0000-000000000002',
    prevId: '00000000-0000-0000-0000-000000000001',
  };
  writeFiles(project.migrationsFolder, { 'meta/0001_snapshot.json': snapshot });
  expect((await drift('--adopt', 'keep_notes', '--dry-run')).out).toMatch(/Nothing was written\.\n$/);
  expect(existsSync(join(project.migrationsFolder, '0002_keep_notes.sql'))).toBe(false);
  expect(
    (await drift('--adopt', 'keep_notes')).out,
  ).toBe(`Wrote drizzle/0002_keep_notes.sql and drizzle/0002_keep_notes.down.sql: proven on scratch, both ways.
This database has it already: \`migrator repair --mark-applied 0002_keep_notes\`.
What schema.ts can say, say there too; then \`migrator repair --rebuild-snapshot 0002_keep_notes\` tells drizzle-kit.
`);
  expect(
    readFileSync(join(project.migrationsFolder, '0002_keep_notes.sql'), 'utf8'),
  ).toBe(`-- What a database had that no migration made: adopted by \`migrator drift --adopt\`.
drop index "public"."songs_title";
--> statement-breakpoint
create table "public"."notes" (
  "id" integer not null generated always as identity,
  "note" text
);
--> statement-breakpoint
comment on table "public"."notes" is 'by hand';
--> statement-breakpoint
alter table "public"."songs" alter column "title" set not null;
`);
  // Until the database is told, the same is drift still, and says why; it is not adopted twice.
  expect((await drift()).out).toContain(`
  ! The database has all that \`0002_keep_notes\` makes, and no row of it: to the tracking table it is pending. [drift-pending]
    at drizzle/0002_keep_notes.sql
    \`migrator migrate\` would run it a second time, and Postgres refuses what is there already. What it makes shows as drift, and the SQL that mends would take it away.
    Fix: If its SQL was run by hand, or the migration adopts what was there, run \`migrator repair --mark-applied 0002_keep_notes\`.
`);
  expect((await drift('--adopt', 'keep_notes_again')).err).toContain(
    'The database has all that `0002_keep_notes` makes: if it was adopted, or run by hand, run `migrator repair --mark-applied 0002_keep_notes`.',
  );
  expect(await run('repair', '--database', '--mark-applied', '0002_keep_notes', '--yes')).toMatchObject({
    exitCode: 0,
  });
  expect(await drift('--check')).toMatchObject({ exitCode: 0 });
  expect((await drift('--adopt', 'once_more_notes')).out).toBe('No drift: there is nothing to adopt.\n');
  // A new database gets it by the migration, and gives it back.
  const fresh = await createDatabase();
  expect(await run('migrate', '--url', fresh.url)).toMatchObject({ exitCode: 0 });
  expect(await drift('--check', '--url', fresh.url)).toMatchObject({ exitCode: 0 });
  expect(await run('rollback', '--yes', '--url', fresh.url)).toMatchObject({ exitCode: 0 });
  expect(await drift('--check', '--url', fresh.url)).toMatchObject({ exitCode: 0 });
  expect(await database.query('select from notes')).toEqual([]);
}, 60_000);

test('--adopt tells what the migration destroys where it is still there', async () => {
  const { drift, project } = await drifted('alter table songs drop column plays');
  writeFiles(project.migrationsFolder, {
    'meta/0001_snapshot.json': { ...EMPTY_SNAPSHOT, id: '00000000-0000-0000-0000-000000000002' },
  });
  expect((await drift('--adopt', 'drop_song_plays', '--dry-run')).out).toContain(
    '! Wherever column public.songs.plays is still, it destroys what is stored there.\n',
  );
});

test('--adopt waits for what is pending', async () => {
  const { drift } = await drifted(BY_HAND, { ...HISTORY, ...PENDING });
  expect(await drift('--adopt', 'keep_notes')).toMatchObject({
    exitCode: 3,
    err: expect.stringContaining('`0002_likes` is pending here'),
  });
});

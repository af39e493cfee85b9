import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { runCli } from '../setup/cli.js';
import { makeDrizzleFolder } from '../setup/drizzle-kit.js';
import { writeFiles } from '../setup/project.js';

const schema = (...columns: string[]) => `import { integer, pgTable, text } from 'drizzle-orm/pg-core';
export const songs = pgTable('songs', { id: integer().primaryKey(), ${columns.join(', ')} });\n`;

async function setup() {
  const root = makeDrizzleFolder();
  writeFiles(root, {
    'schema.ts': schema('title: text().notNull()'),
    'drizzle.config.json': { dialect: 'postgresql', schema: './schema.ts', out: './drizzle' },
  });
  const run = (...argv: string[]) => runCli(root, ...argv, '--scratch-url', inject('serverUrl'));
  const write = (files: Readonly<Record<string, string>>) => writeFiles(root, files);
  const git = (...args: string[]) => {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'init.defaultBranch=main'];
    const { status, stderr } = spawnSync('git', [...identity, ...args], { cwd: root, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, expect.anything()]);
  };
  await run('generate', 'create_songs');
  return { root, run, write, git };
}

const untimed = (text: string) => text.replace(/\d+(?:\.\d+)? m?s\b/g, 'N ms');

test('a good history: each migration up, down and up again', async () => {
  const { run } = await setup();
  const { exitCode, out } = await run('check');
  expect([exitCode, untimed(out)]).toEqual([
    0,
    '  ✓ 0000_create_songs  up, down, up, N ms\n\nGood. 1 migration; 1 proven up, down and up again.\n',
  ]);
});

test.each(['', 'drizzle'])('a folder without any config is checked by the defaults, from %j', async (below) => {
  const { root, run } = await setup();
  rmSync(join(root, 'drizzle.config.json'));
  rmSync(join(root, 'schema.ts'));
  const there = (...argv: string[]) => runCli(join(root, below), ...argv, '--scratch-url', inject('serverUrl'));
  const { exitCode, json } = await there('check', '--json');
  expect([exitCode, json.migrations]).toEqual([0, 1]);
  expect(json.findings).toEqual([
    expect.objectContaining({
      code: 'schema-not-compared',
      at: { file: below ? '.' : 'drizzle' },
      message: 'No schema was compared with the migrations: no config names one.',
    }),
  ]);
  expect((await run('check', '--config', 'other.ts')).err).toContain('[no-config]');
  expect((await runCli(root, 'status')).err).toContain('[no-config]');
});

test('a folder without any config whose journal is lost says that', async () => {
  const { root, run } = await setup();
  rmSync(join(root, 'drizzle.config.json'));
  rmSync(join(root, 'drizzle', 'meta', '_journal.json'));
  const { exitCode, err } = await run('check', '--skip-rehearsal');
  expect([exitCode, err]).toEqual([3, expect.stringContaining('[journal-missing]')]);
});

test('a schema that nobody generated a migration of is refused', async () => {
  const { run, write } = await setup();
  write({ 'schema.ts': schema('title: text().notNull()', 'plays: integer()') });
  const { exitCode, out } = await run('check');
  expect([exitCode, out]).toEqual([3, expect.stringContaining('[schema-not-generated]')]);
  expect(out).toContain('ALTER TABLE "songs" ADD COLUMN "plays" integer');
});

test('custom SQL must get its way back', async () => {
  const { run, write } = await setup();
  await run('generate', 'fill_titles', '--custom');
  write({ 'drizzle/0001_fill_titles.sql': `update songs set title = 'x';` });
  expect((await run('check')).out).toContain('The way back of `0001_fill_titles` is empty. [down-empty]');
  write({ 'drizzle/0001_fill_titles.down.sql': '-- migrator: irreversible titles are gone\n' });
  const { exitCode, out } = await run('check');
  expect([exitCode, out]).toEqual([0, expect.stringContaining('· 0001_fill_titles  up; no way back')]);
});

test('a history of drizzle-kit without downs is told once, and is good', async () => {
  const { root, run } = await setup();
  rmSync(join(root, 'drizzle/0000_create_songs.down.sql'));
  const { exitCode, out } = await run('check');
  expect([exitCode, out]).toEqual([0, expect.stringContaining('`0000_create_songs` has no way back. [down-missing]')]);
});

test('--json is the whole report; a down that forgets something is an error in it', async () => {
  const { run, write } = await setup();
  write({ 'drizzle/0000_create_songs.down.sql': 'select 1;' });
  const { exitCode, json } = await run('check', '--json');
  expect([exitCode, json]).toEqual([
    3,
    {
      command: 'check',
      ok: false,
      migrations: 1,
      checked: ['0000_create_songs'],
      findings: [expect.objectContaining({ code: 'down-differs', tag: '0000_create_songs' })],
      trips: [
        {
          tag: '0000_create_songs',
          outcome: 'failed',
          withRows: true,
          rows: 'made-up',
          durationMs: expect.any(Number),
        },
      ],
      rehearsals: [
        {
          tag: '0000_create_songs',
          path: 'drizzle/0000_create_songs.sql',
          serverVersion: expect.any(Number),
          durationMs: expect.any(Number),
          blocking: [],
          statements: [
            expect.objectContaining({ index: 0, kind: 'CreateStmt', mode: 'transaction', measured: 'exact' }),
          ],
        },
      ],
      classifications: [{ tag: '0000_create_songs', phase: 'expand', changes: [] }],
    },
  ]);
});

test('--since tries what a branch has added; --skip-rehearsal runs nothing', async () => {
  const { root, run, write, git } = await setup();
  git('init', '-q');
  git('add', 'drizzle', 'schema.ts');
  git('commit', '-qm', 'base');
  write({ 'schema.ts': schema('title: text().notNull()', 'plays: integer()') });
  await run('generate', 'add_song_plays');
  const since = await run('check', '--since', 'main', '--json');
  expect(since.json).toMatchObject({
    ok: true,
    migrations: 2,
    checked: ['0001_add_song_plays'],
    trips: [{ outcome: 'proven' }],
  });
  expect((await run('check', '--skip-rehearsal', '--json')).json).toMatchObject({ ok: true, trips: [] });
  const unknown = await run('check', '--since', 'nowhere');
  expect([unknown.exitCode, unknown.err]).toEqual([2, expect.stringContaining('git knows no revision `nowhere`')]);
  expect(root).toBeTruthy();
});

test('a fault of the folder is told, and nothing is run upon it', async () => {
  const { root, run } = await setup();
  rmSync(join(root, 'drizzle/0000_create_songs.sql'));
  const { exitCode, json } = await run('check', '--json');
  expect([exitCode, json]).toEqual([3, expect.objectContaining({ trips: [] })]);
});

/** The names of all fields of a document. */
function fieldsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...fieldsOf(inner)]);
}

test('docs/check-json.md has every field', async () => {
  const { run, write } = await setup();
  await run('generate', 'count_plays', '--custom');
  write({
    'drizzle/0001_count_plays.sql':
      'alter table songs add column plays int default random(); create index on songs (plays); alter table songs drop column title; create table parts (day date) partition by range (day); create table part partition of parts default;',
    'drizzle/0001_count_plays.down.sql': '-- migrator: irreversible gone\n',
    'sizes.json': JSON.stringify({ version: 1, tables: { 'public.songs': { rows: 1e8, bytes: 4e10 } } }),
  });
  const { json } = await run('check', '--json', '--stats', 'sizes.json');
  const fields = [...new Set(fieldsOf(json))];
  const page = readFileSync(new URL('../../../../docs/check-json.md', import.meta.url), 'utf8');
  expect(fields).toEqual(expect.arrayContaining(['parent', 'rewrites', 'seconds', 'fixable', 'changes']));
  expect(fields.filter((name) => !new RegExp(`[\`.]${name}\``).test(page))).toEqual([]);
});

test('what a migration locks is told below it, ranked by the sizes of production; the page is written', async () => {
  const { root, run, write } = await setup();
  write({ 'schema.ts': schema('title: text().notNull()', 'plays: integer()') });
  await run('generate', 'add_song_plays');
  write({
    'drizzle/0001_add_song_plays.sql': `do $$ begin alter table songs add column plays integer; update songs set title = 'x'; end $$;\n`,
    'sizes.json': JSON.stringify({ version: 1, tables: { 'public.songs': { rows: 120e6, bytes: 41e9 } } }),
  });
  const { out } = await run('check', '--skip-lint', '--rows', '30', '--stats', 'sizes.json', '--html', 'report.html');
  expect(untimed(out)).toContain(
    '  ✓ 0001_add_song_plays  up, down, up, N ms\n      public.songs: ACCESS EXCLUSIVE, 30 rows read, held N ms until the commit\n',
  );
  expect(out).toContain('public.songs: ACCESS EXCLUSIVE, scan of 41 GB, about 2 min at 400 MB/s. [rehearsal-blocks]');
  expect(readFileSync(join(root, 'report.html'), 'utf8')).toContain('about 2 min at 400 MB/s');
  const sql = readFileSync(join(root, 'drizzle/0001_add_song_plays.sql'), 'utf8');
  write({ 'drizzle/0001_add_song_plays.sql': `-- migrator: allow rehearsal-blocks at night\n${sql}` });
  expect((await run('check')).out).not.toMatch(/rehearsal-blocks|suppression/);
});

test('what only a rehearsal sees has the severity that the settings say, and can be allowed', async () => {
  const { run, write } = await setup();
  await run('generate', 'tighten_titles', '--custom');
  const path = 'drizzle/0001_tighten_titles.sql';
  const drop = "DO $$ BEGIN EXECUTE 'ALTER TABLE songs DROP COLUMN title'; END $$;\n";
  write({ [path]: drop, 'drizzle/0001_tighten_titles.down.sql': '-- migrator: irreversible gone\n' });
  const severity = async (...argv: string[]) => {
    const { json } = await run('check', '--json', ...argv);
    const findings = json.findings as { code: string; severity: string }[];
    return findings.find(({ code }) => code === 'contract-in-expand')?.severity;
  };
  expect(await severity()).toBe('warning');
  expect(await severity('--rule', 'contract-in-expand=error')).toBe('error');
  expect(await severity('--rule', 'contract-in-expand=error', '--skip-lint')).toBe('error');
  expect(await severity('--rule', 'contract-in-expand=off')).toBeUndefined();
  write({ [path]: `-- migrator: phase=contract\nSELECT 1;\n` });
  const told = async () => {
    const { json } = await run('check', '--json', '--rule', 'contract-without-break=error');
    return (json.findings as { code: string }[])
      .map(({ code }) => code)
      .filter((code) => /contract|suppression/.test(code));
  };
  expect(await told()).toEqual(['contract-without-break']);
  write({ [path]: `-- migrator: phase=contract\n-- migrator: allow contract-without-break rows go\nSELECT 1;\n` });
  expect(await told()).toEqual([]);
}, 60_000);

test('a suppression of what a rehearsal finds is told where it finds nothing', async () => {
  const { run, write } = await setup();
  await run('generate', 'second', '--custom');
  const told = async (sql: string, ...argv: string[]) => {
    write({ 'drizzle/0001_second.sql': sql, 'drizzle/0001_second.down.sql': '-- migrator: irreversible test\n' });
    const { json } = await run('check', '--json', '--rule', 'drop-column=off', ...argv);
    const findings = json.findings as readonly {
      code: string;
      severity: string;
      at?: { line?: number; column?: number };
    }[];
    return findings
      .filter(({ code }) => /contract-in|suppression/.test(code))
      .map(({ code, severity, at }) => `${severity} ${code} ${at?.line}:${at?.column}`);
  };
  const drop = 'alter table songs drop column title;';
  expect(await told(drop)).toEqual(['warning contract-in-expand 1:undefined']);
  expect(await told(`-- migrator: allow contract-in-expand nobody reads it\n${drop}`)).toEqual([]);
  const inVain = 'select 1;\n  -- migrator: allow contract-in-expand nobody reads it\nselect 2;';
  expect(await told(inVain)).toEqual(['warning unused-suppression 2:3']);
  expect(await told(inVain, '--skip-lint')).toEqual([]);
  expect(await told(inVain, '--skip-rehearsal')).toEqual([]);
  expect(await told(inVain, '--rule', 'contract-in-expand=off')).toEqual([]);
});

test('a number of rows that is none is refused before anything runs', async () => {
  const { run } = await setup();
  const { exitCode, err } = await run('check', '--rows', 'many');
  expect([exitCode, err]).toEqual([2, expect.stringContaining('`--rows many` is not a number of rows.')]);
});

test('custom SQL that the schema could have said and does not is told; what only SQL can say is not', async () => {
  const { run, write } = await setup();
  await run('generate', 'count_songs', '--custom');
  const custom = (sql: string) =>
    write({
      'drizzle/0001_count_songs.sql': sql,
      'drizzle/0001_count_songs.down.sql': '-- migrator: irreversible test\n',
    });
  custom(`create function songs_count() returns bigint language sql as 'select count(*) from songs';
create domain mood as text; comment on table songs is 'all of them'; alter table songs set (fillfactor = 90);`);
  expect((await run('check', '--json')).json).toMatchObject({ ok: true, findings: [] });
  custom('alter table songs alter column title drop not null; create table strays (id int);');
  const { out } = await run('check', '--skip-lint');
  expect(out).toContain(
    'The migrations do not make what the schema says: changed column public.songs.title; unexpected table public.strays. public.songs.title: the schema says `text not null`, the migrations make `text`. [snapshot-not-replay]',
  );
});

test('a change that was written by hand, and no snapshot, is told from one that nobody has written', async () => {
  const { run, write } = await setup();
  await run('generate', 'add_plays_by_hand', '--custom');
  write({
    'schema.ts': schema('title: text().notNull()', 'plays: integer()'),
    'drizzle/0001_add_plays_by_hand.sql': 'alter table songs add column plays integer;',
    'drizzle/0001_add_plays_by_hand.down.sql': 'alter table songs drop column plays;',
  });
  const { exitCode, json } = await run('check', '--json');
  expect([exitCode, json]).toEqual([
    3,
    expect.objectContaining({
      findings: [
        {
          code: 'snapshot-not-replay',
          severity: 'error',
          tag: '0001_add_plays_by_hand',
          at: { file: './schema.ts' },
          message: 'The migrations make what the schema says, and the newest snapshot does not say it.',
          consequence:
            'The next `generate` writes the same changes again, and they fail wherever the migrations were applied.',
          fix: 'Run `migrator repair --rebuild-snapshot 0001_add_plays_by_hand`: it makes it anew, of what the files do.',
        },
      ],
    }),
  ]);
  write({ 'schema.ts': schema('title: text().notNull()', 'plays: integer()', 'likes: integer()') });
  const more = await run('check', '--skip-lint');
  expect([more.exitCode, more.out]).toEqual([
    3,
    expect.stringContaining(
      'The newest snapshot does not say what the files make: unexpected column public.songs.plays. The schema has changes besides. [snapshot-not-replay]',
    ),
  ]);
  expect(more.out).not.toContain('schema-not-generated');
  write({ 'schema.ts': schema('title: text().notNull()', 'plays: integer()') });
  await run('repair', '--rebuild-snapshot', '0001_add_plays_by_hand', '--folder', '--yes');
  const mended = await run('check');
  expect([mended.exitCode, mended.out]).toEqual([0, expect.not.stringContaining('[')]);
});

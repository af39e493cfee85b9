import { expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { planRollback, rollback } from '../../src/api/rollback.js';
import { openTrash, type Parking, parkColumn, parkTable } from '../../src/recoverable/index.js';
import { readEverything } from '../setup/catalog.js';
import { failureOf, runCli } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { makeProject, writeFiles } from '../setup/project.js';

interface Case {
  /** Before anything is parked; `songs` has an `id`. */
  readonly schema: string;
  readonly parking: Parking;
  readonly dropped?: string;
  readonly made?: string;
  readonly meanwhile: string;
  readonly mended: string;
  readonly message: string;
  readonly fix: string;
}

const place = { migration: '0001_drop' };
const parked = (column: string, more = {}) =>
  parkColumn(place, { schema: 'public', table: 'songs', column, notNull: false, ...more });

const CASES: Readonly<Record<string, Case>> = {
  unique: {
    schema: `alter table songs add code text constraint songs_code unique; insert into songs select n, n from generate_series(1, 5) n;`,
    parking: parked('code', { unique: true }),
    dropped: 'alter table songs drop constraint songs_code;',
    made: 'alter table songs add constraint songs_code unique (code);',
    meanwhile: `update songs set __dropped_0001_code = 'same' where id < 4`,
    mended: 'update songs set __dropped_0001_code = id',
    message: '3 rows of songs share their code with another, which the rollback makes unique again (`songs_code`).',
    fix: 'Change or delete all but one of each: `select "code", count(*) from (select "__dropped_0001_code" as "code" from "songs") as "songs" where "code" is not null group by 1 having count(*) > 1` shows them.',
  },
  'unique index of an expression': {
    schema: `alter table songs add code text; create unique index songs_lower on songs (lower(code)) where id > 0;`,
    parking: parked('code', { unique: true }),
    dropped: 'drop index songs_lower;',
    made: 'create unique index songs_lower on "songs" (lower("code")) where "id" > 0;',
    meanwhile: `insert into songs values (1, 'A'), (2, 'a'), (-1, 'a')`,
    mended: 'delete from songs where id = 2',
    message:
      '2 rows of songs share their lower("code") with another, which the rollback makes unique again (`songs_lower`).',
    fix: 'Change or delete all but one of each: `select lower("code"), count(*) from (select "__dropped_0001_code" as "code", "id" as "id" from "songs") as "songs" where ("id" > 0) and lower("code") is not null group by 1 having count(*) > 1` shows them.',
  },
  check: {
    schema: `alter table songs add plays int constraint songs_plays check (plays > 0);`,
    parking: parked('plays'),
    dropped: 'alter table songs drop constraint songs_plays;',
    made: 'alter table "songs" add constraint "songs_plays" check ("songs"."plays" > 0);',
    meanwhile: 'insert into songs values (1, 0), (2, 1), (3, null)',
    mended: 'delete from songs where id = 1',
    message: '1 row of songs violates a check that the rollback makes again (`songs_plays`).',
    fix: 'Change or delete them: `select * from (select "__dropped_0001_plays" as "plays" from "songs") as "songs" where not ("songs"."plays" > 0)` shows them.',
  },
  'foreign key of a column': {
    schema: `create table albums (id int primary key); insert into albums values (1), (2); alter table songs add album_id int constraint songs_album references albums; insert into songs values (1, 1), (2, 2), (3, null);`,
    parking: parked('album_id'),
    dropped: 'alter table songs drop constraint songs_album;',
    made: 'alter table songs add constraint songs_album foreign key (album_id) references public.albums (id);',
    meanwhile: 'delete from albums where id = 2',
    mended: 'insert into albums values (2)',
    message:
      '1 row of songs points with album_id at no row of public.albums, and the rollback makes that foreign key again (`songs_album`).',
    fix: 'Insert the rows that they point at, point them elsewhere, or delete them: `select * from (select "__dropped_0001_album_id" as "album_id" from "songs") as "child" where child."album_id" is not null and not exists (select from "public"."albums" as "parent" where parent."id" = child."album_id")` shows them.',
  },
  'foreign key to a parked table': {
    schema: 'create table plays (song_id int constraint plays_song references songs); insert into songs values (1);',
    parking: parkTable(place, { schema: 'public', table: 'songs' }),
    dropped: 'alter table plays drop constraint plays_song;',
    made: 'alter table plays add constraint plays_song foreign key (song_id) references songs (id);',
    meanwhile: 'insert into plays values (1), (7), (8), (null)',
    mended: 'delete from plays where song_id > 1',
    message:
      '2 rows of plays point with song_id at no row of songs, and the rollback makes that foreign key again (`plays_song`).',
    fix: 'Insert the rows that they point at, point them elsewhere, or delete them: `select * from "plays" as "child" where child."song_id" is not null and not exists (select from "migrator_trash_0001_songs"."songs" as "parent" where parent."id" = child."song_id")` shows them.',
  },
  exclusion: {
    schema: `alter table songs add during int4range, add constraint songs_during exclude using gist (during with &&);`,
    parking: parked('during'),
    dropped: 'alter table songs drop constraint songs_during;',
    made: 'alter table songs add constraint songs_during exclude using gist (during with &&);',
    meanwhile: `insert into songs values (1, '[1,5)'), (2, '[4,6)'), (3, '[6,7)'), (4, null)`,
    mended: 'delete from songs where id = 2',
    message: '2 rows of songs collide with another in during, which the rollback excludes again (`songs_during`).',
    fix: 'Change or delete all but one of each: `with found as materialized (select row_number() over () as row, (during) as e0 from (select "__dropped_0001_during" as "during" from "songs") as "songs") select * from found a where exists (select from found b where a.row <> b.row and a.e0 operator(&&) b.e0)` shows them.',
  },
};

async function setup({ schema, parking, dropped = '', made = '' }: Case) {
  const database = await createDatabase();
  const project = makeProject(database, {
    '0000_songs': `create table songs (id int primary key);${schema}`,
    '0001_drop': [...openTrash(), `${dropped}${parking.up.join(';')}`].join(';'),
  });
  writeFiles(project.root, { 'drizzle/0001_drop.down.sql': `${parking.down.join(';')};\n${made}` });
  await migrate(project);
  return { database, project };
}

test.each(Object.entries(CASES))(
  '%s: refused with the number of rows, before anything is changed',
  async (_name, one) => {
    const { database, project } = await setup(one);
    await database.query(one.meanwhile);
    const before = await readEverything(database);

    const { plan } = await planRollback(project);
    expect(plan.findings).toEqual([
      {
        code: 'rows-violate-constraint',
        severity: 'error',
        tag: '0001_drop',
        at: { file: 'drizzle/0001_drop.down.sql', line: 2 },
        message: one.message,
        consequence: 'Postgres would refuse it. Rows were written, changed or deleted since the migration.',
        fix: one.fix,
      },
    ]);
    const query = /`((?:select|with) .*)` shows them/.exec(one.fix)?.[1] ?? '';
    expect((await database.query(query)).length).toBeGreaterThan(0);
    expect(await failureOf(rollback(project))).toMatchObject({ code: 'refused', state: 'Nothing was changed.' });
    expect(await readEverything(database)).toEqual(before);

    await database.query(one.mended);
    expect(await database.query(query)).toEqual([]);
    await rollback(project);
  },
);

test.each(Object.entries(CASES))('%s: nothing is said where the rows allow it', async (_name, one) => {
  const { project } = await setup(one);
  expect((await planRollback(project)).plan.findings).toEqual([]);
  await rollback(project);
});

test('on the command line, --dry-run and the real one say the same', async () => {
  const { database, project } = await setup(CASES['foreign key to a parked table'] as Case);
  await database.query('insert into plays values (7)');
  const dry = await runCli(project.root, 'rollback', '--dry-run');
  const real = await runCli(project.root, 'rollback', '--yes');
  expect([dry.exitCode, real.exitCode]).toEqual([3, 3]);
  const told = `1 row of plays points with song_id at no row of songs, and the rollback makes that foreign key again (\`plays_song\`).`;
  expect(dry.shown).toContain(told);
  expect(real.shown).toContain(told);
  expect((await runCli(project.root, 'redo', '--yes', '--json')).json).toMatchObject({
    ok: false,
    error: { code: 'refused' },
    findings: [{ code: 'rows-violate-constraint', message: told }],
  });
});

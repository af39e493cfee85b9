import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { editTracking } from '../../src/api/edit-tracking.js';
import { migrate } from '../../src/api/migrate.js';
import { planRollback, rollback } from '../../src/api/rollback.js';
import { status } from '../../src/api/status.js';
import { sha256 } from '../../src/core/hash.js';
import { describeTrackingEdit, type TrackingEdit } from '../../src/database/tracking-edits.js';
import { readEverything, readTracking } from '../setup/catalog.js';
import { failureOf } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { FIRST, makeProject, writeFiles } from '../setup/project.js';

const SONGS = { '0000_songs': 'create table songs (id int);', '0001_plays': 'create table plays (id int);' };

async function setup() {
  const database = await createDatabase();
  const project = makeProject(database, SONGS);
  const edit = async (...edits: TrackingEdit[]) =>
    editTracking(project, edits, { historyHash: (await status(project)).comparison.historyHash });
  const states = async () =>
    (await status(project)).comparison.statuses.map(({ migration, state, log, rolledBack }) =>
      [migration.tag, state, (log ?? rolledBack)?.detail?.marked === true ? 'by hand' : ''].join(' ').trim(),
    );
  return { database, project, edit, states };
}

const songs = { tag: '0000_songs', hash: sha256(SONGS['0000_songs']), when: FIRST, reason: 'a test' } as const;
const plays = { tag: '0001_plays', hash: sha256(SONGS['0001_plays']), when: FIRST + 60_000, reason: 'a test' } as const;

test('a row is made where there is not even a table; migrate then leaves it out', async () => {
  const { database, project, edit, states } = await setup();
  await database.query('create table songs (id int)');
  await edit({ ...songs, action: 'insert', upSql: SONGS['0000_songs'] });
  expect(await states()).toEqual(['0000_songs applied by hand', '0001_plays pending']);
  expect((await migrate(project)).done.map(({ tag }) => tag)).toEqual(['0001_plays']);
  expect(await readTracking(database)).toEqual([
    { hash: songs.hash, created_at: String(songs.when) },
    { hash: plays.hash, created_at: String(plays.when) },
  ]);
});

test('what was marked as applied has its way back from the file', async () => {
  const { database, project, edit } = await setup();
  await database.query('create table songs (id int)');
  await edit({ ...songs, action: 'insert' });
  writeFiles(project.root, { 'drizzle/0000_songs.down.sql': 'drop table songs;' });
  expect((await planRollback(project)).plan.steps).toMatchObject([{ tag: '0000_songs', source: 'file' }]);
  await rollback(project);
  expect(await database.query(`select to_regclass('songs') as songs`)).toEqual([{ songs: null }]);
});

test('or from the log, once the file is gone', async () => {
  const { project, edit } = await setup();
  await edit({ ...songs, action: 'insert', downSql: 'select 1;' });
  expect((await planRollback(project)).plan.steps).toMatchObject([{ tag: '0000_songs', source: 'log' }]);
});

test('a row that gets a new hash keeps the way back of what was run', async () => {
  const { project, edit, states } = await setup();
  writeFiles(project.root, { 'drizzle/0000_songs.down.sql': 'drop table songs; -- as it was' });
  await migrate(project, { to: '0000_songs' });
  const edited = `${SONGS['0000_songs']} -- better`;
  writeFiles(project.root, { 'drizzle/0000_songs.sql': edited });
  rmSync(join(project.root, 'drizzle/0000_songs.down.sql'));
  expect(await states()).toEqual(['0000_songs edited', '0001_plays pending']);
  await edit({ ...songs, hash: sha256(edited), action: 'restamp', id: 1, upSql: edited });
  expect(await states()).toEqual(['0000_songs applied by hand', '0001_plays pending']);
  expect((await planRollback(project)).plan.steps).toMatchObject([{ sql: 'drop table songs; -- as it was' }]);
});

test('a row that goes leaves its migration pending', async () => {
  const { database, project, edit, states } = await setup();
  await migrate(project);
  await edit({ ...plays, action: 'delete', id: 2 });
  expect(await states()).toEqual(['0000_songs applied', '0001_plays pending by hand']);
  await database.query('drop table plays');
  await migrate(project);
  expect(await states()).toEqual(['0000_songs applied', '0001_plays applied']);
});

test('a stopped run is forgotten', async () => {
  const { project, edit } = await setup();
  writeFiles(project.root, {
    'drizzle/0001_plays.sql': '-- migrator: no-transaction\ncreate temp table t (id int);\nselect * from none;',
  });
  await failureOf(migrate(project));
  expect((await failureOf(migrate(project))).findings).toMatchObject([{ code: 'session-state-lost' }]);
  await edit({ ...plays, action: 'forget' });
  writeFiles(project.root, { 'drizzle/0001_plays.sql': SONGS['0001_plays'] });
  expect((await migrate(project)).done).toMatchObject([{ tag: '0001_plays' }]);
});

test('nothing is done when the rows have changed since', async () => {
  const { database, project } = await setup();
  await migrate(project);
  const { historyHash } = (await status(project)).comparison;
  await database.query('delete from drizzle.__drizzle_migrations where id = 1');
  const before = await readEverything(database);
  const failure = await failureOf(editTracking(project, [{ ...plays, action: 'delete', id: 2 }], { historyHash }));
  expect(failure).toMatchObject({ code: 'history-moved', state: 'Nothing was changed.' });
  expect(await readEverything(database)).toEqual(before);
});

test('all of it or nothing', async () => {
  const { database, project, edit } = await setup();
  await migrate(project);
  await database.query(`alter table drizzle.__drizzle_migrations add check (hash <> 'none')`);
  const before = await readEverything(database);
  await expect(
    edit({ ...plays, action: 'delete', id: 2 }, { ...songs, hash: 'none', action: 'restamp', id: 1 }),
  ).rejects.toThrow();
  expect(await readEverything(database)).toEqual(before);
});

test('a held tracking table is not waited for without end', async () => {
  const { database, project } = await setup();
  await migrate(project);
  const { historyHash } = (await status(project)).comparison;
  const holder = database.query(
    'begin; lock table drizzle.__drizzle_migrations in row exclusive mode; select pg_sleep(2); commit',
  );
  const failure = await failureOf(
    editTracking(project, [{ ...plays, action: 'delete', id: 2 }], { historyHash, timeouts: { lockTimeoutMs: 100 } }),
  );
  expect(failure).toMatchObject({ code: 'lock-timeout', where: 'drizzle.__drizzle_migrations' });
  await holder;
});

test('they are told to people', () => {
  const edits: TrackingEdit[] = [
    { ...songs, action: 'insert' },
    { ...songs, action: 'restamp', id: 1 },
    { ...plays, action: 'delete', id: 2 },
    { ...plays, action: 'forget' },
  ];
  expect(edits.map(describeTrackingEdit)).toEqual([
    `insert a row for 0000_songs, stamped ${FIRST} (a test)`,
    `row 1: hash ${songs.hash.slice(0, 8)} and time ${FIRST} of 0000_songs (a test)`,
    'delete row 2, of 0001_plays (a test)',
    'forget the stopped run of 0001_plays (a test)',
  ]);
});

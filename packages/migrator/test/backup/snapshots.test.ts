import { expect, test } from 'vitest';
import { dropSnapshot, listSnapshots, restoreSnapshot, saveSnapshot } from '../../src/api/snapshots.js';
import { makeProject as makeEmbeddedProject } from '../embedded/project.js';
import { openSession } from '../faults/harness.js';
import { runCli } from '../setup/cli.js';
import { query } from '../setup/database.js';
import { writeFiles } from '../setup/project.js';
import { databasesLike, fingerprint, makeRich, makeSource } from './source.js';

/** What a database has by its name: a copy made by the server has none of it. */
const PROPERTIES = `select shobj_description(oid, 'pg_database') as comment, (select json_agg(a order by a::text) from unnest(datacl) a) as acl, pg_get_userbyid(datdba) as owner,
  (select json_agg(setconfig order by setrole) from pg_db_role_setting where setdatabase = d.oid) as settings from pg_database d where datname = current_database()`;

const names = (snapshots: readonly { readonly name: string }[]) => snapshots.map(({ name }) => name);

test('what was saved comes back, and what was there then is a snapshot itself', async () => {
  const { database, project, role } = await makeRich();
  await database.query(
    `alter database ${database.name} set work_mem = '9MB'; alter role ${role} in database ${database.name} set search_path = public, audit;
     comment on database ${database.name} is 'mine'; grant create on database ${database.name} to ${role}; alter database ${database.name} owner to ${role}`,
  );
  const properties = () => database.query(PROPERTIES);
  const before = await fingerprint(database.url);
  const ofDatabase = await properties();
  expect(await saveSnapshot(project, { name: 'before' })).toMatchObject({ name: 'before' });
  await database.query('drop table songs cascade; create table other (id int)');
  const after = await fingerprint(database.url);
  await restoreSnapshot(project, { name: 'before' });
  expect(await fingerprint(database.url)).toEqual(before);
  expect(await properties()).toEqual(ofDatabase);
  expect(names(await listSnapshots(project))).toEqual(['before-restore', 'before']);
  await restoreSnapshot(project, { name: 'before-restore' });
  expect(await fingerprint(database.url)).toEqual(after);
  expect(names(await listSnapshots(project))).toEqual(['before-restore', 'before']);
  await dropSnapshot(project, { name: 'before' });
  await dropSnapshot(project, { name: 'before-restore' });
  expect(await databasesLike(database)).toEqual([]);
});

test('a name is taken once, and replaced when that is said', async () => {
  const { database, project } = await makeSource('create table songs (id int)');
  await saveSnapshot(project, { name: 'one' });
  await expect(saveSnapshot(project, { name: 'one' })).rejects.toMatchObject({
    code: 'wrong-usage',
    message: 'There is a snapshot `one` already.',
  });
  await database.query('insert into songs values (1)');
  await saveSnapshot(project, { name: 'one', replace: true });
  await database.query('delete from songs');
  await restoreSnapshot(project, { name: 'one' });
  expect(await database.query('select id from songs')).toEqual([{ id: 1 }]);
  expect((await databasesLike(database)).length).toBe(2);
});

test('who is connected is in the way, unless it is said to end them', async () => {
  const { database, project } = await makeSource('create table songs (id int)');
  const first = await openSession(database.url, 'the application');
  const inUse = { code: 'database-in-use', detail: expect.stringContaining('the application') };
  await expect(saveSnapshot(project, { name: 'one' })).rejects.toMatchObject(inUse);
  expect(await first.run('select 1 as one')).toEqual([{ one: 1 }]);
  await saveSnapshot(project, { name: 'one', terminate: true });
  await openSession(database.url, 'the application');
  await expect(restoreSnapshot(project, { name: 'one' })).rejects.toMatchObject(inUse);
  expect((await databasesLike(database)).length).toBe(1);
  await restoreSnapshot(project, { name: 'one', terminate: true });
  expect(names(await listSnapshots(project))).toEqual(['before-restore', 'one']);
});

test('the command line: of the embedded database, asked for and answered', async () => {
  const root = makeEmbeddedProject();
  writeFiles(root, { 'drizzle.config.ts': `export default { dialect: 'postgresql', out: './drizzle' };` });
  const run = (...args: string[]) => runCli(root, 'db', 'snapshot', ...args);
  const url = async () => String((await runCli(root, 'db', 'url', '--json')).json.url);
  expect(await run('list')).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining('There is no snapshot. `migrator db snapshot save NAME` makes one.\n'),
  });
  await query(await url(), `create table songs (title text); insert into songs values ('first')`);
  const saved = await run('save', 'one');
  expect(saved).toMatchObject({
    exitCode: 0,
    out: expect.stringMatching(/^Saved as `one` \([\d.]+ MB\)\. To go back: `migrator db snapshot restore one`\n$/),
  });
  await query(await url(), 'delete from songs');
  expect(await run('restore', 'one')).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('Pass `--yes` to do it.'),
  });
  expect(await query(await url(), 'select title from songs')).toEqual([]);
  expect(await run('restore', 'two', '--yes')).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('There is `one`.'),
  });
  expect((await run('restore', 'one', '--yes')).out).toBe(
    'Restored `one`. What was there is the snapshot `before-restore` now.\n',
  );
  expect(await query(await url(), 'select title from songs')).toEqual([{ title: 'first' }]);
  expect((await run('list', '--json')).json).toMatchObject({
    ok: true,
    snapshots: [{ name: 'before-restore' }, { name: 'one' }],
  });
  expect((await run('list')).out).toMatch(/^snapshot +saved at \(UTC\) +size\nbefore-restore .*\none .*\n$/);
  expect((await run('drop', 'one', '--yes')).out).toBe('Deleted `one`.\n');
  expect((await run('save', 'before-restore', '--json')).json).toMatchObject({
    ok: false,
    error: { code: 'wrong-usage' },
  });
});

test.each([
  ['a name that is none', { name: 'a b' }, saveSnapshot, 'wrong-usage'],
  ['one that is not there', { name: 'nothing' }, restoreSnapshot, 'unknown-snapshot'],
  ['one that is not there to drop', { name: 'nothing' }, dropSnapshot, 'unknown-snapshot'],
])('%s', async (_, options, use, code) => {
  const { database, project } = await makeSource('select');
  await expect(use(project, options)).rejects.toMatchObject({ code });
  expect(await databasesLike(database)).toEqual([]);
});

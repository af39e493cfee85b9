import { expect, test } from 'vitest';
import { dropSnapshot, listSnapshots, restoreSnapshot, saveSnapshot } from '../../src/api/snapshots.js';
import { openSession } from '../faults/harness.js';
import { databasesLike, fingerprint, makeRich, makeSource } from './source.js';

const names = (snapshots: readonly { readonly name: string }[]) => snapshots.map(({ name }) => name);

test('what was saved comes back, and what was there then is a snapshot itself', async () => {
  const { database, project } = await makeRich();
  const before = await fingerprint(database.url);
  expect(await saveSnapshot(project, { name: 'before' })).toMatchObject({ name: 'before' });
  await database.query('drop table songs cascade; create table other (id int)');
  const after = await fingerprint(database.url);
  await restoreSnapshot(project, { name: 'before' });
  expect(await fingerprint(database.url)).toEqual(before);
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

test.each([
  ['a name that is none', { name: 'a b' }, saveSnapshot, 'wrong-usage'],
  ['one that is not there', { name: 'nothing' }, restoreSnapshot, 'unknown-snapshot'],
  ['one that is not there to drop', { name: 'nothing' }, dropSnapshot, 'unknown-snapshot'],
])('%s', async (_, options, use, code) => {
  const { database, project } = await makeSource('select');
  await expect(use(project, options)).rejects.toMatchObject({ code });
  expect(await databasesLike(database)).toEqual([]);
});

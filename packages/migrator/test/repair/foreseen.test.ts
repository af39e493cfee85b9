import { expect, test } from 'vitest';
import { check } from '../../src/api/check.js';
import { migrate } from '../../src/api/migrate.js';
import { applyRepair, planRepair, type RepairChoices } from '../../src/api/repair.js';
import { status } from '../../src/api/status.js';
import { serverUrl } from '../setup/database.js';
import { differencesToNew, folderAt, HISTORY, setup, stamp } from './harness.js';

const ROWS = 'drizzle.__drizzle_migrations';

async function foreseen(...args: Parameters<typeof setup>) {
  const { database, project } = await setup(...args);
  const told = async () => (await status(project)).findings.map(({ code, tag }) => `${code} ${tag}`);
  const repair = async (choices: RepairChoices) => {
    await applyRepair(project, await planRepair(project, choices));
  };
  return { database, project, told, repair };
}

test('a row that somebody has deleted is told by the log, and written again', async () => {
  const { database, project, told, repair } = await foreseen();
  await migrate(project);
  await database.query(`delete from ${ROWS} where id = 3`);
  expect(await told()).toEqual(['row-missing 0002_likes', 'already-there 0002_likes']);
  expect((await planRepair(project)).findings.map(({ code }) => code)).toEqual(['row-missing', 'already-there']);
  await repair({ markApplied: ['0002_likes'] });
  expect(await told()).toEqual([]);
  expect((await migrate(project)).done).toEqual([]);
  expect(await differencesToNew(database, project)).toEqual([]);
});

test('without a log, what is there already tells it', async () => {
  const { database, project, told, repair } = await foreseen();
  await migrate(project);
  await database.query(`drop table drizzle.__migrator_log; delete from ${ROWS} where id = 3`);
  expect(await told()).toEqual(['already-there 0002_likes']);
  await repair({ markApplied: ['0002_likes'] });
  expect(await told()).toEqual([]);
});

test('a migration that counts as applied and is not', async () => {
  const { database, project, told, repair } = await foreseen();
  await migrate(project, { to: '0001_plays' });
  await database.query('drop table plays, songs');
  expect(await told()).toEqual(['not-there 0002_likes']);
  await repair({ markUnapplied: ['0000_songs', '0001_plays'] });
  expect(await told()).toEqual([]);
  await migrate(project);
  expect(await differencesToNew(database, project)).toEqual([]);
});

test('a migration that deletes tracking rows is named, survived and mended', async () => {
  const { project, told, repair } = await foreseen([
    ...HISTORY,
    { tag: '0003_forget', sql: `delete from ${ROWS} where id = 1;`, when: stamp(3) },
    { tag: '0004_stars', sql: 'alter table songs add stars int;', when: stamp(4) },
  ]);
  await migrate(project, { to: '0002_likes' });
  await migrate(project);
  expect(await told()).toEqual(['out-of-order 0000_songs', 'row-missing 0000_songs', 'already-there 0000_songs']);
  await repair({ markApplied: ['0000_songs'] });
  expect(await told()).toEqual([]);
  const options = { root: project.root, relativeTo: project.root, migrationsFolder: project.migrationsFolder };
  const generate = { schema: [], breakpoints: true, prefix: 'index' } as never;
  const report = await check({ ...options, generate }, { skipRehearsal: true });
  expect(report.findings.map(({ code, tag }) => `${code} ${tag}`)).toContain('touches-tracking 0003_forget');
});

test('an extension that scratch lacks is named, with the way on', async () => {
  const { project } = await foreseen([{ tag: '0000_vector', sql: 'create extension no_such_thing;', when: stamp(0) }]);
  const options = { root: project.root, relativeTo: project.root, migrationsFolder: project.migrationsFolder };
  const generate = { schema: [], breakpoints: true, prefix: 'index' } as never;
  const report = await check({ ...options, generate }, { scratchUrl: serverUrl() });
  expect(report.findings).toContainEqual({
    code: 'up-fails',
    severity: 'error',
    tag: '0000_vector',
    at: { file: 'drizzle/0000_vector.sql', line: 1 },
    message: '`0000_vector` needs the extension `no_such_thing`, which the scratch server does not have.',
    consequence:
      'It says nothing of your databases: a server that has the extension may well run it. It was not tried, nor what follows.',
    fix: 'Name a server that has it, such as a container of the image that you deploy: `--scratch-url postgres://…`; or leave out what runs SQL: `migrator check --skip-rehearsal`.',
  });
});

test('entries of several versions are a note', async () => {
  const { project } = await foreseen();
  folderAt(project.root).journal((entries) => entries.map((entry, at) => ({ ...entry, version: String(5 + at) })));
  const found = (await status(project)).findings.filter(({ code }) => code === 'mixed-entry-versions');
  expect(found.map(({ message }) => message)).toEqual(['The entries of the journal have the versions 5, 6 and 7.']);
  expect(await planRepair(project)).toMatchObject({ steps: [] });
});

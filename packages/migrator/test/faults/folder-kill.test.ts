import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';
import { applyRepair, planRepair } from '../../src/api/repair.js';
import { makeRepository, tableFile } from '../git/repository.js';
import { folderAt, HISTORY, setup } from '../repair/harness.js';
import { BIN } from '../setup/cli.js';
import { makeFolder } from '../setup/project.js';
import { startCli } from './harness.js';

const PRELOAD = fileURLToPath(new URL('kill-at.cjs', import.meta.url));

function start(root: string, args: readonly string[], at?: number, signal = 'SIGKILL') {
  const disturbed = at === undefined ? [] : ['--require', PRELOAD];
  return spawnSync(process.execPath, [...disturbed, BIN, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, KILL_AT: String(at), KILL_WITH: signal },
  });
}

/** Texts by path; ids and times of the run made equal. */
function contentOf(root: string): Record<string, string> {
  const folder = join(root, 'drizzle');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const plain = (text: string) =>
    text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>').replace(/"when": \d{13}/g, '"when": <time>');
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), plain(readFileSync(path, 'utf8'))];
    }),
  );
}

/** Stopped at each change of a file in turn, or at some, until a run goes through: afterwards the same command ends what is to be done. */
function expectEnded(root: string, args: readonly string[], signal: string, stride = 1): number {
  const saved = makeFolder();
  cpSync(root, saved, { recursive: true });
  const again = () => {
    rmSync(join(root, 'drizzle'), { recursive: true });
    cpSync(join(saved, 'drizzle'), join(root, 'drizzle'), { recursive: true, preserveTimestamps: true });
  };
  const before = contentOf(root);
  expect(start(root, args)).toMatchObject({ status: 0 });
  const after = contentOf(root);
  expect(after).not.toEqual(before);
  for (let at = 1; ; at += stride) {
    again();
    const { status, signal: died } = start(root, args, at, signal);
    if (status === 0 && signal === 'SIGKILL') return at;
    if (signal !== 'SIGKILL') {
      const now = contentOf(root);
      expect([before, after], `${signal} at change ${at}`).toContainEqual(now);
      if (at > 10) return at;
    } else expect(died).toBe(signal);
    const { status: code, stdout, stderr } = start(root, args);
    expect([code, stdout + stderr], `after change ${at}`).toEqual([0, expect.anything()]);
    expect(contentOf(root), `after change ${at}`).toEqual(after);
  }
}

test.each(['SIGKILL', 'SIGINT'])(
  'repair, stopped with %s at every change of a file',
  async (signal) => {
    const { folder, run } = await setup();
    // Restores a file, writes the journal, a snapshot, and removes one.
    folder.rename('0001_plays.sql', '0001_Plays.sql');
    folder.journal((entries) => entries.map((entry) => ({ ...entry, idx: 0 })));
    folder.write('meta/0007_snapshot.json', '{"id":"7","prevId":"6"}');
    expect(expectEnded(folder.root, ['repair', '--folder', '--yes'], signal)).toBeGreaterThan(8);
    expect((await run('check', '--skip-rehearsal')).exitCode).toBe(0);
  },
  240_000,
);

test.each(['SIGKILL', 'SIGINT'])(
  'rebase, stopped with %s at changes of files',
  async (signal) => {
    const repository = await makeRepository();
    await repository.generate('create_songs', { ...tableFile('songs'), ...tableFile('artists') });
    repository.git('branch', 'feature');
    await repository.generate('add_names', tableFile('artists', 'name: text()'));
    repository.git('switch', '-q', 'feature');
    await repository.generate('add_plays', tableFile('songs', 'plays: integer()'));
    expect(repository.tryGit('merge', 'main')).toBe(false);
    const args = ['rebase', '--yes', '--scratch-url', inject('serverUrl')];
    expect(expectEnded(repository.root, args, signal, 5)).toBeGreaterThan(10);
    expect(repository.tags()).toEqual(['0000_create_songs', '0001_add_names', '0002_add_plays']);
  },
  400_000,
);

test('two repairs at once: one does the work, the other finds nothing to do', async () => {
  const { folder, database, run } = await setup(HISTORY);
  expect(await run('migrate')).toMatchObject({ exitCode: 0 });
  folder.write('0003_albums.sql', 'create table albums (id int);');
  await database.query('update drizzle.__drizzle_migrations set created_at = null where id = 1');
  const args = ['repair', '--yes', '--json', '--scratch-url', inject('serverUrl')];
  const runs = await Promise.all([1, 2].map(() => startCli(folder.root, args, {}).ended));
  expect(runs.map(({ code, output }) => [code, output])).toEqual([0, 0].map((code) => [code, expect.anything()]));
  const reports = runs.map(({ output }) => JSON.parse(output) as { done: boolean; steps: unknown[] });
  expect(reports.map(({ done, steps }) => [done, steps.length]).sort()).toEqual([
    [false, 0],
    [true, 3],
  ]);
  const journal = JSON.parse(folderAt(folder.root).read('meta/_journal.json')) as { entries: unknown[] };
  expect(journal.entries).toHaveLength(4);
  expect(await database.query('select id from drizzle.__drizzle_migrations where created_at is null')).toEqual([]);
});

test('a repair that was planned upon files as they were before another is refused', async () => {
  const { folder, project } = await setup();
  folder.rename('0001_plays.sql', '0001_Plays.sql');
  const plans = [
    await planRepair(project, { parts: 'folder' }),
    await planRepair(project, { parts: 'folder' }),
  ] as const;
  await applyRepair(project, plans[0]);
  const after = contentOf(folder.root);
  await expect(applyRepair(project, plans[1])).rejects.toMatchObject({
    code: 'history-moved',
    message: 'The migrations folder has changed since the repair was planned.',
  });
  expect(contentOf(folder.root)).toEqual(after);
});

test('a folder that may not be written is refused before a row is changed', async () => {
  const { folder, database, run } = await setup(HISTORY);
  expect(await run('migrate')).toMatchObject({ exitCode: 0 });
  folder.write('0003_albums.sql', 'create table albums (id int);');
  await database.query('update drizzle.__drizzle_migrations set created_at = null where id = 1');
  const before = contentOf(folder.root);
  chmodSync(folder.root, 0o755);
  for (const path of ['drizzle/meta', 'drizzle']) chmodSync(join(folder.root, path), 0o555);
  // Nothing is forbidden to root, but what it gives up; as another user it might not even reach this checkout.
  const withoutPrivilege =
    process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search,-fowner'] : [];
  const [command = '', ...args] = [
    ...withoutPrivilege,
    process.execPath,
    BIN,
    ...['repair', '--yes', '--scratch-url', inject('serverUrl')],
  ];
  const { status, stderr } = spawnSync(command, args, {
    cwd: folder.root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder.root },
  });
  for (const path of ['drizzle', 'drizzle/meta']) chmodSync(join(folder.root, path), 0o755);
  expect([status, stderr]).toEqual([2, expect.stringContaining('The migrations cannot be written: EACCES')]);
  expect(stderr).toContain('Nothing was changed.');
  expect(contentOf(folder.root)).toEqual(before);
  expect(await database.query('select id from drizzle.__drizzle_migrations where created_at is null')).toEqual([
    { id: 1 },
  ]);
});

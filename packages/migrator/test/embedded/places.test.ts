import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findNativeFolder } from '../../src/embedded/binaries.js';
import { ensureEmbedded, removeEmbedded, resetEmbedded, stopEmbedded } from '../../src/embedded/index.js';
import { takeOwnedFolder } from '../../src/embedded/owned-folder.js';
import { type Install, makeInstall, type RunOptions } from './install.js';
import { isRoot, makeFolder, makeProject, plainUser, query, sharedProject } from './project.js';

const quote = JSON.stringify;

const copiesBefore = new Set(['/var/lib/melodia-migrator', '/var/tmp/melodia-migrator-0'].flatMap(copiesIn));

/** A plain user's home: theirs, closed to others, with a project in it. */
function makeHome(user: { uid: number; gid: number }): { home: string; root: string; options: RunOptions } {
  const home = makeFolder('home of a user');
  const root = join(home, 'my project');
  mkdirSync(root);
  for (const folder of [home, root]) {
    chmodSync(folder, 0o700);
    if (isRoot) chownSync(folder, user.uid, user.gid);
  }
  return { home, root, options: { ...(isRoot ? user : {}), env: { HOME: home } } };
}

/** Everything a project does with its server, in one process. */
const wholeLife = (root: string) => `
  const root = ${quote(root)};
  const first = await embedded.ensureEmbedded({ root });
  const found = await embedded.embeddedStatus(root);
  const stopped = await embedded.stopEmbedded(root);
  const again = await embedded.ensureEmbedded({ root });
  await embedded.removeEmbedded(root);
  return { ...first, found: found?.url === first.url, stopped, same: again.url === first.url };`;
const wholeLifeLived = { createdNow: true, found: true, stopped: true, same: true };

describe('a plain user', () => {
  test('has the server in a home that others may not enter', async () => {
    const { root, options } = makeHome(plainUser);
    const install = makeInstall(makeFolder());
    const { value, error } = await install.run(wholeLife(root), options);
    expect(error).toBeUndefined();
    expect(value).toMatchObject({ ...wholeLifeLived, dataDirectory: join(root, '.migrator/data') });
  });

  test('needs no right to write in node_modules', async () => {
    const { home, root, options } = makeHome(plainUser);
    const install = makeInstall(makeFolder());
    const library = join(install.native, 'lib');
    chmodSync(library, 0o555);
    onTestFinished(() => chmodSync(library, 0o755));
    const { value, error } = await install.run(wholeLife(root), options);
    expect(error).toBeUndefined();
    expect(value).toMatchObject(wholeLifeLived);
    expect(existsSync(join(home, '.cache/melodia-migrator'))).toBe(true);
    expect(existsSync(join(library, 'libpq.so.5'))).toBe(false);
  });

  test('is told when the project folder is read-only', async () => {
    const { root, options } = makeHome(plainUser);
    const install = makeInstall(makeFolder());
    chmodSync(root, 0o500);
    const { error } = await install.run(`return await embedded.ensureEmbedded({ root: ${quote(root)} })`, options);
    expect(error).toMatchObject({
      code: 'embedded-start-failed',
      message: 'The embedded Postgres keeps its data beside drizzle.config.ts, where this user may not write.',
    });
  });
});

const project = sharedProject();

const rootCases: readonly [string, () => Promise<void>][] = [
  [
    'uses data and binaries that lie in a folder others may not enter, as its own home',
    async () => {
      const folder = makeFolder('root home', { closed: true });
      const install = makeInstall(folder);
      const root = join(folder, 'checkout');
      mkdirSync(root);
      const { value, error } = await install.run(wholeLife(root));
      expect(error).toBeUndefined();
      expect(value).toMatchObject(wholeLifeLived);
      const place = dirname(value?.dataDirectory ?? '');
      expect(place).toMatch(/^\/var\/(lib\/melodia-migrator|tmp\/melodia-migrator-0)\/[0-9a-f]{16}$/);
      expect(existsSync(place)).toBe(false);
      removeCopies(install, dirname(place));
    },
  ],
  [
    'finds data outside again when the state was lost, and a copied checkout gets data of its own',
    async () => {
      const folder = makeFolder('root home', { closed: true });
      const root = join(folder, 'checkout');
      mkdirSync(root);
      onTestFinished(() => removeEmbedded(root));
      const server = await ensureEmbedded({ root });
      expect(readFileSync(join(dirname(server.dataDirectory), 'project.txt'), 'utf8')).toBe(`${root}\n`);
      rmSync(join(root, '.migrator'), { recursive: true });
      expect(await ensureEmbedded({ root })).toMatchObject({ dataDirectory: server.dataDirectory, createdNow: false });

      const copy = join(folder, 'copy');
      cpSync(root, copy, { recursive: true });
      onTestFinished(() => removeEmbedded(copy));
      const other = await ensureEmbedded({ root: copy });
      expect(other).toMatchObject({ createdNow: true });
      expect(other.dataDirectory).not.toBe(server.dataDirectory);
    },
  ],
  [
    'leaves the server to the user whose project it is (sudo once)',
    async () => {
      const { root, options } = makeHome(plainUser);
      const install = makeInstall(makeFolder());
      const ensure = `return await embedded.ensureEmbedded({ root: ${quote(root)} })`;
      const first = await install.run(ensure, options);
      await stopEmbedded(root);
      expect(await ensureEmbedded({ root, database: 'other' })).toMatchObject({ startedNow: true, createdNow: true });
      expect((await install.run(ensure, options)).value).toMatchObject({ url: first.value?.url, startedNow: false });
      expect(
        (await install.run(`return { stopped: await embedded.stopEmbedded(${quote(root)}) }`, options)).value,
      ).toEqual({ stopped: true });
    },
  ],
  [
    'does not let another user have its password',
    async () => {
      const { root } = await project();
      const { error, output } = await makeInstall(makeFolder()).run(
        `return await embedded.ensureEmbedded({ root: ${quote(root)} })`,
        plainUser,
      );
      expect(error).toMatchObject({ code: 'embedded-not-ours', message: expect.stringContaining('uid 0') });
      expect(output).not.toMatch(/postgres:\/\//);
    },
  ],
  [
    'can be a uid that /etc/passwd does not know, or is told why not',
    async () => {
      const user = { uid: 54_321, gid: 54_321 };
      const { root, options } = makeHome(user);
      const install = makeInstall(makeFolder());
      const { value, error } = await install.run(wholeLife(root), options);
      const namespaces = spawnSync('unshare', ['--user', '--map-user=65534', '--map-group=65534', '--', 'true'], {
        ...user,
        cwd: '/',
      });
      if (namespaces.status === 0) expect(value).toMatchObject(wholeLifeLived);
      else expect(error).toMatchObject({ code: 'embedded-unsupported', fix: expect.stringContaining('DATABASE_URL') });
    },
  ],
  [
    'does not take a folder that somebody else may have put there',
    async () => {
      const parent = makeFolder();
      const [free, foreign, open, link, ours] = ['free', 'foreign', 'open', 'link', 'ours'].map((name) =>
        join(parent, name),
      );
      for (const folder of [foreign, open, ours]) mkdirSync(folder ?? '');
      chownSync(foreign ?? '', plainUser.uid, plainUser.gid);
      chmodSync(open ?? '', 0o777);
      symlinkSync(ours ?? '', link ?? '');
      const taken = [free, foreign, open, link, ours].map((folder) => takeOwnedFolder(folder ?? ''));
      expect(taken).toEqual([free, undefined, undefined, undefined, ours]);
    },
  ],
];

// Chosen here, so that a plain user's run does not report as skipped what cannot apply.
if (isRoot) {
  describe('root', () => {
    test.each(rootCases)('%s', async (_, run) => await run());
  });
}

describe('a project folder', () => {
  test('whose state folder is a link, as one from a hostile repository, is refused', async () => {
    const [root, elsewhere] = [makeFolder('project'), makeFolder('elsewhere')];
    symlinkSync(elsewhere, join(root, '.migrator'));
    await expect(ensureEmbedded({ root })).rejects.toMatchObject({
      code: 'embedded-start-failed',
      message: 'The state folder of the embedded database is not a folder of its own but a link or a file.',
    });
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test('whose state names a folder that is not ours to delete keeps it through a reset', async () => {
    const { root } = await project();
    const elsewhere = makeFolder('elsewhere');
    mkdirSync(join(elsewhere, 'data'));
    const file = join(root, '.migrator/embedded.json');
    const state = readFileSync(file, 'utf8');
    writeFileSync(file, state.replace('"inside"', JSON.stringify(elsewhere)));
    await expect(resetEmbedded({ root })).rejects.toMatchObject({ code: 'embedded-version-mismatch' });
    expect(existsSync(join(elsewhere, 'data'))).toBe(true);
    writeFileSync(file, state);
  });

  test('may be moved with its data, also while the server runs', async () => {
    const { server } = await project();
    const original = makeProject('original');
    await stopEmbedded(dirname(dirname(server.dataDirectory)));
    cpSync(join(dirname(dirname(server.dataDirectory)), '.migrator'), join(original, '.migrator'), {
      recursive: true,
      preserveTimestamps: true,
    });
    restoreOwners(server.dataDirectory, join(original, '.migrator/data'));
    const copied = await ensureEmbedded({ root: original });
    const moved = join(dirname(original), 'moved');
    renameSync(original, moved);
    onTestFinished(async () => {
      await removeEmbedded(moved);
      mkdirSync(original);
    });
    const found = await ensureEmbedded({ root: moved });
    expect(found).toMatchObject({ createdNow: false, dataDirectory: join(moved, '.migrator/data') });
    expect(copied.dataDirectory).not.toBe(found.dataDirectory);
    expect(await query(found.url, 'select title from songs')).toEqual([{ title: 'first' }]);
  });
});

describe('binaries', () => {
  const ensure = (root: string) => `return await embedded.ensureEmbedded({ root: ${quote(root)} })`;

  test('that were not installed are reported', async () => {
    const install = makeInstall(makeFolder(), { binaries: false });
    const { error } = await install.run(ensure(makeFolder('project')));
    expect(error).toMatchObject({
      code: 'embedded-binaries-missing',
      message: 'The Postgres binaries for this platform are not installed.',
      fix: expect.stringMatching(/optional dependencies.*DATABASE_URL/),
    });
  });

  test('whose loader the system does not have, as Alpine, are reported', async () => {
    const install = makeInstall(makeFolder());
    const program = join(install.native, 'bin/postgres');
    const bytes = readFileSync(program);
    const at = bytes.indexOf('/ld-linux');
    bytes.write('/ld-absent', at, 'latin1');
    rmSync(program);
    writeFileSync(program, bytes, { mode: 0o755 });
    const { error } = await install.run(ensure(makeFolder('project')));
    expect(error).toMatchObject({
      code: 'embedded-unsupported',
      message: expect.stringContaining('needs glibc'),
      fix: expect.stringContaining('Set DATABASE_URL'),
    });
  });

  test('do not exist for every platform', () => {
    expect(() => findNativeFolder('freebsd-x64')).toThrow(
      expect.objectContaining({
        code: 'embedded-unsupported',
        message: 'There is no embedded Postgres for freebsd-x64 that this tool can start.',
      }),
    );
  });
});

/** `cpSync` gives everything to root; a user who copies a checkout as root uses `cp -a`. */
function restoreOwners(from: string, to: string): void {
  const { uid, gid } = statSync(from);
  spawnSync('chown', ['-R', `${uid}:${gid}`, to]);
  chmodSync(to, 0o700);
}

/**
 * The links to this install's binaries. Those that were there before stay: they share inodes with these, and the server
 * that the other tests run on may be using them.
 */
function removeCopies(install: Install, parent: string): void {
  const inode = statSync(join(install.native, 'bin/postgres')).ino;
  for (const copy of copiesIn(parent))
    if (!copiesBefore.has(copy) && inodeOf(copy) === inode) rmSync(copy, { recursive: true });
}

function copiesIn(parent: string): string[] {
  return existsSync(parent) ? readdirSync(parent).map((name) => join(parent, name)) : [];
}

function inodeOf(copy: string): number | undefined {
  return statSync(join(copy, 'bin/postgres'), { throwIfNoEntry: false })?.ino;
}

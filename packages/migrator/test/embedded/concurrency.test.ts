import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { withFileLock } from '../../src/embedded/file-lock.js';
import { embeddedStatus, ensureEmbedded } from '../../src/embedded/index.js';
import { isAlive } from '../../src/embedded/process-identity.js';
import { makeInstall } from './install.js';
import { makeFolder, makeProject, pidOf, query } from './project.js';

const quote = JSON.stringify;

describe('commands at the same time', () => {
  test('start one server, which outlives them and their terminal', async () => {
    const root = makeProject();
    const install = makeInstall(makeFolder());
    const code = `return await embedded.ensureEmbedded({ root: ${quote(root)} })`;

    const answers = await Promise.all([1, 2, 3, 4].map(() => install.run(code)));

    expect(answers.map((answer) => answer.error)).toEqual([undefined, undefined, undefined, undefined]);
    expect(new Set(answers.map((answer) => answer.value?.url)).size).toBe(1);
    expect(answers.filter((answer) => answer.value?.startedNow)).toHaveLength(1);
    // The binaries are used where they are, with the links their postinstall would have made.
    expect(readFileSync(`/proc/${pidOf({ dataDirectory: dataOf(root) })}/cmdline`, 'utf8')).toContain(install.native);
    const server = await embeddedStatus(root);
    expect(server?.url).toBe(answers[0]?.value?.url);
    // A session of its own: Ctrl-C goes to the group of the command, never to the server.
    const pid = server === undefined ? 0 : pidOf(server);
    const session = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3];
    expect(Number(session)).toBe(pid);
  });

  test('in one process start one server too', async () => {
    const root = makeProject();
    const servers = await Promise.all([1, 2, 3].map((n) => ensureEmbedded({ root, database: `db${n}` })));
    expect(servers.filter((server) => server.startedNow)).toHaveLength(1);
    expect(new Set(servers.map((server) => server.port)).size).toBe(1);
    for (const { url, database } of servers) {
      expect(await query(url, 'select current_database() as name')).toEqual([{ name: database }]);
    }
  });
});

describe('the lock', () => {
  test.each<[string, (file: string) => void]>([
    ['a process that is gone', (file) => symlinkSync('4194303 x:1 aaaaaaaa', file)],
    ['a process whose pid is another program now', (file) => symlinkSync(`${process.pid} x:1 bbbbbbbb`, file)],
    ['nobody, being something else', (file) => writeFileSync(file, '')],
  ])('held by %s does not block', async (_, put) => {
    const file = join(makeFolder(), 'lock');
    put(file);
    const startedAt = performance.now();
    await withFileLock(
      file,
      () => {},
      async () => {},
    );
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  test('of a dead holder goes to one of those who find it', async () => {
    const file = join(makeFolder(), 'lock');
    symlinkSync('4194303 x:1 aaaaaaaa', file);
    const events: string[] = [];
    const enter = (name: string) =>
      withFileLock(
        file,
        () => {},
        async () => {
          events.push(`${name} in`);
          await new Promise((resolve) => setTimeout(resolve, 60));
          events.push(`${name} out`);
        },
      );
    await Promise.all([enter('a'), enter('b'), enter('c')]);
    const pairs = events.map((event) => event.split(' ')[0]);
    expect(events).toHaveLength(6);
    for (const at of [0, 2, 4]) expect(pairs[at]).toBe(pairs[at + 1]);
  });

  test('is held by one at a time, also when holders are killed', async () => {
    const folder = makeFolder();
    const file = join(folder, 'lock');
    const inside = join(folder, 'inside');
    mkdirSync(inside);
    // A holder killed inside leaves its mark there; whoever comes next must find no living one.
    const enter = async (name: string) =>
      await withFileLock(
        file,
        () => {},
        async () => {
          const living = readdirSync(inside).filter((pid) => pid !== name && isAlive(Number(pid)));
          writeFileSync(join(inside, name), '');
          await new Promise((resolve) => setTimeout(resolve, 5));
          return living;
        },
      );
    const lockModule = await buildLock(folder);
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', rival(lockModule, file, inside)]),
    );
    onTestFinished(() => children.forEach((child) => void child.kill('SIGKILL')));
    const complaints: string[] = [];
    for (const child of children) child.stdout.on('data', (data) => complaints.push(String(data)));
    for (let n = 0; n < 5; n++) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      children[n]?.kill('SIGKILL');
    }
    children[5]?.kill('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await enter(String(process.pid))).toEqual([]);
    expect(complaints.join('')).toBe('');
  });
});

const dataOf = (root: string) => join(root, '.migrator/data');

async function buildLock(folder: string): Promise<string> {
  const { build } = await import('esbuild');
  const outfile = join(folder, 'lock.mjs');
  const entry = fileURLToPath(new URL('../../src/embedded/file-lock.ts', import.meta.url));
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
  return outfile;
}

/** Takes the lock again and again, and complains when somebody else is inside. */
function rival(lockModule: string, file: string, inside: string): string {
  return `
    import { readdirSync, writeFileSync, unlinkSync, readFileSync } from 'node:fs';
    import { withFileLock } from ${quote(lockModule)};
    const alive = (pid) => { try { return !/\\) Z /.test(readFileSync('/proc/' + pid + '/stat', 'utf8')); } catch { return false; } };
    const mine = ${quote(`${inside}/`)} + process.pid;
    for (;;) {
      await withFileLock(${quote(file)}, () => {}, async () => {
        writeFileSync(mine, '');
        const others = readdirSync(${quote(inside)}).filter((pid) => pid !== String(process.pid) && alive(pid));
        if (others.length > 0) console.log(process.pid + ' met ' + others);
        await new Promise((resolve) => setTimeout(resolve, 2));
        unlinkSync(mine);
      });
    }`;
}

import { chmodSync, readdirSync, realpathSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import postgres from 'postgres';
import { expect, onTestFinished, test } from 'vitest';
import { findNativeFolder, usableBinaries } from '../../src/embedded/binaries.js';
import { startTemporaryServer } from '../../src/embedded/index.js';
import { outsideFolders } from '../../src/embedded/owned-folder.js';
import { chooseRunAs } from '../../src/embedded/run-as.js';
import { makeFolder, query } from './project.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const key = (n: number) => String(n).padStart(64, '0');

/** An installation of its own, as far as its folder goes. */
function setup() {
  const root = makeFolder();
  const native = join(root, 'native');
  // As the server's user reaches them: a link to where it cannot go would leave a copy behind.
  const { postgres: binary } = usableBinaries(
    realpathSync(findNativeFolder()),
    chooseRunAs(),
    outsideFolders(),
    () => {},
  );
  symlinkSync(dirname(dirname(binary)), native);
  const folder = join(root, '.kept-clusters');
  const start = async (...keys: number[]) => {
    const server = await startTemporaryServer({ native, keys: keys.map(key), small: true });
    onTestFinished(() => server.stop());
    const keep = async (n: number, value: string) => {
      const sql = postgres(server.url, { max: 1, onnotice() {} });
      await sql.unsafe(`drop table if exists kept; create table kept as select '${value}' as value`).simple();
      await server.keep(key(n), { value }, (text) => sql.unsafe(text).simple() as never);
      await sql.end();
    };
    const value = async () => {
      const rows = await query<{ value: string }>(server.url, 'select value from kept').catch(() => []);
      return [server.kept?.key === undefined ? undefined : Number(server.kept.key), server.kept?.facts, rows[0]?.value];
    };
    return { ...server, keep, value };
  };
  const files = () => readdirSync(folder).map((name) => join(folder, name));
  return { start, files, folder };
}

const NEW = [undefined, undefined, undefined];

test('a kept cluster is found again by its key, the best key first, as often as it is wanted', async () => {
  const { start, files } = setup();
  const first = await start();
  await first.keep(1, 'one');
  await first.keep(2, 'two');
  await query(first.url, `update kept set value = 'later'`);
  expect(files()).toHaveLength(2);
  expect(await (await start(1)).value()).toEqual([1, { value: 'one' }, 'one']);
  expect(await (await start(3, 2, 1)).value()).toEqual([2, { value: 'two' }, 'two']);
  expect(await (await start(2)).value()).toEqual([2, { value: 'two' }, 'two']);
  expect(await (await start(3)).value()).toEqual(NEW);
});

test.each([
  ['cut off', (path: string) => truncateSync(path, 1_000_000)],
  ['empty', (path: string) => truncateSync(path, 0)],
  ['something else', (path: string) => writeFileSync(path, 'x'.repeat(10_000))],
])('one that is %s is thrown away, and a new cluster made', async (_, damage) => {
  const { start, files } = setup();
  await (await start()).keep(1, 'one');
  const [path = ''] = files();
  damage(path);
  expect(await (await start(1)).value()).toEqual(NEW);
  expect(files()).toEqual([]);
});

test('one with a byte changed is thrown away', async () => {
  const { start, files } = setup();
  await (await start()).keep(1, 'one');
  const [path = ''] = files();
  const { openSync, writeSync, closeSync } = await import('node:fs');
  const file = openSync(path, 'r+');
  writeSync(file, 'x', 5_000_000);
  closeSync(file);
  expect(await (await start(1)).value()).toEqual(NEW);
  expect(files()).toEqual([]);
});

test('one that others may write to, or of another day, is not believed', async () => {
  const { start, files, folder } = setup();
  await (await start()).keep(1, 'one');
  const [path = ''] = files();
  chmodSync(path, 0o666);
  expect(await (await start(1)).value()).toEqual(NEW);
  chmodSync(path, 0o600);
  chmodSync(folder, 0o777);
  expect(await (await start(1)).value()).toEqual(NEW);
  chmodSync(folder, 0o700);
  expect(await (await start(1)).value()).toEqual([1, { value: 'one' }, 'one']);
  const yesterday = new Date(Date.now() - DAY_MS - 60_000);
  utimesSync(path, yesterday, yesterday);
  expect(await (await start(1)).value()).toEqual(NEW);
});

test('the newest three stay, and what killed processes have left goes', async () => {
  const { start, files, folder } = setup();
  const server = await start();
  await server.keep(1, 'one');
  writeFileSync(join(folder, 'draft-old'), '');
  const before = new Date(Date.now() - DAY_MS);
  utimesSync(join(folder, 'draft-old'), before, before);
  for (const n of [2, 3, 4]) await server.keep(n, String(n));
  expect(files().map((path) => Number(path.split('/').at(-1)?.split('.')[0]))).toEqual(
    expect.arrayContaining([2, 3, 4]),
  );
  expect(files()).toHaveLength(3);
});

test('several at once keep and find the same', async () => {
  const { start } = setup();
  const servers = await Promise.all([start(1), start(1), start(1)]);
  await Promise.all(servers.map((server) => server.keep(1, 'one')));
  const again = await Promise.all([start(1), start(1), start(1)]);
  for (const server of again) expect(await server.value()).toEqual([1, { value: 'one' }, 'one']);
});

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-'));
  cpSync(fileURLToPath(new URL('../../dist/cli', import.meta.url)), folder, {
    recursive: true,
    filter: (path) => !path.endsWith('.cache'),
  });
});

afterEach(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'migrator.cjs'), ...args], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

function caches(): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.cache'));
}

it('the first run of a command keeps its compiled code, and the second one starts from it', () => {
  const help = run('migrate', '--help');
  expect(help).toContain('apply what is pending');
  expect(caches()).toHaveLength(1);
  const before = readFileSync(join(folder, caches()[0] ?? ''));
  expect(run('migrate', '--help')).toBe(help);
  expect(readFileSync(join(folder, caches()[0] ?? ''))).toEqual(before);
  run('status', '--help');
  expect(caches()).toHaveLength(2);
});

it.each([
  ['other text', () => Buffer.from('damaged')],
  ['nothing', () => Buffer.alloc(0)],
  ['half of it', (cache: Buffer) => cache.subarray(0, cache.length / 2)],
  // V8 itself would die of it.
  [
    'other bytes within',
    (cache: Buffer) => Buffer.concat([cache.subarray(0, 5000), Buffer.alloc(64, 0x55), cache.subarray(5064)]),
  ],
])('a cache that holds %s is made anew, and does no harm', (_, damage) => {
  const help = run('migrate', '--help');
  const [name = ''] = caches();
  writeFileSync(join(folder, name), damage(readFileSync(join(folder, name))));
  expect(run('migrate', '--help')).toBe(help);
  expect(readFileSync(join(folder, name)).length).toBeGreaterThan(10_000);
});

it('what is no command leaves nothing behind', () => {
  run('--help');
  run('--version');
  spawnSync(process.execPath, [join(folder, 'migrator.cjs'), 'nonsense']);
  expect(caches()).toEqual([]);
});

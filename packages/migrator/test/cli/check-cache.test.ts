import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.js';
import { makeProject } from '../setup/project.js';

/** Long enough to be kept, and like no other. */
const history = Object.fromEntries(
  Array.from({ length: 60 }, (_, n) => [
    `${String(n).padStart(4, '0')}_step`,
    n === 0 ? `create table songs (id int); -- ${randomBytes(8).toString('hex')}` : `comment on table songs is '${n}';`,
  ]),
);

test('check --since tries new migrations on what the files make now, whatever it has kept', async () => {
  const { root, write } = makeProject({ url: 'postgresql://nobody@127.0.0.1:1/none' }, history);
  const git = (...args: string[]) => {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'init.defaultBranch=main'];
    expect(spawnSync('git', [...identity, ...args], { cwd: root }).status).toBe(0);
  };
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'history');
  const next = { '0060_next': 'alter table songs add column plays int;' };
  const check = async (changed: Readonly<Record<string, string>>, ...argv: string[]) => {
    write({ ...history, ...next, ...changed });
    const { json } = await runCli(root, 'check', '--since', 'main', '--skip-lint', '--json', ...argv);
    const { trips, findings } = json as {
      readonly trips: readonly { readonly tag: string; readonly outcome: string }[];
      readonly findings: readonly { readonly code: string; readonly tag?: string }[];
    };
    const failed = findings.filter(({ code }) => code === 'up-fails').map(({ tag }) => tag);
    return [trips.map(({ outcome }) => outcome), failed];
  };
  const good = [['one-way'], []];
  expect(await check({})).toEqual(good);
  expect(await check({})).toEqual(good);
  const changed = { '0003_step': 'alter table songs add column plays int;' };
  expect(await check(changed)).toEqual([['failed'], ['0060_next']]);
  expect(await check(changed, '--no-cache')).toEqual([['failed'], ['0060_next']]);
  expect(await check({ '0030_step': 'select nothing;' })).toEqual([[], ['0030_step']]);
  expect(await check({})).toEqual(good);
});

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const root = new URL('../dist/', import.meta.url).href;

/** Runs in a process of its own where any attempt to open a socket throws. */
function importWithoutNetwork(...modules: string[]) {
  const script = `
    import net from 'node:net';
    net.Socket.prototype.connect = () => { throw new Error('connected'); };
    for (const module of ${JSON.stringify(modules)}) await import(${JSON.stringify(root)} + module);
    const kinds = process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout|Process/.test(kind));
    console.log(JSON.stringify(kinds));`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, DATABASE_URL: 'postgres://nobody@192.0.2.1:1/nothing' },
  });
}

test.each([
  ['index.js', 'schema/index.js'],
  ['client.js', 'migrations.js', 'testing.js'],
])('importing %s and %s opens no connection and leaves nothing running', (...modules) => {
  const { stdout, stderr, status } = importWithoutNetwork(...modules);
  expect({ stdout: stdout.trim(), stderr, status }).toEqual({ stdout: '[]', stderr: '', status: 0 });
});

test('the main entry does not even load postgres.js', () => {
  const script = `
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(\`export async function resolve(specifier, context, next) {
      if (specifier === 'postgres') throw new Error('postgres.js was loaded');
      return next(specifier, context);
    }\`));
    const db = await import(${JSON.stringify(`${root}index.js`)});
    console.log(typeof db.songsTable, typeof db.eq);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: 'object function', stderr: '' });
});

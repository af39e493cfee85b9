import { describe, expect, test } from 'vitest';
import { MigratorError } from '../errors/migrator-error.js';
import { nameAll, parseList } from './list.js';
import { runFleet } from './run.js';
import type { FleetDatabase } from './types.js';

const failure = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof MigratorError) return `${error.code}: ${error.message} at ${error.where}`;
    throw error;
  }
  return 'none';
};
const read = (text: string) => nameAll(parseList(text), 'tenants.txt');

describe('a list', () => {
  test('has a URL a line, named or not', () => {
    const text =
      '\uFEFF# tenants\r\n\r\npostgresql://u:p%40=x@Db1.example:6543/a?sslmode=require\n  acme-eu = postgres://u:p=q@db2/b \npostgresql:///c?host=/run/pg\n';
    expect(read(text)).toEqual([
      { name: 'db1.example:6543/a', url: 'postgresql://u:p%40=x@Db1.example:6543/a?sslmode=require' },
      { name: 'acme-eu', url: 'postgres://u:p=q@db2/b' },
      { name: '/run/pg:5432/c', url: 'postgresql:///c?host=/run/pg' },
    ]);
  });

  test.each([
    ['', 'fleet-list: It names no database. at tenants.txt'],
    ['# none\n', 'fleet-list: It names no database. at tenants.txt'],
    ['mysql://u:secret@h/db', 'fleet-list: This is no URL of a database. at tenants.txt, line 1'],
    ['\nu:secret@h/db', 'fleet-list: This is no URL of a database. at tenants.txt, line 2'],
    [
      'postgres://a:secret@h/db\npostgres://b:secret@H:5432/db?sslmode=require',
      'fleet-list: `h:5432/db` is named twice: by line 1 too. at tenants.txt, line 2',
    ],
    ['x=postgres://h/a\nx=postgres://h/b', 'fleet-list: `x` is named twice: by line 1 too. at tenants.txt, line 2'],
  ])('refuses %j', (text, expected) => {
    expect(failure(() => read(text))).toBe(expected);
  });
});

const databases = (count: number): FleetDatabase[] =>
  Array.from({ length: count }, (_, n) => ({ name: `d${n}`, url: '' }));

/** States by name; `work` fails where the name is in `bad`. */
async function go(count: number, options: Partial<Parameters<typeof runFleet>[1]>, bad: readonly string[] = []) {
  const order: string[] = [];
  let most = 0;
  let running = 0;
  const entries = await runFleet(databases(count), {
    concurrency: 2,
    maxFailures: 1,
    work: async ({ name }) => {
      order.push(name);
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (bad.includes(name)) throw new Error(name);
    },
    ...options,
  });
  return { states: entries.map(({ state }) => state), order, most };
}

describe('a run', () => {
  test('has no more at once than it may, in the order of the list', async () => {
    const { states, order, most } = await go(7, { concurrency: 3 });
    expect([new Set(states), order, most]).toEqual([new Set(['done']), databases(7).map(({ name }) => name), 3]);
  });

  test('stops at the first failure, unless it may fail more often', async () => {
    expect((await go(6, {}, ['d1'])).states).toEqual(
      ['done', 'failed', 'not-begun', 'not-begun', 'not-begun', 'not-begun'].map((state, n) =>
        n === 2 ? 'done' : state,
      ),
    );
    const { states } = await go(5, { maxFailures: Number.POSITIVE_INFINITY }, ['d0', 'd3']);
    expect(states).toEqual(['failed', 'done', 'done', 'failed', 'done']);
    expect((await go(6, { concurrency: 1, maxFailures: 2 }, ['d0', 'd1'])).order).toEqual(['d0', 'd1']);
  });

  test('sends canaries first, and nobody behind one that fails, however many may fail', async () => {
    const maxFailures = Number.POSITIVE_INFINITY;
    expect((await go(4, { canary: 2, maxFailures }, ['d1'])).order).toEqual(['d0', 'd1']);
    expect((await go(3, { canary: 'd2', maxFailures })).order).toEqual(['d2', 'd0', 'd1']);
    expect((await go(3, { canary: 'd2', maxFailures }, ['d2'])).states).toEqual(['not-begun', 'not-begun', 'failed']);
    await expect(go(2, { canary: 'nobody' })).rejects.toThrow('no database of the list has this name');
  });

  test('passes over what is done, and begins nothing once it is stopped', async () => {
    expect((await go(3, { done: new Set(['d1']) })).states).toEqual(['done', 'skipped', 'done']);
    const controller = new AbortController();
    const { states } = await go(5, {
      concurrency: 1,
      signal: controller.signal,
      onEntry: ({ name }) => name === 'd1' && controller.abort(),
    });
    expect(states).toEqual(['done', 'done', 'not-begun', 'not-begun', 'not-begun']);
  });
});

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { type ScratchMigration, withScratch } from '../../src/scratch/index.js';
import { FEW, keysOf } from '../../src/scratch/kept.js';
import { roundTrips } from '../../src/verify/index.js';

/** A history that no other test has: long enough to be kept. */
function makeHistory(): ScratchMigration[] {
  const mark = randomBytes(8).toString('hex');
  return Array.from({ length: FEW + 5 }, (_, n) => ({
    tag: `${String(n).padStart(4, '0')}_step`,
    path: `drizzle/${n}.sql`,
    sql: n === 0 ? `create table songs (id int); -- ${mark}` : `insert into songs values (${n});`,
  }));
}

/** The database's name tells whether it was kept: a new one has a new name. */
async function run(history: readonly ScratchMigration[], keeps = true) {
  return await withScratch({ history: keeps ? history : undefined }, async (scratch) => {
    const database = await scratch.createBehind(history);
    const [row] = await database.session.rows<{ ids: string }>(
      `select string_agg(id::text, ',' order by id) as ids from songs`,
    );
    return { name: database.name, roles: database.roles, ids: row?.ids };
  });
}

const idsTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1).join(',');

test('what a history makes is kept, also for one that goes on from it', async () => {
  const history = makeHistory();
  const first = await run(history);
  expect(first.ids).toBe(idsTo(FEW + 4));
  expect(await run(history)).toEqual(first);
  const more = { tag: 'x', path: 'drizzle/x.sql', sql: `insert into songs values (${FEW + 5});` };
  expect(await run([...history, more])).toEqual({ ...first, ids: idsTo(FEW + 5) });
});

test('a changed, a moved, a missing earlier migration never gets the state of before', async () => {
  const history = makeHistory();
  const first = await run(history);
  const changed = history.map((migration, n) =>
    n === 3 ? { ...migration, sql: 'insert into songs values (1000);' } : migration,
  );
  const afterChange = await run(changed);
  expect(afterChange.name).not.toBe(first.name);
  expect(afterChange.ids).toBe(`${idsTo(FEW + 4).replace('3,', '')},1000`);
  const without = await run(history.filter((_, n) => n !== 3));
  expect([without.name === first.name, without.ids]).toEqual([false, idsTo(FEW + 4).replace('3,', '')]);
});

test('each beginning of a history has a key that its text and order make', () => {
  const history = makeHistory();
  const keys = keysOf(history);
  expect(new Set(keys).size).toBe(history.length + 1);
  expect(keysOf(history.slice(0, 7))).toEqual(keys.slice(0, 8));
  const [a, b, ...rest] = history as [ScratchMigration, ScratchMigration, ...ScratchMigration[]];
  expect(keysOf([b, a, ...rest]).at(-1)).not.toBe(keys.at(-1));
  expect(keysOf([{ ...a, sql: a.sql + b.sql }, ...rest]).at(-1)).not.toBe(keys.at(-1));
});

test('roles are kept with it; without the wish nothing is kept or used', async () => {
  const role = `role_${randomBytes(6).toString('hex')}`;
  const [first, ...rest] = makeHistory() as [ScratchMigration, ...ScratchMigration[]];
  const history = [{ ...first, sql: `create role ${role}; ${first.sql}` }, ...rest];
  const alone = await run(history, false);
  const kept = await run(history);
  expect(kept.name).not.toBe(alone.name);
  expect(await run(history)).toEqual({ ...kept, roles: [role] });
  expect((await run(history, false)).name).not.toBe(kept.name);
});

test('a history that fails is not kept, and names the migration', async () => {
  const history = makeHistory().map((migration, n) =>
    n === 20 ? { ...migration, sql: 'select nothing;' } : migration,
  );
  const trip = { tag: 'last', path: 'drizzle/last.sql', sql: 'select 1;' };
  for (let round = 0; round < 2; round += 1) {
    const { findings, trips } = await withScratch({ history }, (scratch) =>
      roundTrips(scratch, [...history, trip], { only: new Set(['last']) }),
    );
    expect([trips, findings.map(({ code, tag }) => [code, tag])]).toEqual([[], [['up-fails', '0020_step']]]);
  }
});

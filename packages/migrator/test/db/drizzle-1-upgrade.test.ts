import { expect, test } from 'vitest';
import { sha256 } from '../../src/core/hash.js';
import type { Migration } from '../../src/core/types.js';
import { foretellUpgrade } from '../../src/plan/drizzle-upgrade.js';
import { createDatabase } from '../setup/database.js';
import { drizzleOrm1Migrate, folderFiles } from '../setup/drizzle-1.js';
import { FIRST, makeFolder, writeFiles } from '../setup/project.js';

/** A small generator of numbers, so that a failing case can be played again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

function stampOf(when: number): string {
  return new Date(when).toISOString().replace(/\D/g, '').slice(0, 14);
}

test('what drizzle-orm 1.0 makes of the rows of a table of 0.31 is foretold, in 40 random histories', async () => {
  const database = await createDatabase();
  await database.query('create schema drizzle');
  let refused = 0;
  let twice = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const next = numbers(seed);
    const names = new Map<string, string>();
    for (let index = 0; index < 1 + next(5); index += 1)
      names.set(`${stampOf(FIRST + next(4) * 1000)}_m${next(9)}`, `-- ${next(6)}`);
    const migrations = [...names].map(([name, sql], position): Migration => {
      const when = Date.parse(name.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d).*/, '$1-$2-$3T$4:$5:$6Z'));
      return { tag: name, name, position, idx: position, when, path: name, file: { sql, hash: sha256(sql) } };
    });
    migrations.sort((a, b) => a.tag.localeCompare(b.tag));
    const rows = Array.from({ length: 1 + next(4) }, (_, index) => ({
      id: index + 1,
      hash: sha256(`-- ${next(7)}`),
      createdAt: FIRST + next(5) * 1000 + next(1000),
    }));
    await database.query(
      `drop table if exists drizzle.__drizzle_migrations;
       create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
       insert into drizzle.__drizzle_migrations (hash, created_at) values ${rows.map(({ hash, createdAt }) => `('${hash}', ${createdAt})`).join(', ')}`,
    );
    const folder = makeFolder();
    writeFiles(folder, folderFiles(Object.fromEntries(names)));
    const foretold = foretellUpgrade(migrations, rows);
    const really = await drizzleOrm1Migrate(folder, database.url).then(
      () => 'upgraded',
      (error: Error) => error.message,
    );
    if (foretold.unmatched.length > 0) {
      refused += 1;
      expect([seed, really]).toEqual([
        seed,
        expect.stringContaining(`(ids: ${foretold.unmatched.map(({ id }) => id).join(', ')})`),
      ]);
      continue;
    }
    const named = await database.query<{ name: string }>(
      `select name from drizzle.__drizzle_migrations where id <= ${rows.length} order by id`,
    );
    expect([seed, really, named.map(({ name }) => name)]).toEqual([
      seed,
      'upgraded',
      rows.map((row) => foretold.names.get(row)),
    ]);
    if (new Set(foretold.names.values()).size < rows.length) twice += 1;
  }
  expect([refused > 3, twice > 3]).toEqual([true, true]);
});

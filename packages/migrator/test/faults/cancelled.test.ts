import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { MigratorError } from '../../src/errors/migrator-error.js';
import { createDatabase } from '../setup/database.js';
import { openSession, ourSessionsSql, projectOf } from './harness.js';

/** Notes its transaction twice; a migration whose statements ran in several, or not all of them, shows. */
const noteTwice = (n: number) =>
  [1, 2].map(() => `insert into notes select ${n}, pg_current_xact_id()`).join(';\n--> statement-breakpoint\n');

/**
 * Migrations are sent ahead of the answers. A cancel request that hits between two of them must not lead to the statements
 * of the second running without its BEGIN.
 */
test('whenever a run is cancelled, each migration has happened in one transaction or not at all', {
  timeout: 300_000,
}, async () => {
  const files = Object.fromEntries(
    Array.from({ length: 400 }, (_, n) => [`${String(n).padStart(4, '0')}_note`, noteTwice(n)]),
  );
  const database = await createDatabase();
  const { migrationsFolder } = projectOf(files);
  await database.query('create table notes (n int, xid xid8)');
  const project = { database: database.url, migrationsFolder };
  await migrate(project, { to: '0000_note' });
  const admin = await openSession(database.url, 'admin');

  for (let round = 0; round < 30; round += 1) {
    // Half by an administrator, half by the run's own signal.
    const stop = new AbortController();
    let over = false;
    const run = migrate(project, { signal: stop.signal }).then(
      () => true,
      (error: unknown) => error,
    );
    void run.then(() => {
      over = true;
    });
    await sleep(40 + Math.random() * 60);
    while (!over) {
      if (round % 2 === 0) stop.abort();
      else
        await admin.run(
          `select pg_cancel_backend(pid) from (${ourSessionsSql}) ours where application_name like 'migrator/%'`,
        );
      await sleep(1);
    }
    const outcome = await run;
    const torn = await database.query(
      `select n from notes group by n having count(*) <> 2 or count(distinct xid) <> 1`,
    );
    expect(torn, `round ${round}`).toEqual([]);
    const [counts] = await database.query<{ noted: number; rows: number }>(
      `select (select count(distinct n)::int from notes) as noted, (select count(*)::int from drizzle.__drizzle_migrations) as rows`,
    );
    expect(counts?.noted).toBe(counts?.rows);
    if (outcome === true) break;
    expect(outcome).toBeInstanceOf(MigratorError);
  }
  await migrate(project);
  expect(
    await database.query('select count(*)::int as n, count(distinct xid)::int as transactions from notes'),
  ).toEqual([{ n: 800, transactions: 400 }]);
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { status } from '../../src/api/status.js';
import { createDatabase } from '../setup/database.js';
import { openSession, ourSessionsSql, projectOf, startCli, until } from './harness.js';

async function setup(down: string) {
  const database = await createDatabase();
  const { root, migrationsFolder } = projectOf({
    '0000_songs': 'create table songs (id int, plays int); insert into songs values (1, 0);',
    '0001_next': 'create index songs_id on songs (id); create index songs_plays on songs (plays);',
  });
  const write = (sql: string) => writeFileSync(join(root, 'drizzle', '0001_next.down.sql'), sql);
  write(down);
  const project = { database: database.url, migrationsFolder };
  await migrate(project);
  const start = (...args: string[]) => startCli(root, ['rollback', '--yes', ...args], { DATABASE_URL: database.url });
  const running = (text: string) =>
    until(
      async () => (await database.query<{ query: string }>(ourSessionsSql)).some(({ query }) => query.includes(text)),
      `a session that runs ${text}`,
    );
  return { database, project, start, running, write };
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s in a transaction: cancelled, nothing is undone, and the next one does it', async (signal, code) => {
  const { database, project, start, running, write } = await setup(
    'update songs set plays = 9; select pg_sleep(120); drop index songs_plays; drop index songs_id;',
  );
  const run = start();
  await running('select pg_sleep');
  run.child.kill(signal);
  const ended = await run.ended;
  expect(ended.code, ended.output).toBe(code);
  expect(ended.output).toContain('No migration was rolled back by this run.');
  await until(async () => (await database.query(ourSessionsSql)).length === 0, 'our sessions to be gone', 2000);
  expect(await database.query('select plays from songs')).toEqual([{ plays: 0 }]);
  expect((await status(project)).upToDate).toBe(true);
  write('drop index songs_plays; drop index songs_id;');
  const next = await start('--use-files').ended;
  expect(next.code, next.output).toBe(0);
  expect((await status(project)).comparison.statuses[1]?.state).toBe('pending');
});

test('SIGINT in a DROP INDEX CONCURRENTLY that waits: it says what is left, and the next one goes on there', async () => {
  const { database, project, start, running } = await setup(
    'drop index concurrently songs_plays;\ndrop index concurrently songs_id;',
  );
  const other = await openSession(database.url);
  await other.run('begin; lock table songs in row exclusive mode');
  const run = start();
  await running('drop index concurrently');
  run.child.kill('SIGINT');
  const ended = await run.ended;
  expect(ended.code, ended.output).toBe(130);
  expect((await status(project)).comparison.statuses[1]?.halfRolledBack).toMatchObject({ direction: 'down' });
  await expect(migrate(project)).rejects.toMatchObject({ code: 'refused' });
  await other.run('rollback');
  const next = await start().ended;
  expect(next.code, next.output).toBe(0);
  expect(await database.query(`select from pg_index where indrelid = 'songs'::regclass`)).toEqual([]);
  expect((await status(project)).comparison.statuses[1]).toMatchObject({ state: 'pending' });
});

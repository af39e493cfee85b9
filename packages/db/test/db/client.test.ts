import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client.js';
import { count, eq } from '../../src/index.js';
import { usersTable } from '../../src/schema/index.js';
import { createTestDatabase, type TestDatabase } from '../../src/testing.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('typed queries run, and application_name says who asks', async () => {
  await using client = createClient({ url: database.url, applicationName: 'client-test' });
  await client.db.insert(usersTable).values({ email: 'ada@example.com', password_hash: '-' });
  expect(
    await client.db.select({ n: count() }).from(usersTable).where(eq(usersTable.email, 'ada@example.com')),
  ).toEqual([{ n: 1 }]);
  expect(await client.db.query.usersTable.findFirst({ with: { songs: true } })).toMatchObject({ songs: [] });
  expect(await client.sql`show application_name`).toEqual([{ application_name: 'client-test' }]);
});

test('close ends every connection', async () => {
  const client = createClient({ url: database.url, applicationName: 'closing' });
  await Promise.all([client.sql`select pg_sleep(0.05)`, client.sql`select pg_sleep(0.05)`]);
  const connections = () => database.sql`select from pg_stat_activity where application_name = 'closing'`;
  expect(await connections()).toHaveLength(2);
  await client.close();
  await expect.poll(async () => (await connections()).length).toBe(0);
});

test('without a URL and without DATABASE_URL nothing is guessed', () => {
  expect(() => createClient()).toThrow('No database to connect to: pass `url` to createClient(), or set DATABASE_URL.');
});

/** Asks `queries` times over one connection while the table gains a column; 'hung' if an answer never comes. */
async function askWhileTableGainsColumn(sql: postgres.Sql, queries: number): Promise<'hung' | number> {
  const table = sql(`gains_column_${Math.random().toString(36).slice(2)}`);
  const owner = createClient({ url: database.url, max: 1 });
  await owner.sql`create table ${table} as select 1 as id`;
  const ask = () => sql`select * from ${table} where id = ${1}`;
  // Once more than needed: from the second time on a prepared statement is in use.
  for (let i = 0; i < 3; i++) await ask();

  let waiting: Promise<unknown[]> | undefined;
  await owner.sql.begin(async (tx) => {
    await tx`alter table ${table} add column extra int`;
    waiting = Promise.all(Array.from({ length: queries }, ask));
    const blocked = () =>
      tx`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    await expect.poll(async () => (await blocked()).length).toBe(1);
  });
  await owner.close();
  const patience = new Promise<'hung'>((resolve) => setTimeout(() => resolve('hung'), 1500));
  const answers = await Promise.race([waiting?.then((all) => all.length) ?? 0, patience]);
  return answers;
}

test.each([1, 2, 10])('%i pipelined `select *` are answered although their table gains a column', async (queries) => {
  const client = createClient({ url: database.url, max: 1 });
  expect(await askWhileTableGainsColumn(client.sql, queries)).toBe(queries);
  expect(await askWhileTableGainsColumn(client.sql, queries)).toBe(queries);
  await client.close();
});

// If one of these fails, postgres.js has mended it: `prepare: false` in client.ts may go.
test.each([{}, { max_pipeline: 1 }])('postgres.js with %o still hangs there', async (settings) => {
  const sql = postgres(database.url, { max: 1, ...settings });
  expect(await askWhileTableGainsColumn(sql, 10)).toBe('hung');
  await sql.end({ timeout: 0 });
});

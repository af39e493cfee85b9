import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { latestMigration } from '../../src/migrations.js';
import { usersTable } from '../../src/schema/index.js';
import { createTestDatabase } from '../../src/testing.js';

test('a test database is migrated to the latest migration and empty', async () => {
  await using database = await createTestDatabase();
  const [row] = await database.sql`select max(created_at) as newest from drizzle.__drizzle_migrations`;
  expect(Number(row?.newest)).toBe(latestMigration().when);
  expect(await database.db.select().from(usersTable)).toEqual([]);
});

test('databases made in parallel know nothing of each other', async () => {
  const databases = await Promise.all(Array.from({ length: 10 }, () => createTestDatabase()));
  const users = (n: number) => Array.from({ length: n + 1 }, (_, i) => ({ email: `${i}@x.org`, password_hash: '-' }));
  await Promise.all(databases.map(({ db }, n) => db.insert(usersTable).values(users(n))));
  expect(await Promise.all(databases.map(({ db }) => db.$count(usersTable)))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  await Promise.all(databases.map(({ drop }) => drop()));
});

test('drop removes the database also while somebody is connected, and may be called twice', async () => {
  const database = await createTestDatabase();
  const { createClient } = await import('../../src/client.js');
  const other = createClient({ url: database.url });
  await other.sql`select 1`;
  await database.drop();
  await database.drop();
  await expect(other.sql`select 1`).rejects.toThrow();
  await other.close();
  await expect(createClient({ url: database.url }).sql`select 1`).rejects.toThrow(/does not exist/);
});

const clone = `
import { createTestDatabase } from ${JSON.stringify(new URL('../../dist/testing.js', import.meta.url).href)};
const database = await createTestDatabase();
const [row] = await database.sql\`select count(*)::int as tables from information_schema.tables where table_schema = 'public'\`;
await database.drop();
console.log(row.tables);
`;
const run = (env: NodeJS.ProcessEnv) =>
  promisify(execFile)(process.execPath, ['--input-type=module', '-e', clone], {
    env: { ...process.env, ...env },
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });

test('eight processes that start together on a new server build one template and get a database each', async () => {
  const { startTemporaryServer } = await import('@melodia/migrator/embedded');
  const server = await startTemporaryServer();
  try {
    const results = await Promise.all(Array.from({ length: 8 }, () => run({ TEST_DATABASE_URL: server.url })));
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(Array(8).fill('12'));
  } finally {
    await server.stop();
  }
});

test('without a server to use, a process starts one of its own and leaves nothing behind', async () => {
  const { stdout } = await run({ TEST_DATABASE_URL: '' });
  expect(stdout.trim()).toBe('12');
});

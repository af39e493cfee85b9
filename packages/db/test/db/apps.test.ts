import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { applicationName, readApplicationName } from '../../src/app-name.js';
import { createClient } from '../../src/client.js';
import { startHeartbeat } from '../../src/heartbeat.js';
import { enqueueJob } from '../../src/jobs.js';
import { latestMigration } from '../../src/migrations.js';
import { appInstancesTable } from '../../src/schema/index.js';
import { createTestDatabase } from '../../src/testing.js';

const app = { name: 'web', version: '1.2.3' };

test('a connection says app, versions and schema tag', async () => {
  await using database = await createTestDatabase();
  await using client = createClient({ url: database.url, app });
  const [row] = await client.sql`select current_setting('application_name') as name`;
  expect(row?.name).toBe(applicationName(app));
  const tag = latestMigration().tag;
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const read = readApplicationName(row?.name);
  expect(read).toMatchObject({ app: 'web', appVersion: '1.2.3', packageVersion: version });
  expect(tag.startsWith(read?.schemaTag ?? 'nothing')).toBe(true);
  expect(tag.length - (read?.schemaTag.length ?? 0)).toBeLessThan(10);
});

test('a name that is too long, or strange, can still be read', () => {
  const long = applicationName({ name: 'the web/site of "Melodia"', version: '10.20.30-beta.4' });
  expect(long.length).toBeLessThanOrEqual(63);
  expect(readApplicationName(long)).toMatchObject({ app: 'the-web-site-of--Melodia-', appVersion: '10.20.30-beta.4' });
  expect(readApplicationName('psql')).toBeUndefined();
  expect(readApplicationName('melodia')).toBeUndefined();
});

test('a heartbeat says who is there, again after somebody cleared it, and is gone when it stops', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  await db.insert(appInstancesTable).values({
    ...{ id: 'old', app: 'web', app_version: '0', package_version: '0', schema_tag: 'x', host: 'h' },
    seen_at: new Date(0),
  });
  const heartbeat = await startHeartbeat(db, app, { intervalMs: 20 });
  const [first, ...others] = await db.select().from(appInstancesTable);
  expect(others).toEqual([]);
  expect(first).toMatchObject({
    id: heartbeat.id,
    app: 'web',
    app_version: '1.2.3',
    schema_tag: latestMigration().tag,
  });
  await db.delete(appInstancesTable);
  await expect.poll(() => db.$count(appInstancesTable)).toBe(1);
  await expect
    .poll(async () => (await db.select().from(appInstancesTable))[0]?.seen_at.getTime())
    .toBeGreaterThan(first?.seen_at.getTime() ?? 0);
  await heartbeat.stop();
  expect(await db.$count(appInstancesTable)).toBe(0);
});

test('a heartbeat slower than its interval beats once at a time and does not come back after it stopped', async () => {
  await using database = await createTestDatabase();
  const { db, sql } = database;
  const heartbeat = await startHeartbeat(db, app, { intervalMs: 5 });
  const waiting = () =>
    sql`select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  let stopped = Promise.resolve();
  await sql.begin(async (tx) => {
    await tx`lock table app_instances`;
    await expect.poll(async () => (await waiting())[0]?.count).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await waiting())[0]?.count).toBe(1);
    stopped = heartbeat.stop();
  });
  await stopped;
  expect(await db.$count(appInstancesTable)).toBe(0);
});

test('a wrong payload reaches no queue; without a queue nothing is lost in silence', async () => {
  await using database = await createTestDatabase();
  await expect(enqueueJob(database.db, 'process-lyrics', { answerId: -1 })).rejects.toThrow('Invalid value');
  await expect(enqueueJob(database.db, 'process-lyrics', { answerId: 1 })).rejects.toMatchObject({
    cause: { code: '3F000' },
  });
});

// A migrated database of its own for every test: a copy of a template that is built once for a set of migrations.
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { type Client, createClient } from './client.js';
import { migrateDatabase, migrationsFolder } from './migrations.js';

export interface TestDatabase extends AsyncDisposable {
  /** For the code under test that connects by itself. */
  url: string;
  db: Client['db'];
  sql: Client['sql'];
  /** Closes `db` and removes the database, also while others are connected to it. */
  drop(): Promise<void>;
}

/**
 * ```ts
 * const { db, drop } = await createTestDatabase();
 * await db.insert(usersTable).values({ email: 'ada@example.com', password_hash: '…' });
 * await drop();
 * ```
 *
 * The server is `TEST_DATABASE_URL` (a role that may create databases); the global set-up of `@melodia/db/testing/vitest`
 * sets it for a whole run. Without it this process starts a server of its own, which ends with the process.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await testServer();
  const name = `melodia_test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await server.admin.unsafe(`create database ${name} template ${server.template} ${server.copyOptions}`);
  const url = withDatabase(server.url, name);
  const { db, sql, close } = createClient({ url, max: 5, applicationName: 'melodia-test' });
  let dropped: Promise<void> | undefined;
  const drop = () => {
    dropped ??= close().then(async () => void (await server.admin.unsafe(`drop database ${name} with (force)`)));
    return dropped;
  };
  return { url, db, sql, drop, [Symbol.asyncDispose]: drop };
}

interface TestServer {
  url: string;
  admin: Sql;
  template: string;
  copyOptions: string;
}

let started: Promise<TestServer> | undefined;

function testServer(): Promise<TestServer> {
  started ??= openTestServer().catch((error: unknown) => {
    started = undefined;
    throw error;
  });
  return started;
}

async function openTestServer(): Promise<TestServer> {
  const url = process.env.TEST_DATABASE_URL || (await startServer());
  // Idle connections close by themselves: a test process must not stay alive for them.
  const admin = postgres(url, { max: 4, idle_timeout: 1, prepare: false, onnotice: () => {} });
  return { url, admin, template: await ensureTemplate(url, admin), copyOptions: await chooseCopyOptions(admin) };
}

async function startServer(): Promise<string> {
  const { startTestServer } = await import('./test-server.js');
  return (await startTestServer()).url;
}

/** Copying files is the fastest way where nothing waits for the disk, and the slowest where something does. */
async function chooseCopyOptions(admin: Sql): Promise<string> {
  const [row] = await admin<{ fast: boolean }[]>`
    select current_setting('fsync') = 'off' and current_setting('server_version_num')::int >= 150000 as fast`;
  return row?.fast ? 'strategy file_copy' : '';
}

/** A template is complete once it has its final name, so a killed build is never copied: the next one starts afresh. */
async function ensureTemplate(url: string, admin: Sql): Promise<string> {
  const template = `melodia_template_${hashMigrations().slice(0, 16)}`;
  const building = `${template}_building`;
  if (await hasDatabase(admin, template)) return template;

  // Test processes start together: one builds, the others wait here.
  await admin.begin(async (lock) => {
    await lock`select pg_advisory_xact_lock(hashtextextended(${template}, 0))`;
    if (await hasDatabase(admin, template)) return;
    await admin.unsafe(`drop database if exists ${building} with (force)`);
    await admin.unsafe(`create database ${building} template template0`);
    await migrateDatabase(withDatabase(url, building));
    await admin.unsafe(`alter database ${building} rename to ${template}`);
  });
  return template;
}

async function hasDatabase(admin: Sql, name: string): Promise<boolean> {
  return (await admin`select from pg_database where datname = ${name}`).length > 0;
}

function hashMigrations(): string {
  const hash = createHash('sha256').update(readFileSync(join(migrationsFolder, 'meta/_journal.json')));
  const files = readdirSync(migrationsFolder).filter((file) => file.endsWith('.sql'));
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(migrationsFolder, file)));
  return hash.digest('hex');
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

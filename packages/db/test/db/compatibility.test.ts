import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, rollback } from '@melodia/migrator';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client.js';
import { assertCompatible, checkCompatibility, knownMigrations, neededMigration } from '../../src/compatibility.js';
import { migrationsFolder } from '../../src/migrations.js';
import { createTestDatabase, type TestDatabase } from '../../src/testing.js';

const newest = knownMigrations().at(-1)?.tag ?? '';
const before = knownMigrations().at(-2)?.tag ?? '';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const project = (folder: string) => ({ database: database.url, migrationsFolder: folder });

/** The package's migrations and more, as a later version would have them. */
function laterVersion(...texts: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'later-version-'));
  cpSync(migrationsFolder, folder, { recursive: true });
  const path = join(folder, 'meta', '_journal.json');
  const journal = JSON.parse(readFileSync(path, 'utf8'));
  for (const text of texts) {
    const last = journal.entries.at(-1);
    const tag = `${String(last.idx + 1).padStart(4, '0')}_later`;
    journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1000, tag });
    writeFileSync(join(folder, `${tag}.sql`), text);
    writeFileSync(join(folder, `${tag}.down.sql`), 'select 1;');
  }
  writeFileSync(path, JSON.stringify(journal));
  return folder;
}

const EXPAND = 'alter table songs add column isrc text;';
const CONTRACT = '-- migrator: phase=contract\nalter table songs drop column tags;';

test('a database of this version is current', async () => {
  expect(await assertCompatible(database.db)).toEqual({
    state: 'current',
    ok: true,
    needed: newest,
    found: newest,
    missing: [],
    ahead: [],
    message: `The database has \`${newest}\`.`,
  });
});

test('an empty database is refused, with what to run', async () => {
  const [{ name = '' } = {}] = await database.sql`select current_database() as name`;
  const url = new URL(database.url);
  url.pathname = `/${name}_empty`;
  await database.sql.unsafe(`create database ${name}_empty template template0`);
  const { db, close } = createClient({ url: url.href });
  try {
    await expect(assertCompatible(db)).rejects.toThrow(
      `This version needs the migration \`${newest}\`, and the database has no migration of it: ${knownMigrations().length} migrations missing. Run \`migrator migrate\` (in the repository \`pnpm db:migrate\`) before this version starts.`,
    );
  } finally {
    await close();
    await database.sql.unsafe(`drop database ${name}_empty with (force)`);
  }
});

test('one migration behind is refused', async () => {
  await rollback(project(migrationsFolder), { steps: 1 });
  expect(await checkCompatibility(database.db)).toMatchObject({
    state: 'behind',
    ok: false,
    found: before,
    missing: [newest],
  });
  await migrate(project(migrationsFolder));
  expect(await checkCompatibility(database.db)).toMatchObject({ state: 'current' });
});

test('ahead by what only adds is accepted, ahead by what takes away is not', async () => {
  await migrate(project(laterVersion(EXPAND)));
  expect(await assertCompatible(database.db)).toMatchObject({
    state: 'ahead',
    found: newest,
    ahead: [{ phase: 'expand' }],
    message: `The database has \`${newest}\`, and 1 newer migration that only add to it.`,
  });
  const folder = laterVersion(EXPAND, CONTRACT);
  await migrate(project(folder));
  const tag = `${String(knownMigrations().length + 1).padStart(4, '0')}_later`;
  await expect(assertCompatible(database.db)).rejects.toThrow(
    `The database is at \`${newest}\`, and has the contract migration \`${tag}\`, which this version does not know. Start the version of the application that was made for it, or roll the database back with \`migrator rollback\`.`,
  );
  await rollback(project(folder), { steps: 2 });
  expect(await checkCompatibility(database.db)).toMatchObject({ state: 'current' });
});

test('what another tool has applied may be anything', async () => {
  await database.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('beef', 9999999999999)`;
  expect(await checkCompatibility(database.db)).toMatchObject({
    state: 'incompatible',
    ahead: [{ tag: undefined, when: 9999999999999, phase: 'unknown' }],
    message: expect.stringContaining('one stamped 9999999999999, applied by a tool that keeps no log'),
  });
  await database.sql`delete from drizzle.__drizzle_migrations where hash = 'beef'`;
});

test('no log is needed, nor more than reading', async () => {
  await database.db
    .transaction(async (tx) => {
      await tx.execute(sql`drop table drizzle.__migrator_log`);
      await tx.execute(sql`set transaction read only`);
      expect(await checkCompatibility(tx)).toMatchObject({ state: 'current' });
      await tx.rollback();
    })
    .catch((error: unknown) => expect(String(error)).toContain('Rollback'));
});

test('a pending contract migration of its own is nothing that is needed', () => {
  const migrations = [
    { tag: '0000_a', when: 1, hash: 'a', phase: 'expand' as const },
    { tag: '0001_b', when: 2, hash: 'b', phase: 'contract' as const },
  ];
  expect(neededMigration(migrations)).toBe('0000_a');
});

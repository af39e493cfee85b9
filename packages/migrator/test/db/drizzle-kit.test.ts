import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { migrate, plan } from '../../src/api/migrate.js';
import { status } from '../../src/api/status.js';
import { readCatalog, readTracking } from '../setup/catalog.js';
import { createDatabase, type TestDatabase } from '../setup/database.js';
import { drizzleKit, drizzleKitMigrate, drizzleOrmMigrate, makeDrizzleFolder } from '../setup/drizzle-kit.js';
import { makeFolder, migrationFiles, writeFiles } from '../setup/project.js';

/** What files of real folders hold, and drizzle's migrator can run too. */
const EXOTIC = {
  '0000_first': `CREATE TYPE "mood" AS ENUM('sad', 'ok');--> statement-breakpoint
CREATE TABLE "songs" ("id" serial PRIMARY KEY, "title" text NOT NULL, "mood" "mood" DEFAULT 'ok');--> statement-breakpoint
CREATE INDEX "songs_title" ON "songs" ("title") WHERE "mood" <> 'sad';`,
  '0001_empty': '',
  '0002_no_semicolon': `INSERT INTO "songs" ("title") VALUES ('é 🎵; -- no comment'), ('it''s')`,
  '0003_several_in_a_chunk': `ALTER TABLE "songs" ADD COLUMN "plays" integer; UPDATE "songs" SET "plays" = 0;
ALTER TABLE "songs" ALTER COLUMN "plays" SET NOT NULL;
--> statement-breakpoint
--> statement-breakpoint
CREATE FUNCTION "played"("song" integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  UPDATE "songs" SET "plays" = "plays" + 1 WHERE "id" = "song"; -- one more
END; $$;`,
  '0004_windows':
    'CREATE VIEW "titles" AS\r\n  SELECT "title" FROM "songs";\r\n--> statement-breakpoint\r\nSELECT "played"(1);\r\n',
  '0005_check': 'ALTER TABLE "songs" ADD CONSTRAINT "plays_positive" CHECK ("plays" >= 0);',
};

const melodia = fileURLToPath(new URL('../../../db/drizzle/migrations', import.meta.url));

function exoticFolder(): string {
  const folder = makeFolder();
  writeFiles(folder, migrationFiles(EXOTIC));
  return folder;
}

/** The first `count` migrations of a folder, as a checkout at that time had them. */
function firstOf(folder: string, count: number): string {
  const copy = makeFolder();
  cpSync(folder, copy, { recursive: true });
  const journalFile = join(copy, 'meta/_journal.json');
  const journal = JSON.parse(readFileSync(journalFile, 'utf8')) as { entries: unknown[] };
  writeFileSync(journalFile, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }));
  return copy;
}

interface Tool {
  readonly name: string;
  migrate(folder: string, database: TestDatabase): Promise<unknown>;
}

const ours: Tool = { name: 'ours', migrate: (folder, { url }) => migrate({ database: url, migrationsFolder: folder }) };
const atomic: Tool = {
  name: 'ours with --atomic',
  migrate: (folder, { url }) => migrate({ database: url, migrationsFolder: folder }, { atomic: true }),
};
const kit: Tool = { name: 'drizzle-kit migrate', migrate: (folder, { url }) => drizzleKitMigrate(folder, url) };
const orm: Tool = { name: "drizzle-orm's migrator", migrate: (folder, { url }) => drizzleOrmMigrate(folder, url) };

async function stateOf(database: TestDatabase) {
  return { catalog: await readCatalog(database), tracking: await readTracking(database) };
}

async function expectUpToDate(folder: string, { url }: TestDatabase): Promise<void> {
  const project = { database: url, migrationsFolder: folder };
  const report = await status(project);
  expect(report.upToDate).toBe(true);
  expect(report.comparison.statuses.map(({ state }) => state)).not.toContain('restamped');
  expect(report.comparison.unknown).toEqual([]);
  expect((await plan(project)).steps).toEqual([]);
}

describe.each([
  { history: 'the Melodia history', folderOf: () => melodia },
  { history: 'a folder with everything odd that drizzle accepts', folderOf: exoticFolder },
])('$history', ({ folderOf }) => {
  test('ends the same, row for row, whoever applies it, and each finds nothing to do after the other', async () => {
    const folder = folderOf();
    const applied = await Promise.all(
      [kit, orm, ours, atomic].map(async (tool) => {
        const database = await createDatabase();
        await tool.migrate(folder, database);
        return { tool, database, state: await stateOf(database) };
      }),
    );
    const [reference, ...others] = applied;
    expect(reference?.state.tracking.length).toBeGreaterThan(5);
    for (const { state } of others) expect(state).toEqual(reference?.state);

    for (const { tool, database, state } of applied) {
      await expectUpToDate(folder, database);
      for (const next of tool === ours ? [kit, orm, ours] : [ours]) await next.migrate(folder, database);
      expect(await stateOf(database)).toEqual(state);
    }
  });

  test.each([
    { first: ours, second: kit },
    { first: kit, second: ours },
    { first: ours, second: orm },
    { first: orm, second: ours },
  ])('is one history when $first.name applies half of it and $second.name the rest', async ({ first, second }) => {
    const folder = folderOf();
    const [whole, halves] = await Promise.all([createDatabase(), createDatabase()]);
    await orm.migrate(folder, whole);

    await first.migrate(firstOf(folder, 3), halves);
    expect((await readTracking(halves)).length).toBe(3);
    await second.migrate(folder, halves);

    expect(await stateOf(halves)).toEqual(await stateOf(whole));
    await expectUpToDate(folder, halves);
  });
});

test('turn by turn, migration by migration, it stays one history', async () => {
  const folder = exoticFolder();
  const [whole, turns] = await Promise.all([createDatabase(), createDatabase()]);
  await orm.migrate(folder, whole);
  const total = Object.keys(EXOTIC).length;
  for (let count = 1; count <= total; count += 1) {
    await (count % 2 ? ours : orm).migrate(firstOf(folder, count), turns);
  }
  expect(await stateOf(turns)).toEqual(await stateOf(whole));
  await expectUpToDate(folder, turns);
});

test('our log knows what we applied, and says nothing of what drizzle-kit applied', async () => {
  const folder = exoticFolder();
  const database = await createDatabase();
  await ours.migrate(firstOf(folder, 2), database);
  await orm.migrate(firstOf(folder, 4), database);
  await ours.migrate(folder, database);
  const { comparison } = await status({ database: database.url, migrationsFolder: folder });
  expect(comparison.statuses.map(({ log }) => log?.status ?? 'not ours')).toEqual([
    'applied',
    'applied',
    'not ours',
    'not ours',
    'applied',
    'applied',
  ]);
});

test("other names for schema and table are drizzle's too", async () => {
  const folder = exoticFolder();
  const database = await createDatabase();
  const names = { migrationsSchema: 'Odd "schema"', migrationsTable: "it's.a table" };
  const project = { database: database.url, migrationsFolder: folder, ...names };
  await migrate(project);
  const config = makeDrizzleFolder();
  writeFiles(config, {
    'drizzle.config.mjs': `import { relative } from 'node:path';
export default { dialect: 'postgresql', out: relative(process.cwd(), ${JSON.stringify(folder)}), dbCredentials: { url: ${JSON.stringify(database.url)} },
  migrations: ${JSON.stringify({ schema: names.migrationsSchema, table: names.migrationsTable })} };\n`,
  });
  const before = await readCatalog(database);
  const { exitCode, output } = await drizzleKit(config, 'migrate', '--config', 'drizzle.config.mjs');
  expect([exitCode, output]).toEqual([0, expect.stringContaining('migrations applied successfully')]);
  expect(await readCatalog(database)).toBe(before);
  expect((await plan(project)).steps).toEqual([]);
});

describe('a project that drizzle-kit generates', () => {
  const schemas = [
    `import { pgTable, serial, text } from 'drizzle-orm/pg-core';
export const songs = pgTable('songs', { id: serial().primaryKey(), title: text().notNull() });\n`,
    `import { index, integer, pgEnum, pgTable, serial, text } from 'drizzle-orm/pg-core';
export const mood = pgEnum('mood', ['sad', 'ok']);
export const songs = pgTable('songs', { id: serial().primaryKey(), title: text().notNull(), mood: mood() }, (t) => [index('songs_title').on(t.title).concurrently()]);
export const plays = pgTable('plays', { song: integer().references(() => songs.id) });\n`,
  ];
  test('is applied by us, CONCURRENTLY included, which drizzle-kit can generate and never apply', async () => {
    const root = makeDrizzleFolder();
    const database = await createDatabase();
    const project = { database: database.url, migrationsFolder: join(root, 'drizzle') };
    writeFiles(root, {
      'drizzle.config.json': {
        dialect: 'postgresql',
        schema: './schema.ts',
        out: './drizzle',
        dbCredentials: { url: database.url },
      },
    });
    const tags: string[] = [];
    for (const [n, schema] of schemas.entries()) {
      writeFiles(root, { 'schema.ts': schema });
      const { output } = await drizzleKit(root, 'generate', '--name', `step_${n}`, '--config', 'drizzle.config.json');
      expect(output).toContain('Your SQL migration file');
      const result = await migrate(project);
      tags.push(...result.done.map(({ tag }) => tag));
    }
    expect(tags).toEqual(['0000_step_0', '0001_step_1']);
    const { findings, upToDate } = await status(project);
    expect([upToDate, findings]).toEqual([true, []]);

    const before = await stateOf(database);
    const theirs = await drizzleKit(root, 'migrate', '--config', 'drizzle.config.json');
    expect([theirs.exitCode, theirs.output]).toEqual([0, expect.stringContaining('migrations applied successfully')]);
    expect(await stateOf(database)).toEqual(before);
    const generated = await drizzleKit(root, 'generate', '--config', 'drizzle.config.json');
    expect(generated.output).toContain('No schema changes, nothing to migrate');
    const checked = await drizzleKit(root, 'check', '--config', 'drizzle.config.json');
    expect([checked.exitCode, checked.output]).toEqual([0, expect.stringContaining("Everything's fine")]);
  });
});

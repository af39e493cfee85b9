import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { check } from '../../src/api/check.js';
import { drift } from '../../src/api/drift.js';
import { generate, generateDowns } from '../../src/api/generate.js';
import { migrate, plan } from '../../src/api/migrate.js';
import { redo } from '../../src/api/redo.js';
import { planRollback, rollback } from '../../src/api/rollback.js';
import { status } from '../../src/api/status.js';
import { readCatalog } from '../setup/catalog.js';
import { failureOf } from '../setup/cli.js';
import { createDatabase, serverUrl, type TestDatabase } from '../setup/database.js';
import {
  drizzleKit1Migrate,
  drizzleKit1On,
  drizzleOrm1Migrate,
  folderFiles,
  folderName,
  makeDrizzle1Folder,
} from '../setup/drizzle-1.js';
import { drizzleKitMigrate, drizzleOrmMigrate } from '../setup/drizzle-kit.js';
import { FIRST, makeFolder, migrationFiles, writeFiles } from '../setup/project.js';

const SONGS = folderName(0, 'songs');
const YEAR = folderName(1, 'year');
const EMPTY = folderName(2, 'empty');
const PLAYS = folderName(3, 'plays');

const HISTORY = {
  [SONGS]: `CREATE TABLE "songs" ("id" serial PRIMARY KEY, "title" text NOT NULL);--> statement-breakpoint
INSERT INTO "songs" ("title") VALUES ('é 🎵; -- no comment');`,
  [YEAR]:
    'ALTER TABLE "songs" ADD COLUMN "year" integer;\r\n--> statement-breakpoint\r\nUPDATE "songs" SET "year" = 1999;\r\n',
  [EMPTY]: '',
  [PLAYS]: 'CREATE TABLE "plays" ("song" integer REFERENCES "songs" ("id"));',
};
const DOWNS = {
  [`${SONGS}/down.sql`]: 'DROP TABLE "songs";',
  [`${YEAR}/down.sql`]: 'ALTER TABLE "songs" DROP COLUMN "year";',
  [`${EMPTY}/down.sql`]: 'SELECT 1;',
  [`${PLAYS}/down.sql`]: 'DROP TABLE "plays";',
};

/** The same in the layout of 0.31, stamped to the millisecond as drizzle-kit stamps. */
const OLD_HISTORY = Object.entries(HISTORY).map(([name, sql], idx) => ({
  tag: `000${idx}_${name.split('_')[1]}`,
  sql,
  when: FIRST + idx * 60_000 + 123 * idx + 7,
}));

function makeFolders(files: Readonly<Record<string, string>> = { ...folderFiles(HISTORY), ...DOWNS }): string {
  const folder = makeFolder();
  writeFiles(folder, files);
  return folder;
}

const projectOf = (folder: string, { url }: TestDatabase) => ({
  database: url,
  migrationsFolder: folder,
  relativeTo: folder,
});

const rowsOf = (database: TestDatabase) =>
  database.query(
    'select id, hash, created_at::text, name, applied_at is not null as has_time from drizzle.__drizzle_migrations order by id',
  );

interface Tool {
  readonly name: string;
  migrate(folder: string, database: TestDatabase): Promise<unknown>;
}

const ours: Tool = { name: 'ours', migrate: (folder, database) => migrate(projectOf(folder, database)) };
const atomic: Tool = {
  name: 'ours with --atomic',
  migrate: (folder, database) => migrate(projectOf(folder, database), { atomic: true }),
};
const kit: Tool = { name: 'drizzle-kit 1.0', migrate: (folder, { url }) => drizzleKit1Migrate(folder, url) };
const orm: Tool = { name: 'drizzle-orm 1.0', migrate: (folder, { url }) => drizzleOrm1Migrate(folder, url) };

describe('a folder of drizzle 1.0', () => {
  test('ends the same, row for row, whoever applies it, and each finds nothing to do after the other', async () => {
    const folder = makeFolders();
    const ends = await Promise.all(
      [kit, orm, ours, atomic].map(async (tool) => {
        const database = await createDatabase();
        await tool.migrate(folder, database);
        return { tool, database, rows: await rowsOf(database), catalog: await readCatalog(database) };
      }),
    );
    const [reference, ...others] = ends;
    expect(reference?.rows.map(({ name }) => name)).toEqual([SONGS, YEAR, EMPTY, PLAYS]);
    expect(reference?.rows[1]).toMatchObject({ created_at: String(FIRST + 60_000), has_time: true });
    for (const { rows, catalog } of others) expect([rows, catalog]).toEqual([reference?.rows, reference?.catalog]);
    for (const { database, rows } of ends) {
      for (const next of [ours, kit, orm]) await next.migrate(folder, database);
      expect(await rowsOf(database)).toEqual(rows);
      const report = await status(projectOf(folder, database));
      expect([report.upToDate, report.findings.filter(({ severity }) => severity !== 'info')]).toEqual([
        true,
        [
          expect.objectContaining({ code: 'crlf-file', tag: YEAR }),
          expect.objectContaining({ code: 'snapshot-missing', tag: PLAYS }),
        ],
      ]);
    }
  });

  test('is shared by both, migration by migration', async () => {
    const folder = makeFolders({});
    const database = await createDatabase();
    const tools = [ours, orm, ours, kit];
    for (const [index, [name, sql]] of Object.entries(HISTORY).entries()) {
      writeFiles(folder, folderFiles({ [name]: sql }));
      await tools[index]?.migrate(folder, database);
    }
    expect((await rowsOf(database)).map(({ name }) => name)).toEqual([SONGS, YEAR, EMPTY, PLAYS]);
    expect((await status(projectOf(folder, database))).upToDate).toBe(true);
  });

  test('is rolled back and done again, by its down.sql or by what the log kept, and drizzle applies the rest', async () => {
    const folder = makeFolders();
    const database = await createDatabase();
    const project = projectOf(folder, database);
    await migrate(project);
    const preview = await planRollback(project, { steps: 2 });
    expect(preview.plan.steps.map(({ tag, path }) => [tag, path])).toEqual([
      [PLAYS, `${PLAYS}/down.sql`],
      [EMPTY, `${EMPTY}/down.sql`],
    ]);
    await redo(project, { steps: 2 });
    await rollback(project, { steps: 2 });
    expect((await rowsOf(database)).map(({ name }) => name)).toEqual([SONGS, YEAR]);
    await drizzleOrm1Migrate(folder, database.url);
    expect((await rowsOf(database)).map(({ name }) => name)).toEqual([SONGS, YEAR, EMPTY, PLAYS]);
    rmSync(join(folder, YEAR), { recursive: true });
    await rollback(project, { steps: 3 });
    expect((await rowsOf(database)).map(({ name }) => name)).toEqual([SONGS]);
    expect(
      await database.query(`select column_name from information_schema.columns where table_name = 'songs'`),
    ).toEqual([{ column_name: 'id' }, { column_name: 'title' }]);
  });

  test('takes --to and --force; a forced one keeps its row and its name', async () => {
    const folder = makeFolders();
    const database = await createDatabase();
    const project = projectOf(folder, database);
    await migrate(project, { to: YEAR });
    expect((await plan(project)).steps.map(({ tag, name, when }) => [tag, name, when])).toEqual([
      [EMPTY, EMPTY, FIRST + 120_000],
      [PLAYS, PLAYS, FIRST + 180_000],
    ]);
    await migrate(project);
    const before = await rowsOf(database);
    await migrate(project, { force: EMPTY });
    expect(await rowsOf(database)).toEqual(before);
  });

  test('names what came late: drizzle 1.0 applies it without a word, we ask first', async () => {
    const folder = makeFolders(folderFiles({ [SONGS]: HISTORY[SONGS] ?? '', [PLAYS]: HISTORY[PLAYS] ?? '' }));
    const database = await createDatabase();
    const project = projectOf(folder, database);
    await migrate(project);
    writeFiles(folder, folderFiles({ [YEAR]: HISTORY[YEAR] ?? '' }));
    const error = await failureOf(migrate(project));
    expect([error.code, error.findings?.find(({ severity }) => severity === 'error')]).toEqual([
      'refused',
      {
        code: 'out-of-order',
        severity: 'error',
        tag: YEAR,
        at: { file: `${YEAR}/migration.sql` },
        message: `\`${YEAR}\` is not applied, but \`${PLAYS}\`, which comes after it, is.`,
        consequence: 'drizzle 1.0 applies it now, in another order than on a new database, and says nothing.',
        fix: 'Run `migrator migrate --out-of-order` to apply it; or, if no database has it yet, rename its folder to the present time.',
      },
    ]);
    await migrate(project, { outOfOrder: true });
    const rows = await rowsOf(database);
    await drizzleOrm1Migrate(folder, database.url);
    expect(await rowsOf(database)).toEqual(rows);
  });

  test('two of one second run in the order of their names, and the second one is not late', async () => {
    const [first, second] = [folderName(0, 'a'), folderName(0, 'b')];
    const folder = makeFolders(folderFiles({ [second]: '', [first]: '' }));
    const database = await createDatabase();
    const project = projectOf(folder, database);
    await migrate(project, { to: first });
    expect((await status(project)).comparison.statuses.map(({ migration, state }) => [migration.tag, state])).toEqual([
      [first, 'applied'],
      [second, 'pending'],
    ]);
    await migrate(project);
    const rows = await rowsOf(database);
    expect(rows.map(({ name }) => name)).toEqual([first, second]);
    await drizzleOrm1Migrate(folder, database.url);
    expect(await rowsOf(database)).toEqual(rows);
  });

  test('tells an edited file and a renamed folder; drizzle 1.0 runs the renamed one again', async () => {
    const folder = makeFolders();
    const database = await createDatabase();
    const project = projectOf(folder, database);
    await migrate(project);
    writeFiles(folder, folderFiles({ [SONGS]: 'CREATE TABLE "songs" ("id" bigserial PRIMARY KEY);' }));
    const renamed = folderName(3, 'played');
    renameSync(join(folder, PLAYS), join(folder, renamed));
    const { comparison, findings } = await status(project);
    expect(comparison.statuses.map(({ state, edit }) => edit ?? state)).toEqual([
      'meaning',
      'applied',
      'applied',
      'restamped',
    ]);
    expect(findings.find(({ code }) => code === 'restamped-migration')).toEqual({
      code: 'restamped-migration',
      severity: 'warning',
      tag: renamed,
      at: { file: `${renamed}/migration.sql` },
      message: `\`${renamed}\` is applied, but its folder was renamed since: row 4 of the tracking table knows it as \`${PLAYS}\`.`,
      consequence: 'drizzle 1.0 looks at names only, and would run it again.',
      fix: 'Give the folder its name back; or run `migrator upgrade`, which writes the new one into the row.',
    });
    await expect(drizzleOrm1Migrate(folder, database.url)).rejects.toThrow();
  });

  test('is refused by what works with snapshots of 0.31, which says what to run', async () => {
    const folder = makeFolders();
    const project = {
      root: folder,
      migrationsFolder: folder,
      relativeTo: folder,
      generate: { schema: [], breakpoints: true, prefix: 'index', recoverable: true } as never,
    };
    expect(await failureOf(generate(project, { name: 'add_x', custom: true }))).toMatchObject({
      code: 'layout-unsupported',
      exitCode: 3,
      message:
        '`migrator generate` works with the journal and the snapshots of drizzle-kit 0.31; this folder is one of drizzle 1.0.',
      state: 'Nothing was changed.',
      fix: 'Run `npx drizzle-kit generate`, and write the way back into `down.sql` beside the new `migration.sql`; `migrator check` tries it.',
    });
    expect(await failureOf(generateDowns(project))).toMatchObject({ code: 'layout-unsupported' });
  });
});

function oldFolder(history: Parameters<typeof migrationFiles>[0] = OLD_HISTORY): string {
  const folder = makeFolder();
  writeFiles(folder, migrationFiles(history));
  return folder;
}

const codesOf = (findings: readonly { readonly code: string; readonly severity: string }[]) =>
  findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code);

describe('a tracking table of 0.31 under a folder of 1.0', () => {
  test('is known, kept as it is by us, and upgraded by drizzle 1.0, which then finds nothing to do', async () => {
    const database = await createDatabase();
    await drizzleKitMigrate(oldFolder(OLD_HISTORY.slice(0, 2)), database.url);
    await migrate({ database: database.url, migrationsFolder: oldFolder(OLD_HISTORY.slice(0, 3)) });
    const folder = makeFolders();
    const project = projectOf(folder, database);
    const before = await status(project);
    expect(before.comparison.statuses.map(({ state }) => state)).toEqual(['applied', 'applied', 'applied', 'pending']);
    expect(before.comparison.statuses[2]?.log?.tag).toBe('0002_empty');
    expect(before.findings.find(({ code }) => code === 'old-tracking-table')).toEqual({
      code: 'old-tracking-table',
      severity: 'info',
      message: 'The folder is one of drizzle 1.0, the tracking table one of 0.31.',
      consequence:
        'drizzle-orm 1.0 adds the columns `name` and `applied_at` when it runs next, and knows all 3 rows again.',
      fix: 'Nothing must be done; `migrator upgrade` does the same now.',
    });
    await migrate(project);
    expect(await database.query('select * from drizzle.__drizzle_migrations where id = 4')).toEqual([
      { id: 4, hash: expect.any(String), created_at: String(FIRST + 180_000) },
    ]);
    await drizzleKit1Migrate(folder, database.url);
    await drizzleOrm1Migrate(folder, database.url);
    expect((await rowsOf(database)).map(({ name }) => name)).toEqual([SONGS, YEAR, EMPTY, PLAYS]);
    await rollback(project, { steps: 2 });
    expect((await rowsOf(database)).map(({ name }) => name)).toEqual([SONGS, YEAR]);
  });

  test('where drizzle 1.0 would refuse, or guess wrongly, the finding says so, and it does', async () => {
    const [late, early] = [
      { tag: '0001_a', sql: 'CREATE TABLE "a" ()', when: FIRST + 61_500 },
      { tag: '0002_b', sql: 'CREATE TABLE "b" ()', when: FIRST + 60_500 },
    ];
    const database = await createDatabase();
    await migrate({ database: database.url, migrationsFolder: oldFolder([late, early]) }, { outOfOrder: true });
    // Somebody has put them into the order in which they ran: the second of `b` is that of `a` now.
    const folder = makeFolders(
      folderFiles({ [`${folderName(1, 'a')}`]: late.sql, [`${folderName(2, 'b')}`]: early.sql }),
    );
    const finding = (await status(projectOf(folder, database))).findings.find(
      ({ code }) => code === 'old-tracking-table',
    );
    expect(finding).toMatchObject({
      severity: 'warning',
      consequence: `drizzle-orm 1.0 guesses by the second of \`created_at\`, and would run \`${folderName(2, 'b')}\` again.`,
    });
    await expect(drizzleOrm1Migrate(folder, database.url)).rejects.toThrow();

    const other = await createDatabase();
    await migrate({ database: other.url, migrationsFolder: oldFolder([early, late]) });
    const shorter = makeFolders(folderFiles({ [folderName(5, 'a')]: late.sql }));
    expect(
      (await status(projectOf(shorter, other))).findings.find(({ code }) => code === 'old-tracking-table'),
    ).toMatchObject({ consequence: 'drizzle-orm 1.0 refuses to run: it finds no migration for row 1.' });
  });
});

describe('a tracking table of 1.0 under a folder of 0.31', () => {
  test('gets its names from us, so that drizzle 1.0 runs nothing again after the upgrade of the folder', async () => {
    const database = await createDatabase();
    const old = oldFolder();
    await drizzleOrmMigrate(oldFolder(OLD_HISTORY.slice(0, 2)), database.url);
    const folder = makeFolders();
    await drizzleOrm1Migrate(
      makeFolders(folderFiles({ [SONGS]: HISTORY[SONGS] ?? '', [YEAR]: HISTORY[YEAR] ?? '' })),
      database.url,
    );
    const project = projectOf(old, database);
    expect((await status(project)).findings.find(({ code }) => code === 'new-tracking-table')).toEqual({
      code: 'new-tracking-table',
      severity: 'warning',
      message: 'The folder is one of drizzle 0.31, but drizzle 1.0 has upgraded the tracking table.',
      consequence: 'drizzle 0.31 leaves out the names, so that drizzle 1.0 later runs again what 0.31 applies now.',
      fix: 'Run `migrator upgrade` to bring the folder to drizzle 1.0 too, and apply with `migrator migrate` until then: it writes the names.',
    });
    await migrate(project);
    const rows = await rowsOf(database);
    expect(rows.map(({ name }) => name)).toEqual([SONGS, YEAR, EMPTY, PLAYS]);
    await drizzleOrm1Migrate(folder, database.url);
    await drizzleOrmMigrate(old, database.url);
    expect(await rowsOf(database)).toEqual(rows);
  });

  test('0.31 would run again what 1.0 recorded without its milliseconds: said before it happens', async () => {
    const database = await createDatabase();
    await drizzleOrm1Migrate(makeFolders(), database.url);
    const old = oldFolder();
    const report = await status(projectOf(old, database));
    expect(report.upToDate).toBe(true);
    expect(report.findings.find(({ code }) => code === 'new-tracking-table')).toMatchObject({
      consequence: 'drizzle 0.31 would run `0003_plays` again: drizzle 1.0 recorded its time without its milliseconds.',
    });
    await expect(drizzleOrmMigrate(old, database.url)).rejects.toThrow();
  });

  test('rows that 0.31 wrote since are named: drizzle 1.0 would run them again', async () => {
    const database = await createDatabase();
    await drizzleOrm1Migrate(makeFolders(folderFiles({ [SONGS]: HISTORY[SONGS] ?? '' })), database.url);
    await drizzleOrmMigrate(
      oldFolder([{ tag: '0001_year', sql: HISTORY[YEAR] ?? '', when: FIRST + 60_130 }]),
      database.url,
    );
    const folder = makeFolders(folderFiles({ [SONGS]: HISTORY[SONGS] ?? '', [YEAR]: HISTORY[YEAR] ?? '' }));
    const report = await status(projectOf(folder, database));
    expect(report.findings.find(({ code }) => code === 'unnamed-row')).toEqual({
      code: 'unnamed-row',
      severity: 'warning',
      tag: YEAR,
      at: { file: `${YEAR}/migration.sql` },
      message: `A row of the tracking table has no name, though drizzle 1.0 has upgraded it: row 2, of \`${YEAR}\`.`,
      consequence: 'drizzle 0.31 has written it since. drizzle 1.0 looks at names only, and would run it again.',
      fix: 'Run `migrator upgrade`: it writes the missing names. Let no more drizzle 0.31 run on this database.',
    });
    await expect(drizzleOrm1Migrate(folder, database.url)).rejects.toThrow();
  });
});

describe('a folder that is half upgraded', () => {
  test('is refused by migrate and named by status; with what is moved, it is still the same history', async () => {
    const database = await createDatabase();
    const folder = oldFolder();
    writeFiles(folder, folderFiles({ [folderName(0, 'songs')]: HISTORY[SONGS] ?? '' }));
    rmSync(join(folder, '0000_songs.sql'));
    const project = projectOf(folder, database);
    const finding = {
      code: 'half-upgraded-folder',
      severity: 'error',
      at: { file: 'meta/_journal.json' },
      message:
        'The folder has the journal of drizzle 0.31, and 1 of 4 migrations have been moved to folders of drizzle 1.0.',
      consequence:
        'drizzle 0.31 stops without a word, because it misses files; drizzle-orm 1.0 refuses to run anything while the journal is there.',
      fix: 'Run `migrator upgrade` to finish it, or take the folder back from version control.',
    };
    const error = await failureOf(migrate(project));
    expect(error.findings?.filter(({ severity }) => severity === 'error')).toEqual([finding]);
    const report = await status(project);
    expect(codesOf(report.findings)).toEqual(['half-upgraded-folder', 'crlf-file']);
    expect(report.comparison.statuses.map(({ state }) => state)).toEqual(Array(4).fill('pending'));
    await expect(drizzleOrm1Migrate(folder, database.url)).rejects.toThrow('old drizzle-kit migration folders');
  });
});

describe('drizzle-kit 1.0', () => {
  test('is not confused by down files: up, check and generate leave them where they are', async () => {
    const folder = makeDrizzle1Folder();
    const schema = (columns: string) =>
      `import { pgTable, serial, text } from 'drizzle-orm/pg-core';\nexport const songs = pgTable('songs', { id: serial().primaryKey()${columns} });\n`;
    const made = await drizzleKit1On('generate --name first', { folder, schema: schema('') });
    expect(made.output).toContain('Your SQL migration');
    const database = await createDatabase();
    const project = projectOf(folder, database);
    await migrate(project);
    const [first] = (await status(project)).comparison.statuses;
    writeFiles(folder, { [`${first?.migration.tag}/down.sql`]: 'DROP TABLE "songs";' });
    expect((await drizzleKit1On('check', { folder, schema: schema('') })).output).toContain("Everything's fine");
    expect((await drizzleKit1On('up', { folder })).output).toContain("Everything's fine");
    expect((await drizzleKit1On('generate', { folder, schema: schema('') })).output).toContain('No schema changes');
    const report = await check(
      { root: folder, migrationsFolder: folder, relativeTo: folder, generate: { schema: [] } as never },
      { skipRehearsal: true },
    );
    expect(report).toMatchObject({ ok: true, findings: [{ code: 'schema-not-compared', severity: 'info' }] });
    await rollback(project);
    await drizzleKit1Migrate(folder, database.url);
    expect((await status(project)).upToDate).toBe(true);
  });
});

test('drift knows what a database of drizzle 1.0 went through', async () => {
  const database = await createDatabase();
  const project = projectOf(makeFolders(), database);
  await drizzleKit1Migrate(project.migrationsFolder, database.url);
  const look = () => drift(project, { scratchUrl: serverUrl() });
  expect(await look()).toMatchObject({ differences: [], applied: Object.keys(HISTORY), pending: [] });
  await database.query('alter table songs drop column year');
  expect((await look()).differences.map(({ change, key }) => `${change} ${key}`)).toEqual([
    'missing column:public.songs.year',
  ]);
});

import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { rollback } from '../../src/api/rollback.js';
import { status } from '../../src/api/status.js';
import { planUpgrade, upgrade } from '../../src/api/upgrade.js';
import { folderTime } from '../../src/core/folder-names.js';
import { nameFolders } from '../../src/upgrade/folder-names.js';
import { readCatalog } from '../setup/catalog.js';
import { failureOf, runCli } from '../setup/cli.js';
import { createDatabase, type TestDatabase } from '../setup/database.js';
import { drizzleKit1Migrate, drizzleKit1On, drizzleOrm1Migrate, folderName } from '../setup/drizzle-1.js';
import { drizzleKit, drizzleOrmMigrate, makeDrizzleFolder } from '../setup/drizzle-kit.js';
import { FIRST, type MigrationFile, makeFolder, makeProject, writeFiles } from '../setup/project.js';

const HISTORY: MigrationFile[] = [
  { tag: '0000_songs', sql: 'CREATE TABLE "songs" ("id" serial PRIMARY KEY);', when: FIRST + 5 },
  { tag: '0001_year', sql: 'ALTER TABLE "songs" ADD COLUMN "year" integer;', when: FIRST + 60_123 },
  { tag: '0002_plays', sql: 'CREATE TABLE "plays" ("song" integer);', when: FIRST + 120_999 },
];
const DOWNS = {
  '0000_songs.down.sql': 'DROP TABLE "songs";',
  '0001_year.down.sql': 'ALTER TABLE "songs" DROP COLUMN "year";',
  '0002_plays.down.sql': 'DROP TABLE "plays";',
};
const [SONGS, YEAR, PLAYS] = [folderName(0, 'songs'), folderName(1, 'year'), folderName(2, 'plays')];

async function appliedProject(history = HISTORY, applied = history.length) {
  const database = await createDatabase();
  const project = makeProject(database, history.slice(0, applied));
  await drizzleOrmMigrate(project.migrationsFolder, database.url);
  project.write(history);
  return { database, project };
}

function withDrizzleKit1(root: string): void {
  const home = dirname(createRequire(import.meta.url).resolve('@melodia/drizzle-1/package.json'));
  symlinkSync(join(home, 'node_modules'), join(root, 'node_modules'));
}

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.\w+$/.test(path))
    .sort();

/** The catalog without drizzle's own. */
const schemaOf = async (database: TestDatabase) =>
  (await readCatalog(database)).split('\n').filter((line) => !line.includes(' drizzle.'));

const namesOf = async (database: TestDatabase) =>
  (await database.query('select name from drizzle.__drizzle_migrations order by id')).map(({ name }) => name);

describe('migrator upgrade', () => {
  test('shows what will be, changes nothing with --dry-run or without --yes, then does just that', async () => {
    const { database, project } = await appliedProject(HISTORY, 2);
    writeFiles(project.migrationsFolder, DOWNS);
    const before = filesOf(project.migrationsFolder);
    const dry = await runCli(project.root, 'upgrade', '--dry-run');
    const text = `Database user@host:5432/database
  ! The snapshots are moved as they are: this project has no drizzle-kit 1.0 yet, which converts them. [snapshots-not-converted]
    at <project>/drizzle
    Applying works. \`drizzle-kit generate\` refuses until they are converted.
    Fix: Install it, then run this again; or afterwards \`npx drizzle-kit up\`.

The folder goes to the layout of drizzle 1.0:
  0000_songs.sql           →  20250101000000_songs/migration.sql
  0000_songs.down.sql      →  20250101000000_songs/down.sql
  meta/0000_snapshot.json  →  20250101000000_songs/snapshot.json
  0001_year.sql            →  20250101000100_year/migration.sql
  0001_year.down.sql       →  20250101000100_year/down.sql
  meta/0001_snapshot.json  →  20250101000100_year/snapshot.json
  0002_plays.sql           →  20250101000200_plays/migration.sql
  0002_plays.down.sql      →  20250101000200_plays/down.sql
  meta/0002_snapshot.json  →  20250101000200_plays/snapshot.json
  meta/_journal.json is removed
The tracking table drizzle.__drizzle_migrations:
  columns name and applied_at are added
  row 1 is named 20250101000000_songs
  row 2 is named 20250101000100_year
Proved: 2 migrations applied before and after; none would run again. The next \`migrate\` of drizzle 1.0 runs 1: 20250101000200_plays.
`;
    expect(dry.shown).toBe(`${text}Nothing was changed.\n`);
    const asked = await runCli(project.root, 'upgrade');
    expect([asked.exitCode, asked.err]).toEqual([2, expect.stringContaining('Pass `--yes` to do it.')]);
    expect(filesOf(project.migrationsFolder)).toEqual(before);
    expect(await database.query('select * from drizzle.__drizzle_migrations where id = 1')).toEqual([
      { id: 1, hash: expect.any(String), created_at: String(FIRST + 5) },
    ]);

    expect((await runCli(project.root, 'upgrade', '--yes')).shown).toBe(
      `${text}Upgraded. Commit the folder; run the same on every other database.\n`,
    );
    expect(filesOf(project.migrationsFolder)).toEqual(
      [SONGS, YEAR, PLAYS]
        .flatMap((name) => [`${name}/down.sql`, `${name}/migration.sql`, `${name}/snapshot.json`])
        .sort(),
    );
    expect(await namesOf(database)).toEqual([SONGS, YEAR]);
    const again = await runCli(project.root, 'upgrade', '--yes', '--json');
    expect(again.json).toMatchObject({
      command: 'upgrade',
      moves: [],
      addColumns: false,
      rows: [],
      applied: [SONGS, YEAR],
      pending: [PLAYS],
    });
    await drizzleOrm1Migrate(project.migrationsFolder, database.url);
    expect(await namesOf(database)).toEqual([SONGS, YEAR, PLAYS]);
    await rollback(project, { steps: 3 });
    expect(await namesOf(database)).toEqual([]);
  });

  test('a real project of drizzle-kit 0.31 goes on with drizzle-kit 1.0, which finds no change and generates the next', async () => {
    const root = makeDrizzleFolder();
    const database = await createDatabase();
    const schema = (columns: string) =>
      `import { pgTable, serial, text } from 'drizzle-orm/pg-core';\nexport const songs = pgTable('songs', { id: serial().primaryKey()${columns} });\n`;
    writeFiles(root, {
      'drizzle.config.json': {
        dialect: 'postgresql',
        schema: './schema.ts',
        out: './drizzle',
        dbCredentials: { url: database.url },
      },
    });
    for (const [index, columns] of ['', ', title: text().notNull()'].entries()) {
      writeFiles(root, { 'schema.ts': schema(columns) });
      await drizzleKit(root, 'generate', '--name', `step_${index}`, '--config', 'drizzle.config.json');
      // Two in one second share the beginning of their names.
      await new Promise((resolve) => setTimeout(resolve, 1100));
    }
    const folder = join(root, 'drizzle');
    const project = { database: database.url, migrationsFolder: folder, relativeTo: root };
    await drizzleOrmMigrate(folder, database.url);
    const other = await createDatabase();
    await drizzleOrmMigrate(folder, other.url);
    const catalog = await schemaOf(database);
    const home = makeFolder();
    withDrizzleKit1(home);
    const planned = await planUpgrade(project, { root: home });
    expect(planned.findings).toEqual([]);
    await upgrade(project, planned);
    await drizzleKit1Migrate(folder, database.url);
    await drizzleOrm1Migrate(folder, other.url);
    expect(await namesOf(other)).toEqual(await namesOf(database));
    expect(await schemaOf(database)).toEqual(catalog);
    const now = schema(', title: text().notNull()');
    expect((await drizzleKit1On('check', { folder, schema: now })).output).toContain("Everything's fine");
    expect((await drizzleKit1On('generate', { folder, schema: now })).output).toContain('No schema changes');
    const next = await drizzleKit1On('generate --name year', {
      folder,
      schema: schema(', title: text().notNull(), year: text()'),
    });
    expect(next.output).toContain('Your SQL migration');
    const result = await migrate(project);
    expect(result.done.map(({ tag }) => tag)).toEqual([expect.stringMatching(/^\d{14}_year$/)]);
    expect((await status(project)).upToDate).toBe(true);
  });

  test('keeps the order of a journal whose times do not follow it, which drizzle-kit up refuses or turns round', async () => {
    const history = [
      { tag: '0000_a', sql: 'CREATE TABLE "a" ()', when: FIRST + 600_000 },
      { tag: '0001_b', sql: 'ALTER TABLE "a" ADD COLUMN "b" text', when: FIRST },
      { tag: '0002_b', sql: 'ALTER TABLE "a" ALTER COLUMN "b" SET NOT NULL', when: FIRST + 660_000 },
      { tag: '0003_b', sql: '', when: FIRST + 660_400 },
      { tag: '0004_c', sql: 'ALTER TABLE "a" DROP COLUMN "b"', when: FIRST + 720_000 },
    ];
    const { database, project } = await appliedProject(history);
    const planned = await planUpgrade(project);
    expect(planned.applied).toEqual([
      folderName(10, 'a'),
      '20250101001001_b',
      '20250101001100_b',
      '20250101001101_b',
      '20250101001200_c',
    ]);
    expect(planned.findings.filter(({ code }) => code === 'order-by-name')).toEqual([
      {
        code: 'order-by-name',
        severity: 'warning',
        tag: '0001_b',
        at: { file: 'drizzle/0001_b.sql' },
        message:
          'By their `when`, 2 migrations would run at another place than in the journal, or share a second; the folders get times of their own: `0001_b` as `20250101001001_b`, `0003_b` as `20250101001101_b`.',
        consequence:
          '`drizzle-kit up` refuses such a journal. On other databases drizzle-orm 1.0 would guess the wrong names for their rows.',
        fix: 'Run `migrator upgrade` on every other database before drizzle 1.0 runs there.',
      },
    ]);
    await upgrade(project, planned);
    const names = await namesOf(database);
    await drizzleOrm1Migrate(project.migrationsFolder, database.url);
    expect(await namesOf(database)).toEqual(names);
    const fresh = await createDatabase();
    await drizzleOrm1Migrate(project.migrationsFolder, fresh.url);
    expect(await readCatalog(fresh)).toEqual(await readCatalog(database));
  });

  test('moves snapshots that drizzle-kit refuses as they are, with its words', async () => {
    const { project } = await appliedProject();
    const home = makeFolder();
    withDrizzleKit1(home);
    writeFiles(project.migrationsFolder, { 'meta/0001_snapshot.json': '{' });
    const planned = await planUpgrade(project, { root: home });
    expect(planned.findings).toMatchObject([
      { code: 'snapshots-not-converted', message: expect.stringContaining('drizzle-kit refuses to convert them. ') },
    ]);
    expect(planned.edits.find(({ path }) => path === `${YEAR}/snapshot.json`)?.text).toBe('{');
  });

  test('what 0.31 has skipped, 1.0 would run: said before', async () => {
    const database = await createDatabase();
    const late = { tag: '0001_late', sql: 'CREATE TABLE "late" ()', when: FIRST + 30_000 };
    const project = makeProject(
      database,
      [HISTORY[0], HISTORY[1]].flatMap((entry) => entry ?? []),
    );
    await drizzleOrmMigrate(project.migrationsFolder, database.url);
    project.write([...HISTORY.slice(0, 2), late]);
    const planned = await planUpgrade(project);
    expect(planned.pending).toEqual(['20250101000101_late']);
    expect(planned.findings.find(({ code }) => code === 'out-of-order')).toEqual({
      code: 'out-of-order',
      severity: 'warning',
      tag: '0001_late',
      at: { file: 'drizzle/0001_late.sql' },
      message: '`0001_late` is not applied here, although newer ones are.',
      consequence: 'drizzle 0.31 skips it for ever. drizzle 1.0 goes by the names: its next `migrate` runs it.',
      fix: 'If it is not wanted any more, empty the file before the upgrade; otherwise apply it with `migrator migrate --out-of-order`.',
    });
    await upgrade(project, planned);
    await drizzleOrm1Migrate(project.migrationsFolder, database.url);
    expect(await database.query(`select to_regclass('late') is not null as there`)).toEqual([{ there: true }]);
  });

  test('finishes one that stopped half way, and writes the names that rows lack', async () => {
    const { database, project } = await appliedProject();
    writeFiles(project.migrationsFolder, {
      ...DOWNS,
      [`${SONGS}/migration.sql`]: HISTORY[0]?.sql,
      [`${SONGS}/snapshot.json`]: readFileSync(join(project.migrationsFolder, 'meta/0000_snapshot.json'), 'utf8'),
    });
    rmSync(join(project.migrationsFolder, '0000_songs.sql'));
    await upgrade(project, await planUpgrade(project));
    expect(filesOf(project.migrationsFolder)).toEqual(
      [SONGS, YEAR, PLAYS]
        .flatMap((name) => [`${name}/down.sql`, `${name}/migration.sql`, `${name}/snapshot.json`])
        .sort(),
    );
    await database.query(`update drizzle.__drizzle_migrations set name = null where id = 2`);
    const planned = await planUpgrade(project);
    expect([planned.addColumns, planned.rows]).toEqual([false, [{ id: 2, name: YEAR }]]);
    await upgrade(project, planned);
    await drizzleOrm1Migrate(project.migrationsFolder, database.url);
    expect(await namesOf(database)).toEqual([SONGS, YEAR, PLAYS]);
  });

  test('is refused for a folder with faults, and where a migration has stopped half way; nothing is changed', async () => {
    const { project } = await appliedProject();
    rmSync(join(project.migrationsFolder, '0001_year.sql'));
    expect(await failureOf(planUpgrade(project))).toMatchObject({
      code: 'refused',
      findings: [{ code: 'file-missing', tag: '0001_year' }],
    });
    const { database, project: half } = await appliedProject();
    half.write([
      ...HISTORY,
      {
        tag: '0003_index',
        sql: 'CREATE INDEX CONCURRENTLY "i" ON "plays" ("song");--> statement-breakpoint\nCREATE INDEX CONCURRENTLY "j" ON "gone" ("x");',
        when: FIRST + 200_000,
      },
    ]);
    await failureOf(migrate(half));
    const error = await failureOf(planUpgrade(half));
    expect([error.code, error.findings?.find(({ severity }) => severity === 'error')]).toMatchObject([
      'refused',
      { code: 'half-applied', tag: '0003_index', fix: 'Finish it with `migrator migrate` first.' },
    ]);
    expect(await database.query('select * from drizzle.__drizzle_migrations where id = 1')).toHaveLength(1);
  });

  test('is refused when the rows have moved since it was shown, and undone whole when the folder cannot be written', async () => {
    const { database, project } = await appliedProject();
    const planned = await planUpgrade(project);
    await database.query(`insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', 1)`);
    expect(await failureOf(upgrade(project, planned))).toMatchObject({ code: 'history-moved' });
    expect(await database.query(`select * from drizzle.__drizzle_migrations where id = 1`)).toEqual([
      { id: 1, hash: expect.any(String), created_at: String(FIRST + 5) },
    ]);
    await database.query(`delete from drizzle.__drizzle_migrations where hash = 'x'`);
    writeFileSync(join(project.migrationsFolder, SONGS), 'a file where the folder should be');
    const before = filesOf(project.migrationsFolder);
    expect(await failureOf(upgrade(project, planned))).toMatchObject({ code: 'folder-unwritable' });
    expect(filesOf(project.migrationsFolder)).toEqual(before);
    // The names in the table do not disturb 0.31.
    await drizzleOrmMigrate(project.migrationsFolder, database.url);
    rmSync(join(project.migrationsFolder, SONGS));
    await upgrade(project, await planUpgrade(project));
    await drizzleOrm1Migrate(project.migrationsFolder, database.url);
    expect(await namesOf(database)).toEqual([SONGS, YEAR, PLAYS]);
  });

  test('and back: the folder from version control, the table as it is; 0.31 finds nothing to do', async () => {
    const { database, project } = await appliedProject();
    await upgrade(project, await planUpgrade(project));
    project.write(HISTORY);
    await drizzleOrmMigrate(project.migrationsFolder, database.url);
    const report = await status(project);
    expect([report.upToDate, report.findings.map(({ code }) => code)]).toEqual([true, ['new-tracking-table']]);
    project.write([...HISTORY, { tag: '0003_more', sql: 'CREATE TABLE "more" ()', when: FIRST + 300_000 }]);
    await migrate(project);
    await upgrade(project, await planUpgrade(project));
    await drizzleOrm1Migrate(project.migrationsFolder, database.url);
    expect(await namesOf(database)).toEqual([SONGS, YEAR, PLAYS, folderName(5, 'more')]);
  });
});

describe('names of folders', () => {
  const migrationsOf = (whens: readonly number[]) =>
    whens.map((when, position) => ({ tag: `${position}_m`, position, idx: position, when, path: '' }));

  test('sort as the journal does, whatever its times, and change no name that need not be changed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: FIRST, max: FIRST + 20_000 }), { maxLength: 12 }), (whens) => {
        const named = nameFolders(migrationsOf(whens));
        const names = named.map(({ name }) => name);
        expect(names.toSorted((a, b) => a.localeCompare(b))).toEqual(names);
        expect(new Set(names.map(folderTime)).size).toBe(names.length);
        const spaced = whens.every(
          (when, index) => index === 0 || Math.floor(when / 1000) > Math.floor((whens[index - 1] ?? 0) / 1000),
        );
        if (spaced) expect(named.some(({ restamped }) => restamped)).toBe(false);
      }),
    );
  });

  test('one that is out of line moves, not all that follow it; a time that no name can hold is never kept', () => {
    const whens = [FIRST, FIRST + 9e11, FIRST + 5000, FIRST + 6000, 1e17, FIRST + 9000];
    expect(nameFolders(migrationsOf(whens)).map(({ name, restamped }) => [name, restamped])).toEqual([
      ['20250101000000_m', false],
      ['20250101000001_m', true],
      ['20250101000005_m', false],
      ['20250101000006_m', false],
      ['20250101000007_m', true],
      ['20250101000009_m', false],
    ]);
  });
});

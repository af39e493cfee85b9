import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generate } from '../../src/api/generate.js';
import { migrate } from '../../src/api/migrate.js';
import { listParked, purge } from '../../src/api/purge.js';
import { planRollback, rollback } from '../../src/api/rollback.js';
import { status } from '../../src/api/status.js';
import { loadConfig } from '../../src/config/config.js';
import { createDatabase, serverUrl, type TestDatabase } from '../setup/database.js';
import { makeDrizzleFolder } from '../setup/drizzle-kit.js';
import { writeFiles } from '../setup/project.js';

const IMPORTS = `import { bigint, check, foreignKey, integer, pgEnum, pgTable, pgView, primaryKey, serial, text, unique, uniqueIndex } from 'drizzle-orm/pg-core';
import { sql } from 'drizzle-orm';\n`;

/** Generates one migration after another from schema texts, and applies them. */
async function setup() {
  const database = await createDatabase();
  const root = makeDrizzleFolder();
  const project = { database: database.url, migrationsFolder: join(root, 'drizzle'), relativeTo: root };
  const next = async (name: string, schema: string) => {
    writeFiles(root, {
      'schema.ts': IMPORTS + schema,
      'drizzle.config.json': { dialect: 'postgresql', schema: './schema.ts', out: './drizzle' },
    });
    const config = await loadConfig({ cwd: root });
    await generate({ ...config, relativeTo: root }, { name, noRenames: true, scratchUrl: serverUrl() });
    await migrate(project);
  };
  return { database, project, next };
}

/** Tables with their rows, so that a test sees all that comes back. */
async function rowsOf({ query }: TestDatabase) {
  const tables = await query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  );
  return Promise.all(tables.map(async ({ name }) => [name, await query(`select * from "${name}" order by 1, 2`)]));
}

/** File nodes of tables, wherever they are: what was copied or rewritten has another one. */
const filesOf = ({ query }: TestDatabase, name: string) =>
  query(`select relfilenode from pg_class where relname = '${name}' and relkind = 'r'`);

interface Case {
  readonly before: string;
  readonly rows: string;
  readonly after: string;
  /** As the application goes on meanwhile; must work without what is dropped. */
  readonly meanwhile?: string;
  /** A STORED generated column is computed again on the way back; that rewrites the table. */
  readonly computed?: boolean;
  readonly table: string;
}

const CASES: Readonly<Record<string, Case>> = {
  'a column and its enum': {
    before: `export const mood = pgEnum('mood', ['low', 'high']); export const songs = pgTable('songs', { id: serial().primaryKey(), mood: mood().notNull().default('low') });`,
    rows: `insert into songs (mood) values ('high'), ('low')`,
    after: `export const songs = pgTable('songs', { id: serial().primaryKey() });`,
    meanwhile: `insert into songs default values; delete from songs where id = 3; create type mood as enum ('x'); drop type mood`,
    table: 'songs',
  },
  'a table and its enum': {
    before: `export const mood = pgEnum('mood', ['low', 'high']); export const songs = pgTable('songs', { id: serial().primaryKey(), moods: mood().array() }); export const a = pgTable('a', { id: integer(), b: integer() });`,
    rows: `insert into songs (moods) values ('{high,low}')`,
    after: `export const a = pgTable('a', { id: integer(), b: integer() });`,
    table: 'songs',
  },
  'a table with an identity': {
    before: `export const songs = pgTable('songs', { id: integer().primaryKey().generatedAlwaysAsIdentity({ startWith: 7 }), n: bigint({ mode: 'number' }).generatedByDefaultAsIdentity() }); export const a = pgTable('a', { id: integer(), b: integer() });`,
    rows: `insert into songs default values`,
    after: `export const a = pgTable('a', { id: integer(), b: integer() });`,
    table: 'songs',
  },
  'an identity column': {
    before: `export const songs = pgTable('songs', { id: integer().primaryKey(), n: integer().generatedAlwaysAsIdentity() });`,
    rows: `insert into songs values (1), (2)`,
    after: `export const songs = pgTable('songs', { id: integer().primaryKey() });`,
    meanwhile: `insert into songs values (3); delete from songs where id = 3`,
    table: 'songs',
  },
  'a serial column': {
    before: `export const songs = pgTable('songs', { id: integer().primaryKey(), n: serial() });`,
    rows: `insert into songs values (1), (2)`,
    after: `export const songs = pgTable('songs', { id: integer().primaryKey() });`,
    meanwhile: `insert into songs values (3); delete from songs where id = 3`,
    table: 'songs',
  },
  'a column that a generated one is made of': {
    before: `export const songs = pgTable('songs', { id: integer().primaryKey(), title: text().notNull(), loud: text().generatedAlwaysAs(sql\`upper(title)\`) });`,
    computed: true,
    rows: `insert into songs (id, title) values (1, 'a')`,
    after: `export const songs = pgTable('songs', { id: integer().primaryKey() });`,
    meanwhile: `insert into songs values (3); delete from songs where id = 3`,
    table: 'songs',
  },
  'a column of the primary key': {
    before: `export const songs = pgTable('songs', { id: integer().notNull(), part: integer().notNull(), n: integer() }, (t) => [primaryKey({ columns: [t.id, t.part] })]);`,
    rows: `insert into songs values (1, 2), (2, 2)`,
    after: `export const songs = pgTable('songs', { id: integer().notNull(), n: integer() }, (t) => [primaryKey({ columns: [t.id] })]);`,
    meanwhile: `insert into songs values (3); delete from songs where id = 3`,
    table: 'songs',
  },
  'a view on the column': {
    before: `export const songs = pgTable('songs', { id: integer().primaryKey(), title: text() }); export const titles = pgView('titles').as((qb) => qb.select({ title: songs.title }).from(songs));`,
    rows: `insert into songs values (1, 'a')`,
    after: `export const songs = pgTable('songs', { id: integer().primaryKey() });`,
    meanwhile: `insert into songs values (3); delete from songs where id = 3`,
    table: 'songs',
  },
  'a name of 63 bytes': {
    before: `export const songs = pgTable('${'s'.repeat(63)}', { id: integer().primaryKey(), ${'t'.repeat(63)}: text(), ${'t'.repeat(62)}u: text() });`,
    rows: `insert into ${'s'.repeat(63)} values (1, 'a', 'b')`,
    after: `export const songs = pgTable('${'s'.repeat(63)}', { id: integer().primaryKey() });`,
    table: 's'.repeat(63),
  },
};

describe.each(Object.entries(CASES))('%s', (_name, { before, rows, after, meanwhile, computed, table }) => {
  test('comes back with its values, nothing is copied; and goes for good with purge', {
    timeout: 120_000,
  }, async () => {
    const { database, project, next } = await setup();
    await next('create_all', before);
    await database.query(rows);
    const [values, files] = [await rowsOf(database), await filesOf(database, table)];
    await next('drop_some', after);
    expect(await filesOf(database, table)).toEqual(files);
    if (meanwhile) await database.query(meanwhile);
    // What needs a constraint of its own is in a migration of its own.
    const steps = (await status(project)).comparison.statuses.length - 1;
    const { losses, plan } = await planRollback(project, { steps });
    expect([losses, plan.findings]).toEqual([[], []]);
    await rollback(project, { steps });
    expect(await rowsOf(database)).toEqual(values);
    if (!computed) expect(await filesOf(database, table)).toEqual(files);

    await migrate(project);
    await purge(project, { drops: await listParked(project) });
    expect(await listParked(project)).toEqual([]);
    expect(await database.query(`select from pg_namespace where nspname like 'migrator_trash_%'`)).toEqual([]);
    expect(
      await database.query(
        `select from pg_attribute where attname like '\\_\\_dropped%' union all select from pg_type where typname = 'mood'`,
      ),
    ).toEqual([]);
  });
});

test('the same column and table dropped, made again and dropped again: newest first, each with its own values', {
  timeout: 200_000,
}, async () => {
  const { database, project, next } = await setup();
  const full = `export const songs = pgTable('songs', { id: integer().primaryKey(), title: text() }); export const plays = pgTable('plays', { id: integer(), n: integer() });`;
  const less = `export const songs = pgTable('songs', { id: integer().primaryKey() });`;
  await next('create_all', full);
  await database.query(`insert into songs values (1, 'first'); insert into plays values (1, 1)`);
  const first = await rowsOf(database);
  await next('drop_once', less);
  await next('make_again', full);
  await database.query(`update songs set title = 'second'; insert into plays values (2, 2)`);
  const second = await rowsOf(database);
  await next('drop_twice', less);
  expect((await listParked(project)).map(({ name, migration }) => `${name} ${migration}`).sort()).toEqual([
    'public.plays 0001_drop_once',
    'public.plays 0003_drop_twice',
    'public.songs.title 0001_drop_once',
    'public.songs.title 0003_drop_twice',
  ]);
  await rollback(project);
  expect(await rowsOf(database)).toEqual(
    second.map(([name, rows]) => [
      name,
      name === 'songs' ? expect.arrayContaining([expect.objectContaining({ title: 'second' })]) : rows,
    ]),
  );
  await rollback(project, { steps: 2 });
  expect(await rowsOf(database)).toEqual(first);
});

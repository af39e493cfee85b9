import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTrash, parkColumn, parkTable } from '../../src/recoverable/index.js';
import { createDatabase, type TestDatabase } from '../setup/database.js';
import { drizzleKit, makeDrizzleFolder } from '../setup/drizzle-kit.js';
import { writeFiles } from '../setup/project.js';

const place = { migration: '0001_drop', trash: 'bin' };

async function parked(parkings: readonly { readonly up: readonly string[] }[]): Promise<TestDatabase> {
  const database = await createDatabase();
  await database.query(`create type mood as enum ('a'); create table songs (id serial primary key, title text not null, plays int);
    create table albums (id serial primary key, mood mood); insert into songs (title) values ('a'); insert into albums default values`);
  await database.query([...openTrash('bin'), ...parkings.flatMap(({ up }) => up)].join(';\n'));
  return database;
}

/** Its config also has our own field, which drizzle-kit does not know. */
function makeProject({ url }: TestDatabase): string {
  const folder = makeDrizzleFolder();
  writeFiles(folder, {
    'schema.ts': `import { integer, pgEnum, pgTable, serial, text } from 'drizzle-orm/pg-core';
export const mood = pgEnum('mood', ['a']);
export const songs = pgTable('songs', { id: serial().primaryKey(), title: text().notNull(), plays: integer() });\n`,
    'drizzle.config.mjs': `export default { dialect: 'postgresql', schema: './schema.ts', out: './out', dbCredentials: { url: ${JSON.stringify(url)} }, migrator: { trashSchema: 'bin' } };\n`,
  });
  return folder;
}

test('drizzle-kit does not see a parked table: pull leaves it out, push has nothing to do', async () => {
  const database = await parked([parkTable(place, { schema: 'public', table: 'albums' })]);
  const folder = makeProject(database);
  const push = await drizzleKit(folder, 'push', '--config', 'drizzle.config.mjs', '--force');
  expect(push.output).toContain('No changes detected');
  await drizzleKit(folder, 'pull', '--config', 'drizzle.config.mjs');
  expect(readFileSync(join(folder, 'out/schema.ts'), 'utf8')).not.toContain('albums');
});

test('it sees a parked column, and asks by its name before it destroys it', async () => {
  const column = { schema: 'public', table: 'songs', column: 'plays', notNull: false } as const;
  const database = await parked([parkColumn(place, column), parkTable(place, { schema: 'public', table: 'albums' })]);
  const folder = makeProject(database);
  writeFiles(folder, {
    'schema.ts': readFileSync(join(folder, 'schema.ts'), 'utf8').replace(', plays: integer()', ''),
  });
  const push = await drizzleKit(folder, 'push', '--config', 'drizzle.config.mjs');
  expect(push.output).toContain("You're about to delete __dropped_0001_plays column in songs table with 1 items");
  expect(await database.query('select __dropped_0001_plays from songs')).toHaveLength(1);
});

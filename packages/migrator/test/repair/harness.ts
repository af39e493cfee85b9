import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { compareCatalogs, readCatalog } from '../../src/catalog/index.js';
import { Session } from '../../src/database/session.js';
import { readTarget } from '../../src/database/target.js';
import { runCli } from '../setup/cli.js';
import { createDatabase, serverUrl, type TestDatabase } from '../setup/database.js';
import { drizzleParent } from '../setup/drizzle-kit.js';
import { FIRST, type MigrationFile, makeProject } from '../setup/project.js';

/** As drizzle-kit stamps them: no whole seconds. */
export const stamp = (n: number) => FIRST + n * 60_000 + 123;

export const HISTORY: readonly MigrationFile[] = [
  { tag: '0000_songs', sql: 'create table songs (id int primary key, title text);', when: stamp(0) },
  { tag: '0001_plays', sql: 'create table plays (song_id int references songs (id));', when: stamp(1) },
  { tag: '0002_likes', sql: 'alter table songs add likes int;', when: stamp(2) },
];

export interface Entry {
  idx: number;
  version: string;
  when: number;
  tag: string;
  breakpoints: boolean;
}

/** What a fault may do to a folder. */
export interface Folder {
  readonly root: string;
  read(path: string): string;
  write(path: string, text: string | Buffer): void;
  remove(path: string): void;
  rename(from: string, to: string): void;
  /** Changes the entries of the journal. */
  journal(change: (entries: Entry[]) => readonly unknown[]): void;
}

export function folderAt(root: string): Folder {
  const at = (path: string) => join(root, 'drizzle', path);
  const folder: Folder = {
    root,
    read: (path) => readFileSync(at(path), 'utf8'),
    write: (path, text) => writeFileSync(at(path), text),
    remove: (path) => rmSync(at(path)),
    rename: (from, to) => renameSync(at(from), at(to)),
    journal: (change) => {
      const journal = JSON.parse(folder.read('meta/_journal.json')) as { entries: Entry[] };
      folder.write('meta/_journal.json', JSON.stringify({ ...journal, entries: change(journal.entries) }, null, 2));
    },
  };
  return folder;
}

export async function setup(history: readonly MigrationFile[] = HISTORY) {
  const database = await createDatabase();
  // drizzle-kit is found there: it reads what becomes a snapshot.
  const project = makeProject(database, history, drizzleParent);
  const run = (command: string, ...argv: string[]) =>
    runCli(project.root, command, ...argv, ...(command === 'repair' ? ['--scratch-url', serverUrl()] : []));
  return { database, project, folder: folderAt(project.root), run };
}

/** The differences between the database and a new one that is made of the folder as it is. */
export async function differencesToNew(
  database: TestDatabase,
  project: ReturnType<typeof makeProject>,
): Promise<readonly unknown[]> {
  const fresh = await createDatabase();
  await migrate({ ...project, database: fresh.url });
  return differences(fresh, database);
}

export async function differences(expected: TestDatabase, actual: TestDatabase): Promise<readonly unknown[]> {
  return compareCatalogs(await catalogOf(expected), await catalogOf(actual));
}

async function catalogOf({ url }: TestDatabase) {
  const session = await Session.open(readTarget({ url }), { applicationName: 'test' });
  try {
    return await readCatalog(session, { tracking: { schema: 'drizzle', table: '__drizzle_migrations' } });
  } finally {
    await session.close();
  }
}

export const findingsOf = (json: Record<string, unknown>) =>
  json.findings as { code: string; severity: string; message: string; fix: string }[];

/** The whole text, with ids and times of the run made equal. */
export function plainText(text: string): string {
  return text
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<id>')
    .replace(/\b(?:179|18\d|19\d)\d{10}\b/g, '<now>');
}

export function expectNoErrors(json: Record<string, unknown>): void {
  expect(findingsOf(json).filter(({ severity }) => severity === 'error')).toEqual([]);
}

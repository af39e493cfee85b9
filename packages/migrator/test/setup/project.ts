import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Project } from '../../src/api/project.js';

/** A folder that is gone when the test is. */
export function makeFolder(parent = tmpdir()): string {
  mkdirSync(parent, { recursive: true });
  const folder = realpathSync(mkdtempSync(join(parent, 'migrator-test-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files by their relative path; objects as JSON. */
export function writeFiles(root: string, files: Readonly<Record<string, unknown>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
  }
}

export interface MigrationFile {
  readonly tag: string;
  readonly sql: string;
  /** Default: a minute after the one before it. */
  readonly when?: number;
}

/** `when` of the first migration of a test folder. */
export const FIRST = Date.UTC(2025, 0, 1);

/** The files of a migrations folder as drizzle-kit 0.31 writes it. `migrations` may be `{ '0000_songs': 'create …' }`. */
export function migrationFiles(
  migrations: readonly MigrationFile[] | Readonly<Record<string, string>>,
): Record<string, unknown> {
  const list = isList(migrations) ? migrations : Object.entries(migrations).map(([tag, sql]) => ({ tag, sql }));
  const files: Record<string, unknown> = {};
  const entries = list.map(({ tag, sql, when }: MigrationFile, idx) => {
    files[`${tag}.sql`] = sql;
    files[`meta/${tag.split('_')[0]}_snapshot.json`] ??= snapshot(idx);
    return { idx, version: '7', when: when ?? FIRST + idx * 60_000, tag, breakpoints: true };
  });
  return { ...files, 'meta/_journal.json': { version: '7', dialect: 'postgresql', entries } };
}

export function snapshot(position: number): object {
  return { id: snapshotId(position + 1), prevId: snapshotId(position), version: '7', dialect: 'postgresql' };
}

function snapshotId(position: number): string {
  return `00000000-0000-0000-0000-${String(position).padStart(12, '0')}`;
}

function isList(value: object): value is readonly MigrationFile[] {
  return Array.isArray(value);
}

/** A project in a folder of its own: `drizzle.config.json`, and the migrations under `drizzle/`. */
export function makeProject(
  database: { readonly url: string },
  migrations: readonly MigrationFile[] | Readonly<Record<string, string>>,
  parent?: string,
): Project & {
  readonly root: string;
  write(migrations: readonly MigrationFile[] | Readonly<Record<string, string>>): void;
} {
  const root = makeFolder(parent);
  const write = (next: readonly MigrationFile[] | Readonly<Record<string, string>>) => {
    rmSync(join(root, 'drizzle'), { recursive: true, force: true });
    writeFiles(join(root, 'drizzle'), migrationFiles(next));
  };
  writeFiles(root, {
    'drizzle.config.json': { dialect: 'postgresql', out: './drizzle', dbCredentials: { url: database.url } },
  });
  write(migrations);
  return { root, database: database.url, migrationsFolder: join(root, 'drizzle'), relativeTo: root, write };
}

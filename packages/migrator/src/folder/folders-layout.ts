import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { downPathOf } from '../core/down-path.js';
import { folderTime } from '../core/folder-names.js';
import { sha256 } from '../core/hash.js';
import type { DownFile, Finding, Migration } from '../core/types.js';
import { foldersFindings } from './folders-findings.js';
import { readFolderSnapshots } from './folders-snapshots.js';
import { type TextFault, textFault } from './text-fault.js';

export interface FoldersLayoutFacts {
  readonly directory: string;
  /** Names of all that is in it. */
  readonly names: readonly string[];
  /** Path of a file of the folder as it is to be shown. */
  readonly shown: (path: string) => string;
  readonly readText: (path: string) => string | undefined;
  readonly readModule: (file: string, sql: string) => Pick<Migration, 'module'>;
  readonly readDown: (migration: Pick<Migration, 'tag' | 'name' | 'path'>) => DownFile | undefined;
  readonly now: number;
  readonly snapshots: boolean;
  readonly downs: boolean;
}

/** Names of the folders that hold a migration of drizzle 1.0, in the order in which it runs them. */
export function migrationFolders(directory: string, names: readonly string[]): string[] {
  return names.filter((name) => existsSync(join(directory, name, 'migration.sql'))).sort((a, b) => a.localeCompare(b));
}

/**
 * Reads the layout of drizzle 1.0: one folder per migration, and no journal. The order is that of the names, as drizzle
 * compares them, and the time is what the name begins with.
 */
export function readFolders(facts: FoldersLayoutFacts): {
  readonly migrations: readonly Migration[];
  readonly findings: readonly Finding[];
} {
  const { directory, names, shown } = facts;
  const all = migrationFolders(directory, names);
  const textFaults = new Map<string, TextFault>();
  const migrations = all.filter(isUsable).map((name, position): Migration => {
    const path = join(directory, name, 'migration.sql');
    const sql = facts.readText(path) ?? '';
    const fault = textFault(sql, path);
    if (fault) textFaults.set(name, fault);
    const about = { tag: name, name, path: shown(join(name, 'migration.sql')) };
    const down = facts.downs ? facts.readDown(about) : undefined;
    return {
      ...about,
      position,
      idx: position,
      when: folderTime(name) ?? 0,
      file: { sql, hash: sha256(sql) },
      ...(down && { down }),
      ...facts.readModule(path, sql),
    };
  });
  const findings = foldersFindings({
    migrations,
    unusable: all.filter((name) => !isUsable(name)),
    sqlFiles: names.filter((name) => name.endsWith('.sql')),
    textFaults,
    snapshots: facts.snapshots ? readFolderSnapshots(directory, names) : undefined,
    shown,
    now: facts.now,
  });
  return { migrations, findings };
}

/** drizzle makes the time of the name a number, and the name a value: both must be possible, and fit for a terminal. */
function isUsable(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are meant
  return folderTime(name) !== undefined && !/[\x00-\x1f\x7f-\x9f]/.test(name);
}

/** Where the way back stands; `shown` is that path as it is to be shown. */
export function downFileOf(directory: string, { tag, name }: Pick<Migration, 'tag' | 'name'>): string {
  return downPathOf({
    ...(name !== undefined && { name }),
    path: name === undefined ? join(directory, `${tag}.sql`) : join(directory, name, 'migration.sql'),
  });
}

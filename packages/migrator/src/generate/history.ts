import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Finding, Migration } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { assertJournalLayout } from '../folder/journal-layout.js';
import { type MigrationsFolder, readFolder } from '../folder/read-folder.js';
import { EMPTY_SNAPSHOT, parseSnapshot, type Snapshot } from './snapshot.js';

/** A migrations folder that may be added to, with the one snapshot that counts. */
export interface GenerateHistory {
  readonly folder: MigrationsFolder;
  readonly latest: Snapshot;
}

/** For a folder of drizzle 1.0. */
export const GENERATE_INSTEAD =
  'Run `npx drizzle-kit generate`, and write the way back into `down.sql` beside the new `migration.sql`; `migrator check` tries it.';

/** Faults of the chain of snapshots that a new one would be built upon. */
const CHAIN: readonly Finding['code'][] = [
  'snapshot-malformed',
  'snapshot-duplicate-id',
  'snapshot-fork',
  'old-journal-version',
];

/** Reads the folder and its newest snapshot, however many there are. Throws `refused` or `snapshot-unusable`. */
export function readHistory(directory: string, relativeTo: string, now: number): GenerateHistory {
  const folder = readFolder(directory, { relativeTo, now, snapshots: true });
  assertJournalLayout(folder, 'migrator generate', GENERATE_INSTEAD);
  const blocking = folder.findings.filter(({ severity, code }) => severity === 'error' || CHAIN.includes(code));
  if (blocking.length > 0) {
    throw new MigratorError('refused', {
      message: `The migrations have ${blocking.length === 1 ? 'a fault' : `${blocking.length} faults`} that a new one would be built upon.`,
      detail: blocking.map(({ code, message }) => `- ${message} (${code})`).join('\n'),
      state: 'Nothing was written.',
      fix: blocking[0]?.fix ?? '',
      findings: blocking,
    });
  }
  const last = folder.migrations.at(-1);
  if (!last) return { folder, latest: EMPTY_SNAPSHOT };
  const latest = snapshotAfter(last, directory, relativeTo);
  if (latest) return { folder, latest };
  throw new MigratorError('snapshot-unusable', {
    message: `The newest migration, \`${last.tag}\`, has no snapshot: what it has led to cannot be told.`,
    where: relative(relativeTo, snapshotPath(last, directory)),
    state: 'Nothing was written.',
    fix: 'Restore it from version control. If the migration was written by hand and changes nothing that the schema knows, copy the snapshot before it, with a new `id` and that one’s `id` as `prevId`.',
  });
}

/** The schema that a migration led to; undefined where it has no snapshot. */
export function snapshotAfter(migration: Migration, directory: string, relativeTo: string): Snapshot | undefined {
  const path = snapshotPath(migration, directory);
  return existsSync(path) ? parseSnapshot(readFileSync(path, 'utf8'), relative(relativeTo, path)) : undefined;
}

function snapshotPath({ tag }: Migration, directory: string): string {
  return join(directory, 'meta', `${tag.split('_')[0] ?? ''}_snapshot.json`);
}

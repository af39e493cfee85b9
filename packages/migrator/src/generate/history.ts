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
  assertOwnSnapshot(folder, last, directory, relativeTo);
  const latest = snapshotAfter(last, directory, relativeTo);
  if (latest) return { folder, latest };
  throw new MigratorError('snapshot-unusable', {
    message: `The newest migration, \`${last.tag}\`, has no snapshot: what it has led to cannot be told.`,
    where: relative(relativeTo, snapshotPath(last, directory)),
    state: 'Nothing was written.',
    fix: 'Restore it from version control, or run `migrator repair`: it makes the snapshot anew from a replay of the migrations.',
  });
}

/** Two migrations of one number share the name of a snapshot: where others stand between them, it is that of the earlier one. */
function assertOwnSnapshot(
  { migrations }: MigrationsFolder,
  last: Migration,
  directory: string,
  relativeTo: string,
): void {
  const path = snapshotPath(last, directory);
  const twin = migrations.find((other) => other !== last && snapshotPath(other, directory) === path);
  const newer =
    twin &&
    migrations
      .slice(twin.position + 1, last.position)
      .findLast((one) => existsSync(snapshotPath(one, directory)) && snapshotPath(one, directory) !== path);
  if (!twin || !newer || !existsSync(path)) return;
  const highest = Math.max(...migrations.map(({ tag }) => Number(/^\d+(?=_)/.exec(tag)?.[0] ?? 0)));
  const tag = `${String(highest + 1).padStart(4, '0')}_${last.tag.replace(/^\d+_/, '')}`;
  throw new MigratorError('snapshot-unusable', {
    message: `The newest migration, \`${last.tag}\`, has the number of \`${twin.tag}\`, whose snapshot is older than that of \`${newer.tag}\`: what the newest has led to cannot be told.`,
    where: relative(relativeTo, path),
    state: 'Nothing was written.',
    fix: `Rename it to \`${tag}\`, the file and its entry in the journal (no database knows names), and run \`migrator repair\`, which makes its snapshot.`,
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

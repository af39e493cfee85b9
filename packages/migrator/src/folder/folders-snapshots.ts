import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding, Migration } from '../core/types.js';

/** What a `snapshot.json` of drizzle 1.0 says of its place in the history. */
export interface FolderSnapshot {
  /** Name of its folder. */
  readonly folder: string;
  readonly version: string | undefined;
  readonly id: string | undefined;
  /** Ids of those that it follows: several where it joins branches. */
  readonly prevIds: readonly string[];
}

/** drizzle-kit's parent of a first snapshot. */
const ORIGIN = '00000000-0000-0000-0000-000000000000';

/** The version that drizzle-kit 1.0 writes. */
const CURRENT = 9;

export function readFolderSnapshots(directory: string, names: readonly string[]): FolderSnapshot[] {
  return names
    .filter((name) => existsSync(join(directory, name, 'snapshot.json')))
    .sort((a, b) => a.localeCompare(b))
    .map((folder) => ({ folder, ...readHead(join(directory, folder, 'snapshot.json')) }));
}

function readHead(path: string): Omit<FolderSnapshot, 'folder'> {
  try {
    const { version, id, prevIds, prevId } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const parents = Array.isArray(prevIds) ? prevIds : [prevId];
    return {
      version: version === undefined ? undefined : String(version),
      id: typeof id === 'string' ? id : undefined,
      prevIds: parents.filter((parent) => typeof parent === 'string'),
    };
  } catch {
    return { version: undefined, id: undefined, prevIds: [] };
  }
}

/** Faults of the snapshots: they hurt `drizzle-kit generate`, never `migrate`. Pure. */
export function folderSnapshotFindings(
  migrations: readonly Migration[],
  snapshots: readonly FolderSnapshot[],
  shown: (path: string) => string,
): Finding[] {
  const at = ({ folder }: { readonly folder: string }) => ({ file: shown(`${folder}/snapshot.json`) });
  const findings: Finding[] = [];
  const byId = new Map<string, FolderSnapshot>();
  for (const snapshot of snapshots) {
    if (snapshot.id === undefined) {
      findings.push({
        code: 'snapshot-malformed',
        severity: 'warning',
        at: at(snapshot),
        message: `${snapshot.folder}/snapshot.json is not a snapshot: it has no \`id\`.`,
        consequence: '`drizzle-kit generate` and `drizzle-kit check` stop.',
        fix: 'Restore it from version control.',
      });
      continue;
    }
    const twin = byId.get(snapshot.id);
    if (twin) {
      findings.push({
        code: 'snapshot-duplicate-id',
        severity: 'warning',
        at: at(snapshot),
        message: `The snapshots of \`${snapshot.folder}\` and \`${twin.folder}\` have the same id.`,
        consequence: '`drizzle-kit generate` takes one of them for the other.',
        fix: `Delete the copied folder and run \`drizzle-kit generate\` again.`,
      });
    }
    byId.set(snapshot.id, snapshot);
  }
  const old = snapshots.filter(({ id, version }) => id !== undefined && !(Number(version) >= CURRENT));
  if (old[0]) {
    findings.push({
      code: 'old-snapshot-version',
      severity: 'warning',
      at: at(old[0]),
      message:
        old.length === 1
          ? `The snapshot of \`${old[0].folder}\` has version ${old[0].version}; drizzle-kit 1.0 writes version ${CURRENT}.`
          : `${old.length} snapshots are older than version ${CURRENT}, which drizzle-kit 1.0 writes, the first of them that of \`${old[0].folder}\`.`,
      consequence: 'Applying works; `drizzle-kit generate` refuses.',
      fix: 'Run `npx drizzle-kit up`.',
    });
  }
  for (const snapshot of byId.values()) {
    const lost = snapshot.prevIds.find((parent) => parent !== ORIGIN && !byId.has(parent));
    if (lost === undefined) continue;
    findings.push({
      code: 'snapshot-chain-broken',
      severity: 'warning',
      at: at(snapshot),
      message: `The snapshot of \`${snapshot.folder}\` follows one that is not there (${lost}).`,
      consequence: '`drizzle-kit generate` and `drizzle-kit check` refuse the whole folder.',
      fix: 'Restore the migration folder that is missing from version control.',
    });
  }
  const parents = new Set([...byId.values()].flatMap(({ prevIds }) => prevIds));
  const leaves = [...byId.values()].filter(({ id }) => id !== undefined && !parents.has(id));
  const last = leaves.at(-1);
  if (last && leaves.length > 1) {
    findings.push({
      code: 'snapshot-fork',
      severity: 'warning',
      at: at(last),
      message: `${leaves.length} migrations are the newest of their branch: ${leaves.map(({ folder }) => `\`${folder}\``).join(', ')}.`,
      consequence:
        'Branches were merged. drizzle-kit 1.0 joins them at its next `generate`, unless they change the same thing.',
      fix: 'Run `npx drizzle-kit check`: it says whether they do.',
    });
  }
  const present = new Set(snapshots.map(({ folder }) => folder));
  for (const { tag, position } of migrations) {
    if (present.has(tag)) continue;
    const isLast = position === migrations.length - 1;
    findings.push({
      code: 'snapshot-missing',
      severity: isLast ? 'warning' : 'info',
      tag,
      at: at({ folder: tag }),
      message: `\`${tag}\` has no snapshot.`,
      consequence: isLast
        ? 'The next `drizzle-kit generate` will make its changes again.'
        : 'What it changed can only be told by running it.',
      fix: 'Restore the snapshot from version control; a migration written by hand needs none if it changes nothing that the schema knows.',
    });
  }
  return findings;
}

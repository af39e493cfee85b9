import type { Finding, Migration } from '../core/types.js';
import type { SnapshotHead } from './snapshots.js';

/** drizzle-kit's `prevId` of a first snapshot. */
const ORIGIN = '00000000-0000-0000-0000-000000000000';

/** Faults of the snapshot chain: they hurt `generate`, never `migrate`, so none is more than a warning here. Pure. */
export function snapshotFindings(
  migrations: readonly Migration[],
  heads: readonly SnapshotHead[],
  shown: (path: string) => string,
): Finding[] {
  const at = (head: SnapshotHead) => ({ file: shown(`meta/${head.file}`) });
  const findings: Finding[] = [];
  const ids = new Map<string, SnapshotHead>();
  const children = new Map<string, SnapshotHead>();

  for (const head of heads) {
    if (head.id === undefined) {
      findings.push({
        code: 'snapshot-malformed',
        severity: 'warning',
        at: at(head),
        message: `${head.file} is not a snapshot: it has no \`id\`.`,
        consequence: '`drizzle-kit generate` stops, with exit code 0.',
        fix: 'Restore it from version control.',
      });
      continue;
    }
    const twin = ids.get(head.id);
    if (twin) {
      findings.push({
        code: 'snapshot-duplicate-id',
        severity: 'warning',
        at: at(head),
        message: `${head.file} has the same id as ${twin.file}.`,
        consequence: '`drizzle-kit generate` cannot tell which one comes last.',
        fix: `Give ${head.file} an id of its own, and let the snapshot after it point there.`,
      });
    }
    ids.set(head.id, head);
  }

  for (const head of heads) {
    if (head.prevId === undefined) continue;
    const sibling = children.get(head.prevId);
    if (sibling) {
      findings.push({
        code: 'snapshot-fork',
        severity: 'warning',
        at: at(head),
        message: `${head.file} and ${sibling.file} both follow the same snapshot.`,
        consequence: 'Two branches were merged: `drizzle-kit generate` refuses, with exit code 0.',
        fix: `Let \`prevId\` of ${head.file} name the id of ${sibling.file}, and make sure it holds the changes of both.`,
      });
    }
    children.set(head.prevId, head);
    if (head.prevId !== ORIGIN && !ids.has(head.prevId)) {
      findings.push({
        code: 'snapshot-chain-broken',
        severity: 'warning',
        at: at(head),
        message: `${head.file} follows a snapshot that is not there (${head.prevId}).`,
        consequence: 'The states between two migrations can no longer be told; `generate` still works from the newest.',
        fix: 'Let its `prevId` name the snapshot before it.',
      });
    }
  }

  const prefixes = new Set(heads.map(({ prefix }) => prefix));
  for (const migration of migrations) {
    const prefix = migration.tag.split('_')[0] ?? '';
    if (prefixes.has(prefix)) continue;
    findings.push({
      code: 'snapshot-missing',
      severity: migration.position === migrations.length - 1 ? 'warning' : 'info',
      tag: migration.tag,
      at: { file: shown(`meta/${prefix}_snapshot.json`) },
      message: `\`${migration.tag}\` has no snapshot.`,
      consequence:
        migration.position === migrations.length - 1
          ? 'The next `drizzle-kit generate` will make its changes again.'
          : 'What it changed can only be told by running it.',
      fix: 'Restore the snapshot from version control; a migration written by hand needs none if it changes nothing that the schema knows.',
    });
  }
  return findings;
}

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
        fix: 'Restore it from version control, or run `migrator repair`.',
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
        fix: 'Run `migrator repair`: it gives each an id of its own and chains them anew.',
      });
    }
    ids.set(head.id, head);
  }

  const isUnique = ids.size === heads.filter(({ id }) => id !== undefined).length;
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
        fix: 'Run `migrator repair`: it chains them; where the branches are not merged yet, `migrator rebase`.',
      });
    }
    children.set(head.prevId, head);
    if (head.id !== undefined && isUnique && leadsBack(head, ids)) {
      findings.push({
        code: 'snapshot-cycle',
        severity: 'warning',
        at: at(head),
        message:
          head.prevId === head.id ? `${head.file} follows itself.` : `${head.file} follows, on the way back, itself.`,
        consequence: 'No first snapshot can be told, so none of them has a place in the chain.',
        fix: 'Run `migrator repair`: it lets each follow the one before it in the journal.',
      });
      continue;
    }
    if (head.prevId !== ORIGIN && !ids.has(head.prevId)) {
      findings.push({
        code: 'snapshot-chain-broken',
        severity: 'warning',
        at: at(head),
        message: `${head.file} follows a snapshot that is not there (${head.prevId}).`,
        consequence: 'The states between two migrations can no longer be told; `generate` still works from the newest.',
        fix: 'Run `migrator repair`: it lets each follow the one before it in the journal.',
      });
    }
  }

  const owned = new Set(migrations.map(({ tag }) => tag.split('_')[0] ?? ''));
  for (const head of heads.filter(({ prefix }) => !owned.has(prefix))) {
    findings.push({
      code: 'snapshot-orphan',
      severity: 'warning',
      at: at(head),
      message: `${head.file} belongs to no migration of the journal.`,
      consequence: '`drizzle-kit generate` takes the last file for the newest state, whatever the journal says.',
      fix: 'Run `migrator repair`: it removes it, or gives its migration an entry.',
    });
  }

  const prefixes = new Set(heads.map(({ prefix }) => prefix));
  for (const migration of migrations) {
    const prefix = migration.tag.split('_')[0] ?? '';
    if (prefixes.has(prefix)) continue;
    const isLast = migration.position === migrations.length - 1;
    findings.push({
      code: 'snapshot-missing',
      severity: isLast ? 'warning' : 'info',
      tag: migration.tag,
      at: { file: shown(`meta/${prefix}_snapshot.json`) },
      message: `\`${migration.tag}\` has no snapshot.`,
      consequence: isLast
        ? 'The next `drizzle-kit generate` will make its changes again.'
        : 'What it changed can only be told by running it.',
      fix: isLast
        ? 'Restore the snapshot from version control, or run `migrator repair`: it builds it from what the files do.'
        : 'Nothing to do: only the newest one is needed. Version control may have it.',
    });
  }
  return findings;
}

function leadsBack(head: SnapshotHead, ids: ReadonlyMap<string, SnapshotHead>): boolean {
  const passed = new Set<SnapshotHead>();
  for (let at = ids.get(head.prevId ?? ''); at && !passed.has(at); at = ids.get(at.prevId ?? '')) {
    if (at.id === head.id) return true;
    passed.add(at);
  }
  return false;
}

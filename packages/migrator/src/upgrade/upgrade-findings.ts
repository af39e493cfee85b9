import { folderTime } from '../core/folder-names.js';
import type { Comparison, Finding, Migration } from '../core/types.js';
import type { MigrationsFolder } from '../folder/read-folder.js';
import { foretellUpgrade } from '../plan/drizzle-upgrade.js';
import { historyFindings } from '../plan/history-findings.js';
import { halfAppliedFinding } from '../plan/rollback-findings.js';
import type { Conversion } from './convert-snapshots.js';
import type { FolderUpgrade } from './folder-edits.js';

interface UpgradeFacts {
  readonly folder: MigrationsFolder;
  readonly comparison: Comparison;
  /** Undefined where the folder has the layout of 1.0 already. */
  readonly upgrade: FolderUpgrade | undefined;
  readonly names: ReadonlyMap<Migration, string>;
}

/** Faults that the upgrade mends itself. */
const MENDED = ['half-upgraded-folder', 'old-tracking-table', 'new-tracking-table', 'unnamed-row'];

/** What stands in the way of going to drizzle 1.0, and what is different afterwards. Pure. */
export function upgradeFindings(facts: UpgradeFacts): Finding[] {
  const { folder, comparison } = facts;
  return [
    ...folder.findings.filter(({ severity, code }) => severity === 'error' && !MENDED.includes(code)),
    ...comparison.statuses.flatMap(({ migration, halfApplied }) =>
      halfApplied
        ? [{ ...halfAppliedFinding(migration, halfApplied), fix: 'Finish it with `migrator migrate` first.' }]
        : [],
    ),
    ...historyFindings(comparison, { outOfOrder: false, allowEdited: true }).filter(
      ({ code }) => code === 'half-rolled-back' || code === 'unknown-row' || code === 'shared-tracking-table',
    ),
    ...lateFindings(comparison, folder),
    ...renameFindings(facts),
  ];
}

/** What 0.31 has skipped for ever, 1.0 runs. */
function lateFindings({ statuses }: Comparison, { layout }: MigrationsFolder): Finding[] {
  return statuses
    .filter(({ state }) => state === 'out-of-order')
    .map(({ migration: { tag, path } }) => ({
      code: 'out-of-order',
      severity: 'warning',
      tag,
      at: { file: path },
      message: `\`${tag}\` is not applied here, although newer ones are.`,
      consequence: `${layout === 'journal' ? 'drizzle 0.31 skips it for ever. ' : ''}drizzle 1.0 goes by the names: its next \`migrate\` runs it.`,
      fix: 'If it is not wanted any more, empty the file before the upgrade; otherwise apply it with `migrator migrate --out-of-order`.',
    }));
}

function renameFindings({ upgrade, names }: UpgradeFacts): Finding[] {
  if (!upgrade) return [];
  const moved = upgrade.folders.filter(({ restamped }) => restamped);
  const renamed = upgrade.folders.map(
    ({ migration }): Migration => ({
      ...migration,
      tag: names.get(migration) ?? '',
      when: folderTime(names.get(migration) ?? '') ?? 0,
    }),
  );
  // A database that has all of it, as drizzle 0.31 has recorded it.
  const rows = upgrade.folders.map(({ migration }, index) => ({
    id: index + 1,
    hash: migration.file?.hash ?? '',
    createdAt: migration.when,
  }));
  const { names: guessed, unmatched } = foretellUpgrade(renamed, rows);
  const wrong = rows.filter((row, index) => guessed.get(row) !== renamed[index]?.tag);
  const [first] = moved;
  if (!first) return [];
  const list = moved.map(({ migration, name }) => `\`${migration.tag}\` as \`${name}\``);
  return [
    {
      code: 'order-by-name',
      severity: unmatched.length + wrong.length > 0 ? 'warning' : 'info',
      tag: first.migration.tag,
      at: { file: first.migration.path },
      message: `By ${moved.length === 1 ? 'its' : 'their'} \`when\`, ${moved.length === 1 ? 'a migration' : `${moved.length} migrations`} would run at another place than in the journal, or share a second; the folders get times of their own: ${list.slice(0, 5).join(', ')}${list.length > 5 ? ` and ${list.length - 5} more` : ''}.`,
      consequence:
        unmatched.length + wrong.length > 0
          ? '`drizzle-kit up` refuses such a journal. On other databases drizzle-orm 1.0 would guess the wrong names for their rows.'
          : '`drizzle-kit up` refuses such a journal. drizzle-orm 1.0 knows their rows on other databases by the hash.',
      fix:
        unmatched.length + wrong.length > 0
          ? 'Run `migrator upgrade` on every other database before drizzle 1.0 runs there.'
          : 'Nothing to do.',
    },
  ];
}

/** What is to be known of the snapshots, which drizzle-kit itself converts. */
export function conversionFindings(conversion: Conversion, folder: MigrationsFolder): Finding[] {
  if (!('kept' in conversion)) return [];
  return [
    {
      code: 'snapshots-not-converted',
      severity: 'warning',
      at: { file: folder.directory },
      message:
        conversion.kept === 'no-kit'
          ? 'The snapshots are moved as they are: this project has no drizzle-kit 1.0 yet, which converts them.'
          : `The snapshots are moved as they are: drizzle-kit refuses to convert them. ${oneLine(conversion.said)}`,
      consequence: 'Applying works. `drizzle-kit generate` refuses until they are converted.',
      fix:
        conversion.kept === 'no-kit'
          ? 'Install it, then run this again; or afterwards `npx drizzle-kit up`.'
          : 'Mend the snapshots first, with `migrator repair`; or go on without them, and let drizzle-kit say later what it needs.',
    },
  ];
}

function oneLine(text: string): string {
  const line = text
    .replace(/^\s*Error\s*/m, '')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}

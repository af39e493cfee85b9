import { folderNameOf } from '../core/folder-names.js';
import type { AppliedRow, Comparison, Finding, MigrationStatus } from '../core/types.js';
import { foretellUpgrade } from './drizzle-upgrade.js';

/**
 * What is to be known where folder and tracking table are of different drizzle versions, or rows have no name although the
 * table is of 1.0. None of it stops a run of ours, which knows both; it says what drizzle does. Pure.
 */
export function layoutFindings({ statuses, unknown }: Pick<Comparison, 'statuses' | 'unknown'>): Finding[] {
  const rows = [...statuses.flatMap(({ row }) => row ?? []), ...unknown].sort((a, b) => a.id - b.id);
  if (rows.length === 0 || statuses.length === 0) return [];
  const hasNames = rows.some(({ name }) => name !== undefined);
  const inFolders = statuses.some(({ migration }) => migration.name !== undefined);
  if (inFolders) return hasNames ? unnamedRows(statuses, unknown) : oldTable(statuses, rows);
  return hasNames ? [newTable(statuses)] : [];
}

/** A folder of 1.0, a table of 0.31: drizzle-orm 1.0 upgrades it by itself, and may guess wrongly. */
function oldTable(statuses: readonly MigrationStatus[], rows: readonly AppliedRow[]): Finding[] {
  const { names, unmatched } = foretellUpgrade(
    statuses.map(({ migration }) => migration),
    rows,
  );
  const wrong = statuses.filter(({ migration, row }) => row && names.get(row) !== migration.tag);
  const about = {
    code: 'old-tracking-table',
    message: 'The folder is one of drizzle 1.0, the tracking table one of 0.31.',
  } as const;
  if (unmatched.length === 0 && wrong.length === 0) {
    return [
      {
        ...about,
        severity: 'info',
        consequence: `drizzle-orm 1.0 adds the columns \`name\` and \`applied_at\` when it runs next, and knows all ${rows.length} rows again.`,
        fix: 'Nothing must be done; `migrator upgrade` does the same now.',
      },
    ];
  }
  const refuses = `drizzle-orm 1.0 refuses to run: it finds no migration for ${list(unmatched.map(({ id }) => `row ${id}`))}.`;
  const again = `drizzle-orm 1.0 guesses by the second of \`created_at\`, and would run ${list(wrong.map(({ migration }) => `\`${migration.tag}\``))} again.`;
  return [
    {
      ...about,
      severity: 'warning',
      consequence: unmatched.length > 0 ? refuses : again,
      fix:
        unmatched.length > 0 &&
        wrong.every(({ row }) => row && unmatched.includes(row)) &&
        wrong.length < unmatched.length
          ? 'Restore the migrations of those rows, or run `migrator repair` to remove the rows; then `migrator upgrade`.'
          : 'Run `migrator upgrade`: it gives each row the name of its migration, so that drizzle need not guess.',
    },
  ];
}

/** Rows that 0.31 has written into a table of 1.0, and those whose folder was renamed: 1.0 looks at names only. */
function unnamedRows(statuses: readonly MigrationStatus[], unknown: readonly AppliedRow[]): Finding[] {
  const unnamed = statuses.filter(({ row }) => row?.name === null);
  const lost = unknown.filter(({ name }) => name === null);
  const [first] = unnamed;
  return [
    ...(first
      ? [
          {
            code: 'unnamed-row',
            severity: 'warning',
            tag: first.migration.tag,
            at: { file: first.migration.path },
            message: `${unnamed.length === 1 ? 'A row' : `${unnamed.length} rows`} of the tracking table ${unnamed.length === 1 ? 'has' : 'have'} no name, though drizzle 1.0 has upgraded it: ${list(unnamed.map(({ row, migration }) => `row ${row?.id}, of \`${migration.tag}\``))}.`,
            consequence: 'drizzle 0.31 has written it since. drizzle 1.0 looks at names only, and would run it again.',
            fix: 'Run `migrator upgrade`: it writes the missing names. Let no more drizzle 0.31 run on this database.',
          } as const,
        ]
      : []),
    ...lost.map(
      ({ id }): Finding => ({
        code: 'unnamed-row',
        severity: 'info',
        message: `Row ${id} of the tracking table has no name and belongs to no migration of this folder.`,
        consequence: 'drizzle 1.0 does not look at it.',
        fix: 'Nothing to do.',
      }),
    ),
  ];
}

/** A folder of 0.31, a table of 1.0: somebody went ahead, or came back. */
function newTable(statuses: readonly MigrationStatus[]): Finding {
  const named = statuses.filter(({ row, migration }) => row?.name != null && row.createdAt !== migration.when);
  const newest = statuses.reduce((latest, { row }) => Math.max(latest, row?.createdAt ?? 0), 0);
  const again = named.filter(({ migration }) => migration.when > newest).map(({ migration }) => `\`${migration.tag}\``);
  const unnamed = statuses.filter(({ row }) => row?.name === null);
  const repeats =
    again.length > 0
      ? `drizzle 0.31 would run ${list(again)} again: drizzle 1.0 recorded ${again.length === 1 ? 'its' : 'their'} time without its milliseconds.`
      : 'drizzle 0.31 leaves out the names, so that drizzle 1.0 later runs again what 0.31 applies now.';
  return {
    code: 'new-tracking-table',
    severity: 'warning',
    message: `The folder is one of drizzle 0.31, but drizzle 1.0 has upgraded the tracking table${unnamed.length > 0 ? `; ${unnamed.length} of its rows ${unnamed.length === 1 ? 'has' : 'have'} no name` : ''}.`,
    consequence: repeats,
    fix: 'Run `migrator upgrade` to bring the folder to drizzle 1.0 too, and apply with `migrator migrate` until then: it writes the names.',
  };
}

/** The name that a row is to have: that of its migration. Undefined where it has it, or belongs to none. */
export function nameToWrite({ row, migration }: MigrationStatus): string | undefined {
  const name = folderNameOf(migration);
  return row && row.name !== name ? name : undefined;
}

function list(items: readonly string[]): string {
  return items.length > 5 ? `${items.slice(0, 5).join(', ')} and ${items.length - 5} more` : items.join(', ');
}

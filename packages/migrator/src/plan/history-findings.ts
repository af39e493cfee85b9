import type { AppliedRow, Comparison, Finding, LogEntry, Migration, MigrationStatus } from '../core/types.js';
import { layoutFindings } from './layout-findings.js';
import { hiddenByRestamp, type Overtaken, overtakenBy } from './moved.js';
import { sharedTable } from './shared-table.js';
import { squashIncomplete } from './squashed.js';

/**
 * What the pairing of files and rows has to say. Severity `error` stops `migrate`; nothing is ever skipped silently. Pure.
 * `about` narrows it to some of the migrations.
 */
export function historyFindings(
  { statuses, unknown, newest, owners }: Pick<Comparison, 'statuses' | 'unknown' | 'newest' | 'owners'>,
  accepted: { readonly outOfOrder: boolean; readonly allowEdited: boolean },
  about: readonly MigrationStatus[] = statuses,
): Finding[] {
  return [
    ...about.flatMap((status) => {
      if (status.missing) return squashIncomplete(status);
      switch (status.state) {
        case 'out-of-order':
          return outOfOrder(status, { statuses, unknown, newest }, accepted.outOfOrder);
        case 'edited':
          return edited(status, accepted.allowEdited);
        case 'restamped':
          return restamped(status, hiddenByRestamp(status, statuses, newest));
        default:
          return [];
      }
    }),
    ...statuses.flatMap(({ migration, row, halfApplied }) =>
      row && halfApplied ? [halfForced(migration.path, halfApplied)] : [],
    ),
    ...statuses.flatMap(({ migration, halfRolledBack }) =>
      halfRolledBack ? [halfRolledBackFinding(migration.path, halfRolledBack)] : [],
    ),
    ...sharedTable(statuses, unknown, owners),
    ...layoutFindings({ statuses, unknown }),
    ...unknown.filter(({ id }) => !owners?.has(id)).map((row) => duplicateRow(row, statuses) ?? unknownRow(row)),
  ];
}

function halfForced(file: string, { tag, statementsDone, statementsTotal }: LogEntry): Finding {
  return {
    code: 'half-forced',
    severity: 'warning',
    tag,
    at: { file },
    message: `A forced run of \`${tag}\` stopped after statement ${statementsDone} of ${statementsTotal}.`,
    consequence: 'It counts as applied, by the run before; an index that was being built may be INVALID.',
    fix: `Run \`migrator migrate --force ${tag}\` again: it goes on where it stopped.`,
  };
}

/** Whatever is asked for: nothing can be applied upon a migration that is half gone. */
function halfRolledBackFinding(file: string, { tag, statementsDone, statementsTotal }: LogEntry): Finding {
  return {
    code: 'half-rolled-back',
    severity: 'error',
    tag,
    at: { file },
    message: `A rollback of \`${tag}\` stopped after statement ${statementsDone} of ${statementsTotal}: it is neither applied nor rolled back.`,
    consequence: 'What is applied now would meet a schema that no migration describes. drizzle-kit does not notice.',
    fix: 'Run `migrator rollback`: it goes on with the next statement. After that, `migrator migrate` applies it again.',
  };
}

function outOfOrder(
  { migration }: MigrationStatus,
  { statuses, unknown, newest }: Pick<Comparison, 'statuses' | 'unknown' | 'newest'>,
  accepted: boolean,
): Finding {
  const ahead = statuses.find(({ row }) => row && row.createdAt === newest)?.migration.tag;
  if (migration.name !== undefined) return lateFolder(migration, statuses, accepted);
  return {
    code: 'out-of-order',
    severity: accepted ? 'info' : 'error',
    tag: migration.tag,
    at: { file: migration.path },
    message: `\`${migration.tag}\` is not applied, but its \`when\` (${stamp(migration.when)}) is not later than that of ${ahead ? `\`${ahead}\`` : 'a row'} (${stamp(newest)}), which is.`,
    consequence: 'drizzle-kit skips it for ever and prints success.',
    fix: accepted
      ? 'Accepted by `--out-of-order`: it will be applied.'
      : wayToLate(migration.tag, overtakenBy(migration, statuses, unknown)),
  };
}

/** What others have on record is not to be stamped anew because this database was on a branch. */
function wayToLate(tag: string, overtaken: Overtaken | undefined): string {
  if (overtaken?.by === 'moved') {
    return `The journal has moved ${oneOf(overtaken.tags)}, applied here, behind it, as \`migrator rebase\` does. On a development database run \`migrator switch\`: it keeps what is applied, applies this one, and gives the rows their new times. Elsewhere run \`migrator migrate --out-of-order\`, then \`migrator repair\`.`;
  }
  const late = `\`migrator migrate --out-of-order\` to apply it; \`migrator repair --restamp ${tag}\` if no other database has it yet; \`migrator repair --mark-applied ${tag}\` if this one has its changes already.`;
  if (!overtaken) return `Run ${late}`;
  const rows = `${overtaken.ids.length === 1 ? 'row' : 'rows'} ${overtaken.ids.join(', ')}`;
  return `If ${rows} came from another branch, on a development database, run \`migrator switch\`: it undoes what is not checked out, and applies this one. Else ${late}`;
}

function oneOf([one, ...more]: readonly string[]): string {
  return `\`${one}\`${more.length > 0 ? ` and ${more.length} more` : ''}`;
}

/** drizzle 1.0 knows migrations by name: it skips none, but what it applies late ran earlier on a new database. */
function lateFolder(migration: Migration, statuses: readonly MigrationStatus[], accepted: boolean): Finding {
  const ahead = statuses.findLast(({ row, migration: { position } }) => row && position > migration.position);
  return {
    code: 'out-of-order',
    severity: accepted ? 'info' : 'error',
    tag: migration.tag,
    at: { file: migration.path },
    message: `\`${migration.tag}\` is not applied, but ${ahead ? `\`${ahead.migration.tag}\`` : 'a row'}, which comes after it, is.`,
    consequence: 'drizzle 1.0 applies it now, in another order than on a new database, and says nothing.',
    fix: accepted
      ? 'Accepted by `--out-of-order`: it will be applied.'
      : 'Run `migrator migrate --out-of-order` to apply it; or, if no database has it yet, rename its folder to the present time.',
  };
}

function edited({ migration, edit, row }: MigrationStatus, accepted: boolean): Finding {
  const harmless = edit === 'line-endings' || edit === 'formatting';
  const what =
    edit === 'line-endings'
      ? 'only its line endings differ'
      : edit === 'formatting'
        ? 'only white space, comments or spelling differ, the statements mean the same'
        : edit === 'meaning'
          ? 'its statements no longer mean the same'
          : 'its content differs';
  return {
    code: 'edited-migration',
    severity: harmless ? 'warning' : accepted ? 'warning' : 'error',
    tag: migration.tag,
    at: { file: migration.path },
    message: `\`${migration.tag}\` was edited after it was applied: ${what} (applied ${short(row?.hash)}, now ${short(migration.file?.hash)}).`,
    consequence: harmless
      ? 'Databases old and new end up the same.'
      : 'A database made anew will differ from this one. drizzle-kit does not notice.',
    fix: harmless
      ? 'Nothing must be done; `migrator repair` writes the new hash into the row.'
      : `Restore the file (\`migrator repair --restore ${migration.tag}\`, or \`git log -- ${migration.path}\`) and put the change into a new migration; or, if the edit is right for this database as it is, run \`migrator repair --accept ${migration.tag}\`.`,
  };
}

function restamped({ migration, row }: MigrationStatus, hidden: readonly string[]): Finding {
  const about = {
    code: 'restamped-migration',
    severity: 'warning',
    tag: migration.tag,
    at: { file: migration.path },
  } as const;
  if (migration.name !== undefined) {
    return {
      ...about,
      message: `\`${migration.tag}\` is applied, but its folder was renamed since: row ${row?.id} of the tracking table knows it as ${row?.name == null ? `one of ${stamp(row?.createdAt ?? null)}` : `\`${row.name}\``}.`,
      consequence: 'drizzle 1.0 looks at names only, and would run it again.',
      fix: 'Give the folder its name back; or run `migrator upgrade`, which writes the new one into the row.',
    };
  }
  if (row && row.createdAt === null) {
    return {
      ...about,
      message: `\`${migration.tag}\` is applied, but row ${row.id} of the tracking table has no \`created_at\`.`,
      consequence: 'drizzle-kit takes such a row for the newest one, and would run every migration again.',
      fix: `Run \`migrator repair\`: it gives row ${row.id} the time ${migration.when}.`,
    };
  }
  return {
    ...about,
    message: `\`${migration.tag}\` is applied, but its \`when\` was changed since: ${stamp(row?.createdAt ?? null)} in the database, ${stamp(migration.when)} in the journal.`,
    consequence: 'drizzle-kit would run it a second time if the new `when` is the later one.',
    fix:
      hidden.length > 0
        ? `On a development database run \`migrator switch\`: it applies ${oneOf(hidden)} first, and then gives the row the time of the journal. Elsewhere run \`migrator migrate\`, then \`migrator repair\`.`
        : `Run \`migrator repair\`: it gives the row the time of the journal; or set \`when\` back to ${row?.createdAt} in meta/_journal.json.`,
  };
}

/** The same migration recorded twice: two runs at once, as drizzle-kit lets them. */
function duplicateRow(row: AppliedRow, statuses: readonly MigrationStatus[]): Finding | undefined {
  const twin = statuses.find(
    (status) => status.row?.hash === row.hash && (row.createdAt === null || status.row.createdAt === row.createdAt),
  );
  if (!twin) return undefined;
  const { tag, path } = twin.migration;
  return {
    code: 'duplicate-row',
    severity: 'warning',
    tag,
    at: { file: path },
    message: `\`${tag}\` has two rows in the tracking table: ${twin.row?.id} and ${row.id}.`,
    consequence:
      'Two runs of drizzle-kit at once have applied it twice, or somebody copied the row. What it inserts may be there twice.',
    fix: `Look for rows that it may have written twice; then run \`migrator repair\`: it deletes row ${row.id}.`,
  };
}

function unknownRow(row: AppliedRow): Finding {
  return {
    code: 'unknown-row',
    severity: 'warning',
    message: `Row ${row.id} of the tracking table (${stamp(row.createdAt)}, ${short(row.hash)}) belongs to no migration of this folder.`,
    consequence:
      'The database is ahead of this checkout, or a migration file was removed. drizzle-kit does not notice.',
    fix: `Check out the branch that holds it, or restore the removed file; on a development database, \`migrator switch\` undoes what is not checked out; if neither will come back, run \`migrator repair --forget ${row.id}\`.`,
  };
}

function stamp(when: number | null): string {
  if (when === null) return 'no time';
  const date = new Date(when);
  return Number.isNaN(date.getTime()) ? String(when) : `${when}, ${date.toISOString().slice(0, 19).replace('T', ' ')}`;
}

function short(hash: string | undefined): string {
  return (hash ?? '').slice(0, 8) || 'no hash';
}

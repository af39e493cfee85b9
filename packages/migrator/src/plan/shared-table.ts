import type { AppliedRow, Comparison, Finding, LogEntry } from '../core/types.js';

/**
 * Of rows that no file accounts for, the projects that have applied them, by the id of the row, as far as the log knows and they are
 * not this one. Pure.
 */
export function ownersOf(
  unknown: readonly AppliedRow[],
  log: readonly LogEntry[],
  project: string | null,
): ReadonlyMap<number, string> {
  const owners = new Map<number, string>();
  if (project === null) return owners;
  for (const { id, hash, createdAt } of unknown) {
    const entry = log.findLast(
      (each) => each.hash === hash && each.when === createdAt && each.direction === 'up' && each.status === 'applied',
    );
    const owner = entry?.detail?.project;
    if (typeof owner === 'string' && owner !== project) owners.set(id, owner);
  }
  return owners;
}

/**
 * Two projects that keep their migrations in one tracking table. The log is sure of it; without the log, rows of others that lie
 * between this folder's more than once, in the order of application and in that of time, raise the question. Pure.
 */
export function sharedTable(
  statuses: Comparison['statuses'],
  unknown: readonly AppliedRow[],
  owners: Comparison['owners'],
): Finding[] {
  const known = statuses.flatMap(({ row }) => row ?? []);
  const inFolders = statuses.some(({ migration }) => migration.name !== undefined);
  const foreign = unknown.filter(({ id }) => owners?.has(id));
  const others = [...new Set(owners?.values())];
  if (foreign.length > 0) {
    return [
      finding(
        `${rows(foreign)} of the tracking table ${foreign.length === 1 ? 'was' : 'were'} applied by another project (${others.join(', ')}): the two share the table.`,
        inFolders,
      ),
    ];
  }
  const between = unknown.filter(
    (row) =>
      known.some(isBefore(row)) &&
      known.some((other) => isBefore(other)(row)) &&
      // A migration that was applied twice has two rows.
      !known.some(({ hash }) => hash === row.hash),
  );
  // One gap is a file that was removed or lost.
  if (between.length === 0 || runsOf(unknown, known) < 2) return [];
  return [
    finding(
      `${rows(between)} of the tracking table ${between.length === 1 ? 'lies' : 'lie'} between those of this folder, and ${between.length === 1 ? 'belongs' : 'belong'} to none of its migrations: another project may share the table, unless a file was removed or another branch was applied.`,
      inFolders,
    ),
  ];
}

/** How many times rows of others begin anew, in the order of application. */
function runsOf(others: readonly AppliedRow[], known: readonly AppliedRow[]): number {
  const strangers = new Set(others.filter(({ hash }) => !known.some((row) => row.hash === hash)));
  const inOrder = [...others, ...known].sort((a, b) => a.id - b.id);
  return inOrder.filter((row, at) => {
    const before = inOrder[at - 1];
    return strangers.has(row) && (before === undefined || !strangers.has(before));
  }).length;
}

function isBefore(row: AppliedRow): (other: AppliedRow) => boolean {
  return (other) => other.id < row.id && (other.createdAt ?? 0) < (row.createdAt ?? 0);
}

/** A rollback would undo what is not this project's: the log of a shared table has its way back too. */
export function ofAnotherProject({ id }: AppliedRow, owner: string): Finding {
  return {
    code: 'shared-tracking-table',
    severity: 'error',
    message: `Row ${id} of the tracking table was applied by another project (${owner}): it is not to be undone from here.`,
    consequence: 'The two share the table, and the order of the rows is that of both.',
    fix: "Part them: in drizzle.config.ts of one project set `migrations: { table: '__drizzle_migrations_<name>' }`, then run `migrator part` there.",
  };
}

function finding(message: string, inFolders: boolean): Finding {
  return {
    code: 'shared-tracking-table',
    severity: 'warning',
    message,
    consequence: inFolders
      ? 'drizzle-orm 1.0 refuses to upgrade a table with rows that it finds no migration for, and takes two migrations of one name for one.'
      : 'drizzle-kit 0.31 looks at the newest row only, whoever wrote it: it skips each migration that is older than the newest of the other project, without a word.',
    fix: "Part them: in drizzle.config.ts of one project set `migrations: { table: '__drizzle_migrations_<name>' }`, then run `migrator part` there before anything else: it moves that project's rows.",
  };
}

function rows(list: readonly AppliedRow[]): string {
  const ids = list.map(({ id }) => id);
  if (ids.length === 1) return `Row ${ids[0]}`;
  return `${ids.length} rows (${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ', …' : ''})`;
}

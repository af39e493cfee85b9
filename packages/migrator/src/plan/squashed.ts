import type { AppliedRow, Finding, MigrationStatus, Squash, SquashedMigration } from '../core/types.js';

export interface Coverage {
  /** Rows of the squashed migrations, in their order. */
  readonly rows: readonly AppliedRow[];
  /** Squashed migrations without a row. */
  readonly missing: readonly SquashedMigration[];
}

/** Which of the rows are of migrations that a squash stands for. An earlier squash of the first of them may have one row for all. */
export function coverageOf({ of, earlier }: Squash, rows: Iterable<AppliedRow>): Coverage {
  const free = new Set(rows);
  const take = (fits: (row: AppliedRow) => boolean) => {
    const found = [...free].find(fits);
    if (found) free.delete(found);
    return found;
  };
  const exact = ({ hash, when }: SquashedMigration) => take((row) => row.hash === hash && row.createdAt === when);
  let begin = 0;
  const found: AppliedRow[] = [];
  for (const squash of earlier.toSorted((a, b) => b.count - a.count)) {
    const row = exact(squash);
    if (!row) continue;
    found.push(row);
    begin = squash.count;
    break;
  }
  const paired = new Map<SquashedMigration, AppliedRow>();
  const rest = of.slice(begin);
  const pair = (find: (migration: SquashedMigration) => AppliedRow | undefined) => {
    for (const migration of rest) {
      const row = paired.has(migration) ? undefined : find(migration);
      if (row) paired.set(migration, row);
    }
  };
  pair(exact);
  pair(({ hash }) => take((row) => row.hash === hash));
  pair(({ when }) => take((row) => row.createdAt === when));
  return {
    rows: [...found, ...rest.flatMap((migration) => paired.get(migration) ?? [])],
    missing: rest.filter((migration) => !paired.has(migration)),
  };
}

/** A database that is half way through what was squashed. */
export function squashIncomplete({ migration, squashed = [], missing = [] }: MigrationStatus): Finding {
  const { tag, path, squash } = migration;
  const first = missing[0]?.tag ?? '';
  const all = squash?.of.length ?? 0;
  return {
    code: 'squash-incomplete',
    severity: 'error',
    tag,
    at: { file: path },
    message: `\`${tag}\` is a squash of ${all} migrations, and this database has only some of them: ${missing.length === 1 ? `\`${first}\` is missing` : `${missing.length} are missing, from \`${first}\` on`}.`,
    consequence: `drizzle-kit would run the whole file, and fail at what the ${squashed.length === 1 ? 'one' : squashed.length} that it has ${squashed.length === 1 ? 'has' : 'have'} made.`,
    fix: `Check out a revision before the squash (\`git log --diff-filter=D -- ${path.replace(/[^/\\]*$/, '')}${missing.at(-1)?.tag}.sql\` names the commit that made it), run \`migrator migrate --to ${squash?.of.at(-1)?.tag}\` there, and come back.`,
  };
}

/** Rows of a squash cannot be undone one by one: the files are gone, and what is left would be half of it. */
export function squashedRow({ migration: { tag, path, squash } }: MigrationStatus): Finding {
  return {
    code: 'squashed-row',
    severity: 'error',
    tag,
    at: { file: path },
    message: `This database has the ${squash?.of.length} migrations that \`${tag}\` stands for, each with a row of its own.`,
    consequence: 'Undoing one of them would leave a database that is half way through the squash.',
    fix: `Run \`migrator baseline --to ${tag}\`: it puts one row in the place of theirs. Then a rollback undoes all of it.`,
  };
}

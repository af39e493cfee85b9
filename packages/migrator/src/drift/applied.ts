import type { AppliedRow, Comparison, Finding, MigrationStatus } from '../core/types.js';
import type { StoredMigration } from '../database/history.js';
import type { ScratchMigration } from '../scratch/index.js';
import { splitStatements } from '../sql/split.js';

/** A migration that the database has, with the text that it was applied with. */
export interface AppliedMigration extends ScratchMigration {
  /** Where the text is from. */
  readonly source: 'file' | 'log';
  /** Only where a run of it stopped on the way: its first statements, which were kept. */
  readonly kept?: readonly string[];
}

export interface AppliedHistory {
  /** In the order in which a new database would run them. */
  readonly migrations: readonly AppliedMigration[];
  /** Tags of those that the database does not have: what they make is no drift. */
  readonly pending: readonly string[];
  /** What is not known for sure. */
  readonly findings: readonly Finding[];
}

/** The rows whose text must be asked of the log: no file says what they were applied with. */
export function rowsWithoutText({ statuses, unknown }: Comparison): readonly AppliedRow[] {
  return [
    ...unknown,
    ...statuses.flatMap((status) => {
      if (status.missing) return status.squashed ?? [];
      return status.row && !hasAppliedText(status) ? [status.row] : [];
    }),
  ];
}

/** An edit of line ends or formatting makes the same. */
function hasAppliedText({ migration, state, edit }: MigrationStatus): boolean {
  return migration.file !== undefined && (state !== 'edited' || edit === 'line-endings' || edit === 'formatting');
}

/**
 * What the database went through, by its tracking rows: a file as it was when it was applied, where the log knows that, and
 * rows that no file accounts for. Pure; needs `loadParser`.
 */
export function appliedHistory(comparison: Comparison, stored: readonly StoredMigration[]): AppliedHistory {
  const texts = new Map<string, { readonly tag: string; readonly sql: string }>(
    stored.flatMap(({ hash, when, tag, upSql }) =>
      upSql === null ? [] : [[`${hash} ${when}`, { tag, sql: upSql }] as const],
    ),
  );
  const textOf = (row: AppliedRow) => texts.get(`${row.hash} ${row.createdAt}`);
  const findings: Finding[] = [];
  const migrations: (AppliedMigration & { readonly id: number })[] = [];
  const add = (row: AppliedRow, migration: AppliedMigration) => migrations.push({ ...migration, id: row.id });
  const fromLog = (row: AppliedRow): boolean => {
    const text = textOf(row);
    if (text) add(row, { tag: text.tag, path: `${text.tag}.sql, as it was applied`, sql: text.sql, source: 'log' });
    return text !== undefined;
  };
  for (const status of comparison.statuses) {
    const { migration, row, squashed, missing, halfApplied, halfRolledBack } = status;
    const { tag, path, file } = migration;
    if (missing) {
      for (const part of squashed ?? []) if (!fromLog(part)) findings.push(unknownRow(part));
      continue;
    }
    if (!row) {
      const kept = file && halfApplied ? splitStatements(file.sql).slice(0, halfApplied.statementsDone) : [];
      if (file && kept.length > 0) {
        const statements = kept.map(({ text }) => text);
        // After everything that has a row: it was the last thing that happened.
        migrations.push({ tag, path, sql: file.sql, source: 'file', kept: statements, id: Number.MAX_SAFE_INTEGER });
      }
      continue;
    }
    if (halfRolledBack) findings.push(halfUndone(status));
    if (file && hasAppliedText(status)) add(row, { tag, path, sql: file.sql, source: 'file' });
    else if (!fromLog(row)) {
      findings.push(file ? unknownText(status) : unknownRow(row, tag));
      if (file) add(row, { tag, path, sql: file.sql, source: 'file' });
    }
  }
  for (const row of comparison.unknown) {
    const text = textOf(row);
    if (!text) {
      findings.push(unknownRow(row));
      continue;
    }
    const next = migrations.findIndex(({ id }) => id > row.id);
    const path = `${text.tag}.sql, as it was applied`;
    const migration: AppliedMigration = { tag: text.tag, path, sql: text.sql, source: 'log' };
    migrations.splice(next === -1 ? migrations.length : next, 0, { ...migration, id: row.id });
  }
  return {
    migrations: migrations.map(({ id: _, ...migration }) => migration),
    pending: comparison.statuses.flatMap(({ row, migration, missing }) => (row && !missing ? [] : [migration.tag])),
    findings,
  };
}

function unknownText({ migration: { tag, path } }: MigrationStatus): Finding {
  return {
    code: 'drift-unsure',
    severity: 'warning',
    tag,
    at: { file: path },
    message: `\`${tag}\` was edited after it was applied, and nobody has kept what it was: the database is compared with what the file says now.`,
    consequence: 'What the edit has changed shows as drift, though nobody has touched the database.',
    fix: `If the edit was meant, run \`migrator repair --accept ${tag}\`; else take the file back from version control.`,
  };
}

function unknownRow(row: AppliedRow, tag?: string): Finding {
  const which =
    tag === undefined ? `The tracking row ${row.id}` : `The file of \`${tag}\` is gone, and its row ${row.id}`;
  return {
    code: 'drift-unsure',
    severity: 'warning',
    ...(tag !== undefined && { tag }),
    message: `${which} is of a migration whose text is nowhere: neither in the folder nor in the log.`,
    consequence: 'What that migration has made shows as drift.',
    fix:
      tag === undefined
        ? `Check out the revision that has it; or, if it was a mistake, run \`migrator repair --forget ${row.id}\`.`
        : 'Run `migrator repair`: it looks for the file in every commit.',
  };
}

function halfUndone({ migration: { tag, path } }: MigrationStatus): Finding {
  return {
    code: 'drift-unsure',
    severity: 'warning',
    tag,
    at: { file: path },
    message: `A rollback of \`${tag}\` stopped on the way: what it has undone shows as drift.`,
    fix: `Run \`migrator rollback --to\` the migration before it, or \`migrator status\`, which tells how far it came.`,
  };
}

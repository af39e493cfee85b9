import type { Finding, LogEntry, Migration, MigrationStatus } from '../core/types.js';
import { type SyntaxStatement, splitStatements } from '../sql/split.js';
import { type Foreseen, foresee, isForeseeable, mentionedNames } from './foresee.js';
import { type NamesRead, NamesThere } from './names-there.js';

interface Coming {
  readonly migration: Migration;
  readonly statement: SyntaxStatement;
}

/** The statements of the next run, in order, as far as it can be foreseen what becomes of them. Needs `loadParser`. */
export function comingStatements(statuses: readonly MigrationStatus[]): Coming[] {
  const coming: Coming[] = [];
  for (const { migration, state, halfApplied } of statuses) {
    if (state !== 'pending' && state !== 'out-of-order') continue;
    if (!migration.file || halfApplied) return coming;
    for (const statement of splitStatements(migration.file.sql)) {
      if (!isForeseeable(statement.kind)) return coming;
      coming.push({ migration, statement });
    }
  }
  return coming;
}

export function namesOf(coming: readonly Coming[]): string[] {
  return mentionedNames(coming.map(({ statement }) => statement.node));
}

/**
 * The first statement of the next run that the server will refuse, as far as names tell: what follows it has nothing to stand
 * on. A warning, because whatever else happens until then may put it right; the run itself loses nothing by trying. Pure.
 */
export function foreseenFindings(coming: readonly Coming[], read: NamesRead): Finding[] {
  const names = new NamesThere(read);
  for (const { migration, statement } of coming) {
    const effect = foresee(statement.kind, statement.node, names);
    if (effect === 'unsure') return [];
    if (effect) return [findingOf(effect, migration, statement)];
  }
  return [];
}

function findingOf({ kind, what }: Foreseen, { tag, path }: Migration, { line }: SyntaxStatement): Finding {
  const about = { code: kind, severity: 'warning', tag, at: { file: path, line } } as const;
  if (kind === 'already-there') {
    return {
      ...about,
      message: `\`${tag}\` is to be applied, but the ${what} that it makes is there already.`,
      consequence:
        'Postgres will refuse it, and nothing after it runs; with drizzle-kit as well, which does not say why.',
      fix: `If this database has its changes, run \`migrator repair --mark-applied ${tag}\`; if an earlier migration makes the same, take it out of ${path}.`,
    };
  }
  return {
    ...about,
    message: `\`${tag}\` is to be applied, but there is no ${what}, which it needs.`,
    consequence:
      'Postgres will refuse it, and nothing after it runs; with drizzle-kit as well, which does not say why.',
    fix: 'Restore the migration that makes it from version control and run `migrator repair`; if one that counts as applied makes it, `migrator repair --mark-unapplied TAG`.',
  };
}

/** Rows that somebody has deleted, perhaps by a migration: what the log says was applied would run again. Pure. */
export function lostRowFindings(statuses: readonly MigrationStatus[], log: readonly LogEntry[]): Finding[] {
  return statuses.flatMap(({ migration: { tag, path, when, file }, row, rolledBack, state }): Finding[] => {
    if (row || rolledBack || !file || (state !== 'pending' && state !== 'out-of-order')) return [];
    const last = log.findLast((entry) => entry.when === when && (entry.tag === tag || entry.hash === file.hash));
    if (last?.direction !== 'up' || last.status !== 'applied') return [];
    return [
      {
        code: 'row-missing',
        severity: 'warning',
        tag,
        at: { file: path },
        message: `\`${tag}\` was applied, as the log says, but the tracking table has no row of it any more.`,
        consequence:
          'It would run a second time, with drizzle-kit as well where it comes after the newest row; elsewhere drizzle-kit skips it for ever.',
        fix: `Run \`migrator repair --mark-applied ${tag}\`, unless it is meant to run again.`,
      },
    ];
  });
}

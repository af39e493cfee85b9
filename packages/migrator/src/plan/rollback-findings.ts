import type { AppliedRow, Finding, LogEntry, Migration, Step } from '../core/types.js';
import { parks } from '../recoverable/index.js';
import type { ChosenDown } from './down-source.js';

/** What stands in the way of a rollback, or is to be known of it. Pure. */

/** Something that a migration had parked and that was purged since. */
export interface PurgedObject {
  /** What it was called: `public.songs.title`. */
  readonly name: string;
  /** What it was called while it was parked. */
  readonly parkedAs: string;
  readonly purgedAt: Date;
}

export function downFindings(step: Step, { source, because, againstLog }: ChosenDown): Finding[] {
  const about = { code: 'stored-down', tag: step.tag, at: { file: step.path } } as const;
  if (source === 'log') {
    return [
      {
        ...about,
        severity: because === 'gone' ? 'info' : 'warning',
        message:
          because === 'gone'
            ? `${step.path} is not there: \`${step.tag}\` is rolled back with the SQL that the log kept when it was applied.`
            : `${step.path} has changed since \`${step.tag}\` was applied: the SQL that the log kept is used.`,
        fix:
          because === 'gone'
            ? 'Nothing to do; `--dry-run` shows it.'
            : 'Nothing to do; `--dry-run` shows it. `--use-files` takes the file as it is now.',
      },
    ];
  }
  if (!againstLog) return [];
  return [
    {
      ...about,
      severity: 'warning',
      message: `\`${step.tag}\` is rolled back with ${step.path} as it is now, not with what the log kept when it was applied.`,
      fix: 'Check with `--dry-run` that it undoes what the migration did.',
    },
  ];
}

export function purgedFindings(step: Step, purged: readonly PurgedObject[]): Finding[] {
  return purged
    .filter((entry) => parks(step.sql, entry))
    .map(({ name, purgedAt }) => ({
      code: 'purged',
      severity: 'error',
      tag: step.tag,
      at: { file: step.path },
      message: `\`${step.tag}\` had parked ${name}, but it was purged on ${purgedAt.toISOString().slice(0, 10)}: its data are gone.`,
      consequence: 'The way back would fail: there is nothing left to bring back.',
      fix: `Restore it from a backup; or let ${step.path} make it anew, empty, and run \`migrator rollback --use-files\`.`,
    }));
}

export function fewerApplied(applied: number, steps: number): Finding {
  return {
    code: 'fewer-applied',
    severity: 'warning',
    message: `\`--steps ${steps}\` asks for more than there is: ${applied === 1 ? 'only 1 migration is' : `only ${applied} migrations are`} applied.`,
    consequence: 'All of them are rolled back; what no migration has made stays.',
    fix: `Nothing to do, if that is meant; \`--steps ${applied}\` does the same.`,
  };
}

export function downMissing(tag: string, path: string, hasEntry: boolean): Finding {
  return {
    code: 'down-missing',
    severity: 'error',
    tag,
    at: { file: path },
    message: `\`${tag}\` has no way back: ${path} does not exist, and the log has none.`,
    fix: hasEntry
      ? `Write ${path}, or let \`migrator generate --down-only\` do it.`
      : `The migration is not in this folder: check out the branch that holds it, with its down file.`,
  };
}

export function downEmpty(tag: string, path: string): Finding {
  return {
    code: 'down-empty',
    severity: 'error',
    tag,
    at: { file: path },
    message: `${path} has no statement: nobody has said how \`${tag}\` is undone.`,
    fix: 'Write it. If nothing has to be undone, write `select 1;`; if it cannot be, `-- migrator: irreversible <reason>`.',
  };
}

export function irreversible(tag: string, path: string, reason: string): Finding {
  return {
    code: 'irreversible',
    severity: 'error',
    tag,
    at: { file: path },
    message: `\`${tag}\` cannot be undone${reason === '' ? '.' : `: ${reason}`}`,
    fix: 'Undo it by a new migration, or restore a backup.',
  };
}

export function downUnsure(tag: string, path: string): Finding {
  return {
    code: 'down-unsure',
    severity: 'error',
    tag,
    at: { file: path },
    message: `\`${tag}\` was edited after it was applied, and the log did not keep its way back.`,
    consequence: `${path} may undo something else than what was done to this database.`,
    fix: 'Check with `--dry-run --use-files` what it does; if that is right, run `migrator rollback --use-files`.',
  };
}

export function noWayBack(row: AppliedRow): Finding {
  return {
    code: 'down-missing',
    severity: 'error',
    message: `Row ${row.id} of the tracking table (${row.createdAt ?? 'no time'}, ${row.hash.slice(0, 8)}) belongs to no migration of this folder, and the log does not know it.`,
    fix: 'Check out the branch that holds the migration, with its down file.',
  };
}

export function editedWhileHalfRolledBack(
  tag: string,
  path: string,
  { statementsDone, statementsTotal }: LogEntry,
): Finding {
  return {
    code: 'edited-while-half-applied',
    severity: 'error',
    tag,
    at: { file: path },
    message: `A rollback of \`${tag}\` stopped after statement ${statementsDone} of ${statementsTotal}, and the text that it ran is neither in ${path} nor in the log.`,
    consequence: 'Going on would leave the database in a state that no file describes.',
    fix: `Restore the first ${statementsDone} statements of ${path} as they ran.`,
  };
}

export function halfAppliedFinding({ tag, path }: Migration, { statementsDone, statementsTotal }: LogEntry): Finding {
  return {
    code: 'half-applied',
    severity: 'error',
    tag,
    at: { file: path },
    message: `\`${tag}\` stopped after statement ${statementsDone} of ${statementsTotal}: it is neither applied nor pending.`,
    consequence: 'What is rolled back now would be undone beneath it.',
    fix: 'Finish it with `migrator migrate`, then roll back.',
  };
}

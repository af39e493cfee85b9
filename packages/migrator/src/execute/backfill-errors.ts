import type { Step } from '../core/types.js';
import { type BackfillRecord, forgetBackfillSql } from '../database/backfills.js';
import type { TrackingNames } from '../database/tracking.js';
import { MigratorError } from '../errors/migrator-error.js';
import { commandOf, postgresFacts } from './statement-error.js';

/** The row that a batch was halved down to. */
export function rowFailed(
  cause: unknown,
  step: Step,
  { row, table, state }: { readonly row: string; readonly table: TableName; readonly state: string },
): MigratorError {
  const { message, code, detail, hint, where } = postgresFacts(cause);
  return new MigratorError('backfill-row-failed', {
    message: `\`${step.tag}\` failed at the row ${row} of ${nameOf(table)}: ${message} (${code})`,
    where: step.backfill?.module ?? `${step.path}:${step.statements[0]?.line ?? 1}`,
    detail: [detail && `Detail: ${detail}`, hint && `Hint: ${hint}`, where && `Context: ${where}`]
      .filter(Boolean)
      .join('\n'),
    state,
    fix: `Put that row right, and run \`${commandOf(step)}\` again; or correct the statement, and go on with \`migrator migrate --allow-edited\`.`,
    data: { tag: step.tag, row, sqlstate: code },
    cause,
  });
}

/** The statement is no longer the one that some of the rows were changed by. */
export function changedSince(step: Step, open: BackfillRecord, names: TrackingNames): MigratorError {
  return new MigratorError('refused', {
    message: `\`${step.tag}\` has changed ${open.changed} rows already, and its statement has been edited since.`,
    where: step.path,
    state: 'Nothing was changed.',
    fix: `Restore the statement as it ran; or run \`migrator migrate --allow-edited\`, which goes on behind those rows. If it may run over them once more: \`${forgetBackfillSql(names, step)}\`.`,
  });
}

export function keyChanged(
  step: Step,
  open: BackfillRecord,
  columns: readonly string[],
  names: TrackingNames,
): MigratorError {
  return new MigratorError('backfill-key', {
    message: `\`${step.tag}\` has gone along (${open.keyColumns.join(', ')}) up to now, and would go along (${columns.join(', ')}) from here.`,
    where: step.path,
    state: `${open.visited} rows are done.`,
    fix: `Write \`-- migrator: backfill key=${open.keyColumns.join(',')}\`; or begin anew, if it may run over those rows once more: \`${forgetBackfillSql(names, step)}\`.`,
  });
}

export function movedElsewhere(step: Step, state: string): MigratorError {
  return new MigratorError('history-moved', {
    message: `Somebody else has gone on with the backfill \`${step.tag}\` during the run.`,
    where: step.path,
    state,
    fix: `Run \`migrator status\` to see how far it is, and \`${commandOf(step)}\` again.`,
  });
}

/** What the code of a backfill in TypeScript throws, or the server says of its queries. */
export function moduleFailed(
  cause: unknown,
  step: Step,
  { state, hasDone }: { readonly state: string; readonly hasDone: boolean },
): MigratorError {
  const { message, code } = postgresFacts(cause);
  return new MigratorError('statement-failed', {
    message: `\`${step.tag}\` failed: ${message}${code ? ` (${code})` : ''}`,
    where: step.backfill?.module ?? step.path,
    ...(cause instanceof Error && cause.stack && { detail: cause.stack.split('\n').slice(1, 4).join('\n') }),
    state,
    fix: hasDone
      ? 'Correct what it does, and run `migrator migrate --allow-edited`: it goes on behind the rows that are done.'
      : `Correct what it does, and run \`${commandOf(step)}\` again.`,
    data: { tag: step.tag, sqlstate: code },
    cause,
  });
}

interface TableName {
  readonly schema?: string | undefined;
  readonly table: string;
}

function nameOf({ schema, table }: TableName): string {
  return [schema, table].filter(Boolean).join('.');
}

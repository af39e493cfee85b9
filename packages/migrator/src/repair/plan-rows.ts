import type { AppliedRow, Comparison, MigrationStatus } from '../core/types.js';
import type { TrackingEdit } from '../database/tracking-edits.js';
import { hiddenByRestamp } from '../plan/moved.js';
import { firstUser } from './objects.js';
import type { RepairChoices, RepairStep } from './types.js';

export interface RowRepair {
  readonly steps: readonly RepairStep[];
  readonly edits: readonly TrackingEdit[];
}

interface Change {
  readonly edit: TrackingEdit;
  readonly code: string;
  readonly what: string;
}

/** Decides what the tracking rows should say, given the migrations as they will be. `adopted`: tags that had no entry before. Pure. */
export function planRows(comparison: Comparison, choices: RepairChoices, adopted: ReadonlySet<string>): RowRepair {
  const { statuses, unknown } = comparison;
  const changes = [
    ...statuses.flatMap((status) => changeOf(status, comparison, choices, adopted) ?? []),
    ...unknown.flatMap((row) => forgetRow(row, statuses, choices) ?? []),
  ];
  return {
    edits: changes.map(({ edit }) => edit),
    steps: changes.map(({ edit, code, what }) => ({ code, part: 'database', tag: edit.tag, what })),
  };
}

function changeOf(
  status: MigrationStatus,
  comparison: Comparison,
  choices: RepairChoices,
  adopted: ReadonlySet<string>,
): Change | undefined {
  const { migration, state, row, edit, halfApplied, halfRolledBack } = status;
  const { statuses, newest } = comparison;
  const { tag, file, when, down } = migration;
  const about = { tag, hash: file?.hash ?? row?.hash ?? '', when };
  if (choices.markUnapplied?.includes(tag)) {
    if (row) {
      const reason = 'it is not applied';
      const deletion = {
        ...about,
        hash: row.hash,
        when: row.createdAt ?? when,
        action: 'delete',
        id: row.id,
        reason,
      } as const;
      return { edit: deletion, code: 'not-applied', what: `Deletes row ${row.id}: ${tag} counts as not applied.` };
    }
    if (!halfApplied) return undefined;
    const forget = { ...about, action: 'forget', reason: 'what its stopped run left was put right by hand' } as const;
    return { edit: forget, code: 'half-applied', what: `Forgets the stopped run of ${tag}: it counts as never begun.` };
  }
  const texts = { ...(file && { upSql: file.sql }), ...(down && { downSql: down.sql }) };
  if (!row && file && choices.markApplied?.includes(tag)) {
    const insert = { ...about, ...texts, action: 'insert', reason: 'it is applied' } as const;
    return { edit: insert, code: 'not-applied', what: `Writes a row for ${tag}: it counts as applied.` };
  }
  if (!row && file && adopted.has(tag)) {
    const applied = statuses.flatMap(({ row: has, migration: other }) =>
      has && other.file ? [{ tag: other.tag, sql: other.file.sql }] : [],
    );
    const user = firstUser({ tag, sql: file.sql }, applied);
    if (!user) return undefined;
    const insert = { ...about, ...texts, action: 'insert', reason: `${user}, which is applied, needs it` } as const;
    return {
      edit: insert,
      code: 'orphan-file',
      what: `Writes a row for ${tag}: ${user}, which is applied, needs what it makes, so it was run by hand.`,
    };
  }
  if (!row || !file) return undefined;
  const restamp = (reason: string): TrackingEdit => ({
    ...about,
    action: 'restamp',
    id: row.id,
    upSql: file.sql,
    reason,
  });
  if (halfRolledBack && choices.markApplied?.includes(tag))
    return {
      edit: restamp('it is applied'),
      code: 'half-rolled-back',
      what: `Row ${row.id}: ${tag} counts as applied, and whole.`,
    };
  if (state === 'edited') {
    const isHarmless = edit === 'line-endings' || edit === 'formatting';
    if (!isHarmless && !choices.accept?.includes(tag)) return undefined;
    return {
      edit: restamp(
        isHarmless ? `only its ${edit === 'formatting' ? 'formatting' : 'line endings'} changed` : 'the edit is right',
      ),
      code: 'edited-migration',
      what: `Row ${row.id} gets the hash of ${tag} as it is now: ${isHarmless ? 'its statements mean the same' : 'the edit is accepted'}.`,
    };
  }
  // A row that gets a later time must not hide what is pending.
  if (state !== 'restamped' || hiddenByRestamp(status, statuses, newest).length > 0) return undefined;
  return {
    edit: restamp('the journal says so'),
    code: 'restamped-migration',
    what: `Row ${row.id} gets the time of ${tag} in the journal, ${when}; it had ${row.createdAt ?? 'none'}.`,
  };
}

/** The rows as they will be. */
export function rowsAfter(rows: readonly AppliedRow[], edits: readonly TrackingEdit[]): AppliedRow[] {
  const highest = Math.max(0, ...rows.map(({ id }) => id));
  const touched = new Map(edits.flatMap((edit) => ('id' in edit ? [[edit.id, edit] as const] : [])));
  const kept = rows.flatMap((row) => {
    const edit = touched.get(row.id);
    if (edit?.action === 'delete') return [];
    return edit ? [{ ...row, hash: edit.hash, createdAt: edit.when }] : [row];
  });
  const inserted = edits.filter(({ action }) => action === 'insert');
  return [...kept, ...inserted.map(({ hash, when }, at) => ({ id: highest + 1 + at, hash, createdAt: when }))];
}

function forgetRow(row: AppliedRow, statuses: readonly MigrationStatus[], choices: RepairChoices): Change | undefined {
  const twin = statuses.find(
    (status) => status.row?.hash === row.hash && (status.row.createdAt === row.createdAt || row.createdAt === null),
  );
  if (!twin && !choices.forget?.includes(row.id)) return undefined;
  const tag = twin?.migration.tag ?? `row ${row.id}`;
  const reason = twin ? `row ${twin.row?.id} says the same` : 'no migration accounts for it';
  return {
    edit: { action: 'delete', id: row.id, tag, hash: row.hash, when: row.createdAt ?? 0, reason },
    code: twin ? 'duplicate-row' : 'unknown-row',
    what: `Deletes row ${row.id}: ${reason}.`,
  };
}

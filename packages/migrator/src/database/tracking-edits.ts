import { createHash } from 'node:crypto';
import { folderNameOf } from '../core/folder-names.js';
import type { AppliedRow } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { quoteLiteral, quoteName } from '../sql/quote.js';
import { readStored, type StoredMigration, sqlstate } from './history.js';
import { liftLimits } from './limits.js';
import { lockKeys } from './lock.js';
import type { Session } from './session.js';
import { insertLogSql, loggable, type RunIdentity, type TrackingNames, trackingRowSql } from './tracking.js';

/**
 * A change of what the database is said to have, as plain data: it can be shown before it is done. `hash` and `when` are those
 * that the row gets; of a row that goes, those it had. No SQL of a migration runs.
 */
export type TrackingEdit = {
  readonly tag: string;
  readonly hash: string;
  readonly when: number;
  /** Why, for people and for the log. */
  readonly reason: string;
} & (
  | { readonly action: 'insert'; readonly upSql?: string | undefined; readonly downSql?: string | undefined }
  | {
      readonly action: 'restamp';
      readonly id: number;
      readonly upSql?: string | undefined;
      readonly downSql?: string | undefined;
    }
  | { readonly action: 'delete'; readonly id: number }
  /** Changes no row: what a stopped run of the migration has left counts as never begun. */
  | { readonly action: 'forget' }
);

/** One line for people: `row 3: hash and time of 0002_plays (accepts its file as it is)`. */
export function describeTrackingEdit(edit: TrackingEdit): string {
  const { tag, when, reason } = edit;
  switch (edit.action) {
    case 'insert':
      return `insert a row for ${tag}, stamped ${when} (${reason})`;
    case 'restamp':
      return `row ${edit.id}: hash ${edit.hash.slice(0, 8)} and time ${when} of ${tag} (${reason})`;
    case 'delete':
      return `delete row ${edit.id}, of ${tag} (${reason})`;
    case 'forget':
      return `forget the stopped run of ${tag} (${reason})`;
  }
}

export interface TrackingEditOptions {
  /** All rows, as they were when the edits were decided. */
  readonly rows: readonly AppliedRow[];
  readonly identity: RunIdentity;
  readonly serverVersion: number;
  /** The table has the column `name` of drizzle 1.0: rows that are written say the names of their migrations. */
  readonly hasNames: boolean;
  readonly lockTimeoutMs: number;
}

/**
 * Makes the edits in one transaction, each with an entry of our log, which marks it as made by hand. To be called under the run
 * lock, where the tables exist. Throws `history-moved` if the rows are not those that were seen, and `lock-timeout`.
 */
export async function applyTrackingEdits(
  session: Session,
  names: TrackingNames,
  edits: readonly TrackingEdit[],
  options: TrackingEditOptions,
): Promise<void> {
  const changed = new Map(options.rows.map((row) => [row.id, row]));
  const touched = edits.flatMap((edit) => ('id' in edit ? (changed.get(edit.id) ?? []) : []));
  const stored = await readStored(session, names, touched);
  const statements = edits.flatMap((edit) => editSql(names, edit, changed, stored, options));
  await changeTracking(session, names, statements, options);
}

/**
 * Runs statements of ours upon the tracking table in one transaction, if its rows are still those that were seen. Throws
 * `history-moved` otherwise, and `lock-timeout`; then nothing was changed.
 */
export async function changeTracking(
  session: Session,
  names: TrackingNames,
  statements: readonly string[],
  options: Pick<TrackingEditOptions, 'rows' | 'serverVersion' | 'lockTimeoutMs'>,
): Promise<void> {
  const text = [...opening(names, options), ...statements, 'commit'].join(';\n');
  try {
    await session.run(text);
  } catch (error) {
    if (!session.isClosed) await session.run('rollback').catch(() => {});
    if (isMoved(error)) throw historyMoved();
    throw sqlstate(error) === '55P03' ? tableLocked(names, error) : error;
  }
}

export function historyMoved(): MigratorError {
  return new MigratorError('history-moved', {
    message:
      'The tracking table has changed since the changes were shown: migrations were applied or rolled back, or its rows were edited.',
    state: 'Nothing was changed.',
    fix: 'Run the command again, and look at what it shows now.',
  });
}

const MOVED = 'migrator: the tracking rows are not those that were shown';

/** drizzle-kit knows nothing of our locks: the table's own keeps it out. */
function opening(
  names: TrackingNames,
  { rows, serverVersion, lockTimeoutMs }: Pick<TrackingEditOptions, 'rows' | 'serverVersion' | 'lockTimeoutMs'>,
): string[] {
  const table = quoteName(names.schema, names.table);
  const [group, key] = lockKeys(names).step;
  const digest = `md5(coalesce(string_agg(concat_ws(' ', id, hash, coalesce(created_at::text, 'null')), ',' order by id), ''))`;
  return [
    'begin isolation level read committed read write',
    `select set_config('lock_timeout', '${Math.round(lockTimeoutMs)}ms', true), ${liftLimits(serverVersion, 'transaction')}`,
    `select pg_advisory_xact_lock(${group}, ${key})`,
    `lock table ${table} in share row exclusive mode`,
    // A number that is none raises an error without the cost of a DO block.
    `select case when ${digest} <> ${quoteLiteral(digestOf(rows))} then ('${MOVED}, rows: ' || count(*))::int end from ${table}`,
  ];
}

function digestOf(rows: readonly AppliedRow[]): string {
  const lines = rows.toSorted((a, b) => a.id - b.id).map(({ id, hash, createdAt }) => `${id} ${hash} ${createdAt}`);
  return createHash('md5').update(lines.join(',')).digest('hex');
}

function isMoved(error: unknown): boolean {
  return sqlstate(error) === '22P02' && error instanceof Error && error.message.includes(MOVED);
}

function editSql(
  names: TrackingNames,
  edit: TrackingEdit,
  rows: ReadonlyMap<number, AppliedRow>,
  stored: readonly StoredMigration[],
  { identity, hasNames }: Pick<TrackingEditOptions, 'identity' | 'hasNames'>,
): string[] {
  const { tag, hash, when, reason, action } = edit;
  const was = 'id' in edit ? rows.get(edit.id) : undefined;
  if ('id' in edit && !was) throw new Error(`Not a plan of edits: there is no row ${edit.id}.`);
  const kept = was && stored.find((entry) => entry.hash === was.hash && entry.when === was.createdAt);
  const isUp = action === 'insert' || action === 'restamp';
  const texts =
    action === 'insert'
      ? { upSql: loggable(edit.upSql), downSql: loggable(edit.downSql) }
      : action === 'restamp'
        ? // What was run stays what a rollback undoes, whatever the file says by now.
          {
            upSql: loggable(edit.upSql) ?? (was?.hash === hash ? (kept?.upSql ?? null) : null),
            downSql: loggable(edit.downSql) ?? kept?.downSql ?? null,
          }
        : {};
  const log = insertLogSql(names, identity, {
    tag,
    hash,
    when,
    direction: isUp ? 'up' : 'down',
    status: isUp ? 'applied' : 'rolled-back',
    statementsDone: 0,
    statementsTotal: 0,
    startedAt: new Date(),
    ...texts,
    detail: { marked: true, action, reason, ...(was && { was: { hash: was.hash, when: was.createdAt } }) },
  });
  return [...rowSql(names, edit, hasNames), log];
}

function rowSql(names: TrackingNames, edit: TrackingEdit, hasNames: boolean): string[] {
  const { hash, when } = edit;
  const name = hasNames ? { name: folderNameOf(edit) } : {};
  switch (edit.action) {
    case 'insert':
      return [trackingRowSql(names, { hash, when, ...name })];
    case 'restamp':
      return [trackingRowSql(names, { hash, when, ...name, replacesRow: edit.id })];
    case 'delete':
      return [trackingRowSql(names, { hash, when, removesRow: edit.id })];
    case 'forget':
      return [];
  }
}

function tableLocked({ schema, table }: TrackingNames, cause: unknown): MigratorError {
  return new MigratorError('lock-timeout', {
    message: 'Somebody else holds the tracking table.',
    where: `${schema}.${table}`,
    state: 'Nothing was changed.',
    fix: 'Run the command again when the migration that uses it is done; a longer `--lock-timeout` waits longer.',
    cause,
  });
}

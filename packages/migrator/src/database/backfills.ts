import type { BackfillProgress, Step } from '../core/types.js';
import { quoteIdent, quoteLiteral, quoteName } from '../sql/quote.js';
import { sqlstate } from './history.js';
import type { Row, Session } from './session.js';
import { BACKFILLS_TABLE, type TrackingNames } from './tracking.js';

/** A row of our table of backfills, with what only a run needs to go on. */
export interface BackfillRecord extends BackfillProgress {
  readonly keyColumns: readonly string[];
  /** The greatest key of the round that is under way; null where the table was empty. */
  readonly through: readonly string[] | null;
  readonly batchSize: number;
  readonly roundVisited: number;
  /** Rows of the round before; null in the first. */
  readonly lastRound: number | null;
}

type Place = Pick<Step, 'tag' | 'when'>;

/** All that were begun under these tracking names; none where the table is not there or may not be read. */
export async function readBackfills(session: Session, names: TrackingNames): Promise<BackfillRecord[]> {
  const rows = await session
    .rows(
      `select tag, created_at, hash, status, to_json(key_columns) as key_columns, to_json(cursor) as cursor, to_json(through) as through,
         batch_size, batches, rows_visited, rows_changed, rows_estimated, round_visited, last_round, error,
         extract(epoch from started_at) * 1000 as started_at, extract(epoch from updated_at) * 1000 as updated_at
       from ${quoteName(names.schema, BACKFILLS_TABLE)} where tracking_table = ${quoteLiteral(names.table)}`,
    )
    .catch((error: unknown) => {
      if (['42P01', '3F000', '42501'].includes(sqlstate(error))) return [];
      throw error;
    });
  return rows.map(toRecord);
}

function toRecord(row: Row): BackfillRecord {
  return {
    tag: String(row.tag),
    when: Number(row.created_at),
    hash: String(row.hash),
    status: row.status as BackfillRecord['status'],
    keyColumns: row.key_columns as string[],
    cursor: row.cursor as string[] | null,
    through: row.through as string[] | null,
    batchSize: Number(row.batch_size),
    batches: Number(row.batches),
    visited: Number(row.rows_visited),
    changed: Number(row.rows_changed),
    estimated: Number(row.rows_estimated),
    roundVisited: Number(row.round_visited),
    lastRound: row.last_round === null ? null : Number(row.last_round),
    error: (row.error as string | null) ?? null,
    startedAt: new Date(Number(row.started_at)),
    updatedAt: new Date(Number(row.updated_at)),
  };
}

function wherePlace(names: TrackingNames, { tag, when }: Place): string {
  return `where tracking_table = ${quoteLiteral(names.table)} and tag = ${quoteLiteral(tag)} and created_at = ${when}`;
}

/** Begins one, or begins it anew where an earlier one was done and rolled back since. */
export function beginBackfillSql(
  names: TrackingNames,
  place: Place,
  begin: Pick<BackfillRecord, 'hash' | 'keyColumns' | 'through' | 'batchSize' | 'estimated'>,
): string {
  const columns = [
    ...['tracking_table', 'tag', 'created_at', 'hash', 'status', 'key_columns', 'cursor', 'through', 'batch_size'],
    ...['batches', 'rows_visited', 'rows_changed', 'rows_estimated', 'round_visited', 'last_round', 'error'],
    ...['started_at', 'updated_at'],
  ];
  const values = [
    ...[quoteLiteral(names.table), quoteLiteral(place.tag), place.when, quoteLiteral(begin.hash), `'running'`],
    ...[quoteLiteral(begin.keyColumns), 'null', literalOf(begin.through), begin.batchSize],
    ...[0, 0, 0, begin.estimated, 0, 'null', 'null', 'clock_timestamp()', 'clock_timestamp()'],
  ];
  return `insert into ${quoteName(names.schema, BACKFILLS_TABLE)} (${columns.join(', ')}) values (${values.join(', ')})
    on conflict (tracking_table, tag, created_at) do update set ${columns
      .slice(3)
      .map((column) => `${column} = excluded.${column}`)
      .join(', ')}`;
}

const MOVED = 'migrator: the backfill has moved';

/** Fails unless it is where this run believes it to be; then nobody else can move it until the transaction ends. */
export function assertBackfillSql(names: TrackingNames, place: Place, batches: number): string {
  const found = `(select batches from ${quoteName(names.schema, BACKFILLS_TABLE)} ${wherePlace(names, place)} and status <> 'done' for update)`;
  return `select case when ${found} is distinct from ${batches} then ('${MOVED}' || clock_timestamp())::int end`;
}

/** Whether it was `assertBackfillSql` that failed. */
export function isBackfillMoved(error: unknown): boolean {
  return sqlstate(error) === '22P02' && error instanceof Error && error.message.includes(MOVED);
}

/** The record of one batch, for the transaction of that batch. */
export function batchDoneSql(
  names: TrackingNames,
  place: Place,
  batch: {
    readonly cursor: readonly string[];
    readonly visited: number;
    readonly changed: number;
    readonly size: number;
  },
): string {
  return `update ${quoteName(names.schema, BACKFILLS_TABLE)} set status = 'running', error = null, cursor = ${literalOf(batch.cursor)},
    batches = batches + 1, batch_size = ${batch.size}, rows_visited = rows_visited + ${batch.visited}, round_visited = round_visited + ${batch.visited},
    rows_changed = rows_changed + ${batch.changed}, updated_at = clock_timestamp() ${wherePlace(names, place)}`;
}

/** One more round, for rows that have come behind the greatest key of this one. */
export function nextRoundSql(names: TrackingNames, place: Place, through: readonly string[]): string {
  return `update ${quoteName(names.schema, BACKFILLS_TABLE)} set through = ${literalOf(through)}, batches = batches + 1,
    last_round = round_visited, round_visited = 0, updated_at = clock_timestamp() ${wherePlace(names, place)}`;
}

export function backfillStatusSql(
  names: TrackingNames,
  place: Place,
  status: BackfillRecord['status'],
  error: string | null = null,
): string {
  return `update ${quoteName(names.schema, BACKFILLS_TABLE)} set status = '${status}', error = ${quoteLiteral(error)}, updated_at = clock_timestamp() ${wherePlace(names, place)}`;
}

/** It goes on with another statement than it has begun with. */
export function editedBackfillSql(names: TrackingNames, place: Place, hash: string): string {
  return `update ${quoteName(names.schema, BACKFILLS_TABLE)} set hash = ${quoteLiteral(hash)} ${wherePlace(names, place)}`;
}

/** What to type so that a backfill begins anew. */
export function forgetBackfillSql(names: TrackingNames, place: Place): string {
  return `delete from ${quoteIdent(names.schema)}.${quoteIdent(BACKFILLS_TABLE)} ${wherePlace(names, place)}`;
}

function literalOf(key: readonly string[] | null): string {
  return quoteLiteral(key);
}

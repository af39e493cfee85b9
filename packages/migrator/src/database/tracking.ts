import type { LogEntry, Step } from '../core/types.js';
import { type Literal, quoteIdent, quoteLiteral, quoteName } from '../sql/quote.js';

/** Schema and table of drizzle's tracking, as `migrations` in drizzle.config.ts names them. */
export interface TrackingNames {
  readonly schema: string;
  readonly table: string;
}

export const DEFAULT_TRACKING: TrackingNames = { schema: 'drizzle', table: '__drizzle_migrations' };

/** Our append-only log stands beside drizzle's table; several tracking tables of one schema share it. */
export const LOG_TABLE = '__migrator_log';

/** How far backfills have come; made when the first one begins. */
export const BACKFILLS_TABLE = '__migrator_backfills';

/** The columns that drizzle 1.0 knows besides those of 0.31, as it adds them. */
export const NAME_COLUMNS = ['name text', 'applied_at timestamp with time zone default now()'] as const;

/**
 * The same statements drizzle-orm runs, and ours for the log. Only run under the migration lock: parallel cold starts race
 * on IF NOT EXISTS (23505). Each is left out where its object exists, so that no CREATE right is needed then.
 */
export function createTrackingSql(
  names: TrackingNames,
  missing: { schema: boolean; table: boolean; log: boolean; backfills: boolean; namesRows: boolean },
): string[] {
  return [
    ...(missing.schema ? [`create schema if not exists ${quoteIdent(names.schema)}`] : []),
    ...(missing.table
      ? [
          `create table if not exists ${quoteName(names.schema, names.table)} (${['id serial primary key', 'hash text not null', 'created_at bigint', ...(missing.namesRows ? NAME_COLUMNS : [])].join(', ')})`,
        ]
      : []),
    ...(missing.log ? [createLogSql(names.schema)] : []),
    ...(missing.backfills ? [createBackfillsSql(names.schema)] : []),
  ];
}

function createLogSql(schema: string): string {
  return `create table if not exists ${quoteName(schema, LOG_TABLE)} (
  id bigint generated always as identity primary key,
  run_id text not null,
  tracking_table text not null,
  tag text not null,
  hash text not null,
  created_at bigint not null,
  direction text not null check (direction in ('up', 'down')),
  status text not null check (status in ('running', 'applied', 'failed', 'rolled-back')),
  statements_done integer not null,
  statements_total integer not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  database_user text not null default current_user,
  os_user text,
  host text,
  tool text not null,
  git_commit text,
  backend_pid integer not null default pg_backend_pid(),
  up_sql text,
  down_sql text,
  error text,
  statement_hashes text[],
  detail jsonb
)`;
}

function createBackfillsSql(schema: string): string {
  return `create table if not exists ${quoteName(schema, BACKFILLS_TABLE)} (
  tracking_table text not null,
  tag text not null,
  created_at bigint not null,
  hash text not null,
  status text not null check (status in ('running', 'paused', 'failed', 'done')),
  key_columns text[] not null,
  cursor text[],
  through text[],
  batch_size bigint not null,
  batches bigint not null,
  rows_visited bigint not null,
  rows_changed bigint not null,
  rows_estimated bigint not null,
  round_visited bigint not null,
  last_round bigint,
  error text,
  started_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tracking_table, tag, created_at)
)`;
}

/**
 * The row that says a migration is applied, as drizzle-orm writes it; a forced one has its row brought up to date, one that is
 * rolled back loses it.
 */
export function trackingRowSql(
  names: TrackingNames,
  { hash, when, name, replacesRow, removesRow }: Pick<Step, 'hash' | 'when' | 'name' | 'replacesRow' | 'removesRow'>,
): string {
  const table = quoteName(names.schema, names.table);
  if (removesRow !== undefined) return `delete from ${table} where id = ${removesRow}`;
  const named = name === undefined ? undefined : quoteLiteral(name);
  if (replacesRow !== undefined)
    return `update ${table} set "hash" = ${quoteLiteral(hash)}, "created_at" = ${when}${named === undefined ? '' : `, "name" = ${named}`} where id = ${replacesRow}`;
  return named === undefined
    ? `insert into ${table} ("hash", "created_at") values (${quoteLiteral(hash)}, ${when})`
    : `insert into ${table} ("hash", "created_at", "name") values (${quoteLiteral(hash)}, ${when}, ${named})`;
}

/** Who runs this: the same for every entry of a run. */
export interface RunIdentity {
  readonly runId: string;
  readonly osUser: string | null;
  readonly host: string | null;
  readonly tool: string;
  readonly gitCommit: string | null;
  /** Whose migrations they are: `@melodia/db:drizzle/migrations`; null where no package.json tells. */
  readonly project: string | null;
}

export interface LogRecord {
  readonly tag: string;
  readonly hash: string;
  readonly when: number;
  readonly direction: LogEntry['direction'];
  readonly status: LogEntry['status'];
  readonly statementsDone: number;
  readonly statementsTotal: number;
  readonly startedAt: Date;
  readonly upSql?: string | null;
  readonly downSql?: string | null;
  readonly error?: string | null;
  readonly statementHashes?: readonly string[] | null;
  readonly detail?: unknown;
}

/** Texts up to this size are kept in the log; larger ones only by their hash. */
const LOGGED_TEXT = 1_000_000;

export function loggable(text: string | undefined): string | null {
  // A zero byte would fail the whole migration, for the sake of its log.
  return text !== undefined && text.length <= LOGGED_TEXT && !text.includes('\0') ? text : null;
}

/** `finished_at` is the server's clock, so that entries of several machines can be compared. */
export function insertLogSql(names: TrackingNames, who: RunIdentity, record: LogRecord): string {
  const values: [string, Literal | { sql: string }][] = [
    ['run_id', who.runId],
    ['tracking_table', names.table],
    ['tag', record.tag],
    ['hash', record.hash],
    ['created_at', record.when],
    ['direction', record.direction],
    ['status', record.status],
    ['statements_done', record.statementsDone],
    ['statements_total', record.statementsTotal],
    ['started_at', record.startedAt],
    ['finished_at', record.status === 'running' ? null : { sql: 'clock_timestamp()' }],
    ['os_user', who.osUser],
    ['host', who.host],
    ['tool', who.tool],
    ['git_commit', who.gitCommit],
    ['up_sql', record.upSql ?? null],
    ['down_sql', record.downSql ?? null],
    ['error', record.error ?? null],
    ['statement_hashes', record.statementHashes ?? null],
    ['detail', record.detail === undefined ? null : { json: record.detail }],
  ];
  const columns = values.map(([name]) => name).join(', ');
  const row = values.map(([, value]) => (isSql(value) ? value.sql : quoteLiteral(value))).join(', ');
  return `insert into ${quoteName(names.schema, LOG_TABLE)} (${columns}) values (${row})`;
}

function isSql(value: Literal | { sql: string }): value is { sql: string } {
  return typeof value === 'object' && value !== null && 'sql' in value;
}

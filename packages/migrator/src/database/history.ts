import type { AppliedRow, History, LogEntry } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { quoteIdent, quoteLiteral, quoteName } from '../sql/quote.js';
import type { Row, Session } from './session.js';
import { BACKFILLS_TABLE, LOG_TABLE, type TrackingNames } from './tracking.js';

/** Facts about the server that decide how to work with it. Read in the same round trip as the rows. */
export interface ServerFacts {
  /** Major version, such as 16. */
  readonly version: number;
  /** Pid of the server process that answers; behind a pooler not the one the connection was told. */
  readonly backendPid: number;
  readonly inRecovery: boolean;
  readonly readOnly: boolean;
}

/**
 * Reads the tracking rows in one round trip, and writes nothing: it works in a read-only session, on a standby, and
 * without any right to create. A table that is not there is an empty history.
 * Throws `permission-denied` or `tracking-table-invalid`.
 */
export async function readRows(session: Session, names: TrackingNames): Promise<TrackingState> {
  // Two messages, sent together: where there is no table, the facts are answered all the same.
  const [facts, rows] = await Promise.allSettled([
    session.rows(factsSql(names)),
    // One value instead of a row each: a long history is read ten times as fast. Where the table has no column `name`, the
    // word is looked up one level further out, and found to be null.
    session.rows<{ rows: string }>(
      `select coalesce(json_agg(json_build_array(t.id, t.hash, t.created_at, t.name) order by t.id), '[]')::text as rows
       from (select null::text as name) absent
         cross join lateral (select id, hash, created_at, name from ${quoteName(names.schema, names.table)}) t`,
    ),
  ]);
  if (facts.status === 'rejected') throw readError(facts.reason, names);
  const tableExists = rows.status === 'fulfilled';
  if (!tableExists && !isUndefined(rows.reason)) throw readError(rows.reason, names);
  const [fact = {}] = facts.value;
  return {
    schemaExists: fact.schema_exists === true,
    tableExists,
    logExists: fact.log_exists === true,
    backfillsExist: fact.backfills_exist === true,
    hasNames: fact.has_names === true,
    rows: tableExists
      ? (JSON.parse(rows.value[0]?.rows ?? '[]') as unknown[][]).map((row) => toRow(row, fact.has_names === true))
      : [],
    server: toFacts(fact),
  };
}

export interface TrackingState {
  readonly schemaExists: boolean;
  readonly tableExists: boolean;
  readonly logExists: boolean;
  readonly backfillsExist: boolean;
  /** The table has the column `name` of drizzle 1.0. */
  readonly hasNames: boolean;
  readonly rows: AppliedRow[];
  readonly server: ServerFacts;
}

function factsSql({ schema, table }: TrackingNames): string {
  return `select current_setting('server_version_num')::int / 10000 as version, pg_backend_pid() as pid, pg_is_in_recovery() as recovery,
    current_setting('transaction_read_only') = 'on' as read_only, to_regnamespace(${quoteLiteral(quoteIdent(schema))}) is not null as schema_exists,
    to_regclass(${quoteLiteral(quoteName(schema, LOG_TABLE))}) is not null as log_exists,
    to_regclass(${quoteLiteral(quoteName(schema, BACKFILLS_TABLE))}) is not null as backfills_exist,
    exists (select from pg_attribute where attrelid = to_regclass(${quoteLiteral(quoteName(schema, table))}) and attname = 'name' and not attisdropped) as has_names`;
}

function toFacts(row: Row): ServerFacts {
  return {
    version: Number(row.version),
    backendPid: Number(row.pid),
    inRecovery: row.recovery === true,
    readOnly: row.read_only === true,
  };
}

/** Reads what our log says last of every migration, in each direction, oldest first; nothing where there is no log, or no right to read it. */
export async function readLog(session: Session, names: TrackingNames): Promise<LogEntry[]> {
  const rows = await session
    .rows(
      `select * from (
         select distinct on (tag, created_at, direction) id, tag, hash, created_at, direction, status, statements_done, statements_total,
           -- As numbers: a role's DateStyle decides how Postgres writes times.
           extract(epoch from started_at) * 1000 as started_at, extract(epoch from finished_at) * 1000 as finished_at,
           coalesce(os_user, database_user) || coalesce('@' || host, '') as by, tool, git_commit, detail, to_json(statement_hashes) as statement_hashes
         from ${quoteName(names.schema, LOG_TABLE)} where tracking_table = ${quoteLiteral(names.table)}
         order by tag, created_at, direction, id desc) latest
       order by id`,
    )
    .catch((error: unknown) => {
      if (isUndefined(error) || sqlstate(error) === '42501') return [];
      throw error;
    });
  return rows.map(toLogEntry);
}

/** The up SQL of migrations as it was when they were applied, by `created_at` and hash. */
export async function readAppliedSql(
  session: Session,
  names: TrackingNames,
  hashes: readonly string[],
): Promise<Map<string, string>> {
  const rows = await session
    .rows<{ hash: string; up_sql: string }>(
      `select distinct on (hash) hash, up_sql from ${quoteName(names.schema, LOG_TABLE)}
       where up_sql is not null and hash = any(${quoteLiteral(hashes)}) order by hash, id desc`,
    )
    .catch(() => []);
  return new Map(rows.map(({ hash, up_sql }) => [hash, up_sql]));
}

/** The texts of all migrations that park something, as this project's log kept them. */
export async function readLoggedUps(session: Session, names: TrackingNames): Promise<string[]> {
  const rows = await session
    .rows<{ up_sql: string }>(
      `select distinct up_sql from ${quoteName(names.schema, LOG_TABLE)}
       where tracking_table = ${quoteLiteral(names.table)} and up_sql like '%"parked_as"%'`,
    )
    .catch((error: unknown) => {
      if (isUndefined(error) || sqlstate(error) === '42501') return [];
      throw error;
    });
  return rows.map(({ up_sql }) => up_sql);
}

/** What was applied, as the log kept it. */
export interface StoredMigration {
  readonly tag: string;
  readonly hash: string;
  readonly when: number;
  readonly upSql: string | null;
  readonly downSql: string | null;
}

/** The latest record of what each of these rows was applied with; none for rows that drizzle-kit has written. */
export async function readStored(
  session: Session,
  names: TrackingNames,
  applied: readonly AppliedRow[],
): Promise<StoredMigration[]> {
  if (applied.length === 0) return [];
  const rows = await session
    .rows<{ tag: string; hash: string; created_at: string; up_sql: string | null; down_sql: string | null }>(
      `select distinct on (hash, created_at) tag, hash, created_at, up_sql, down_sql from ${quoteName(names.schema, LOG_TABLE)}
       where tracking_table = ${quoteLiteral(names.table)} and direction = 'up' and status = 'applied'
         and hash = any(${quoteLiteral(applied.map(({ hash }) => hash))})
       order by hash, created_at, id desc`,
    )
    .catch((error: unknown) => {
      if (isUndefined(error) || sqlstate(error) === '42501') return [];
      throw error;
    });
  return rows.map(({ tag, hash, created_at, up_sql, down_sql }) => ({
    tag,
    hash,
    when: Number(created_at),
    upSql: up_sql,
    downSql: down_sql,
  }));
}

/**
 * Whether the last entry of the log is of a rollback, or of a forced run, that did not come to its end. Sent along where the log
 * is not read otherwise, because a run that has nothing to apply must not call such a database up to date. Entries that were made
 * by hand say nothing about others.
 */
export async function endsOpen(session: Session, names: TrackingNames): Promise<boolean> {
  const [last] = await session
    .rows<{ status: string }>(
      `select status from ${quoteName(names.schema, LOG_TABLE)} where tracking_table = ${quoteLiteral(names.table)}
         and (detail->>'marked') is null order by id desc limit 1`,
    )
    .catch(() => []);
  return last?.status === 'running' || last?.status === 'failed';
}

export async function readHistory(session: Session, names: TrackingNames): Promise<History & TrackingState> {
  const [tracking, log] = await Promise.all([readRows(session, names), readLog(session, names)]);
  return { ...tracking, log };
}

function toRow([id, hash, createdAt, name]: readonly unknown[], hasNames: boolean): AppliedRow {
  return {
    id: Number(id),
    hash: String(hash),
    createdAt: createdAt === null ? null : Number(createdAt),
    ...(hasNames && { name: name === null ? null : String(name) }),
  };
}

function toLogEntry(row: Row): LogEntry {
  return {
    tag: String(row.tag),
    hash: String(row.hash),
    when: Number(row.created_at),
    direction: row.direction === 'down' ? 'down' : 'up',
    status: row.status as LogEntry['status'],
    statementsDone: Number(row.statements_done),
    statementsTotal: Number(row.statements_total),
    startedAt: new Date(Number(row.started_at)),
    finishedAt: row.finished_at === null ? null : new Date(Number(row.finished_at)),
    by: String(row.by),
    tool: String(row.tool),
    gitCommit: (row.git_commit as string | null) ?? null,
    detail: (row.detail as Record<string, unknown> | null) ?? null,
    statementHashes: (row.statement_hashes as string[] | null) ?? null,
  };
}

export function sqlstate(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** No such table, or no such schema. */
function isUndefined(error: unknown): boolean {
  return ['42P01', '3F000'].includes(sqlstate(error));
}

function readError(error: unknown, names: TrackingNames): unknown {
  const where = `${names.schema}.${names.table}`;
  if (sqlstate(error) === '42501') {
    return new MigratorError('permission-denied', {
      message: `The tracking table may not be read: ${(error as Error).message}.`,
      where,
      fix: `Grant it: \`grant usage on schema ${names.schema} to <role>; grant select, insert, update, delete on all tables in schema ${names.schema} to <role>\`.`,
      cause: error,
    });
  }
  if (sqlstate(error) === '42703') {
    return new MigratorError('tracking-table-invalid', {
      message: `The tracking table does not have drizzle's columns (id, hash, created_at): ${(error as Error).message}.`,
      where,
      fix: 'Name the right table in `migrations.table` and `migrations.schema` of drizzle.config.ts.',
      cause: error,
    });
  }
  return error;
}

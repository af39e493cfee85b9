import { folderNameOf } from '../core/folder-names.js';
import { sha256 } from '../core/hash.js';
import type { AppliedRow, Comparison, EditKind, History, LogEntry, Migration, MigrationStatus } from '../core/types.js';
import { type Coverage, coverageOf } from './squashed.js';

/**
 * Pairs migrations with tracking rows. Where rows have names, as in drizzle 1.0, those count first: they are all that it looks
 * at. Then exact (hash, when) pairs are claimed, by count, because real folders hold byte-identical files; then pairs by
 * hash, then by `when`. What is left over on either side is pending, out of order, or unknown. Pure.
 */
export function compare(migrations: readonly Migration[], history: History): Comparison {
  const free = new Set(history.rows);
  const paired = new Map<Migration, AppliedRow>();

  const inFolders = migrations.some(({ name }) => name !== undefined);
  const namesRows = history.tableExists ? history.hasNames === true : inFolders;
  // Names of folders hold seconds; rows that drizzle 0.31 has written, milliseconds.
  const whenOf = ({ createdAt }: AppliedRow) =>
    inFolders && createdAt !== null ? Math.floor(createdAt / 1000) * 1000 : createdAt;

  if (history.hasNames) {
    claim(
      (migration) => migration.file && `${migration.file.hash} ${folderNameOf(migration)}`,
      ({ hash, name }) => (name == null ? undefined : `${hash} ${name}`),
    );
    claim(folderNameOf, ({ name }) => name ?? undefined);
  }
  claim(
    (migration) => migration.file && pairKey(migration.file.hash, migration.when),
    (row) => pairKey(row.hash, whenOf(row)),
  );
  // Before looser pairs: a squash has the `when` of the last migration that it stands for.
  const covered = new Map<Migration, Coverage>();
  for (const migration of migrations) {
    if (!migration.squash || paired.has(migration)) continue;
    const coverage = coverageOf(migration.squash, free);
    const last = coverage.rows.at(-1);
    if (!last) continue;
    covered.set(migration, coverage);
    for (const row of coverage.rows) free.delete(row);
    if (coverage.missing.length === 0) paired.set(migration, last);
  }
  claim(
    (migration) => (covered.has(migration) ? undefined : migration.file?.hash),
    (row) => row.hash,
  );
  claim(
    (migration) => (covered.has(migration) ? undefined : String(migration.when)),
    // Another name in the same second is another migration.
    (row) => (inFolders && row.name != null ? undefined : String(whenOf(row))),
  );

  function claim(
    keyOf: (migration: Migration) => string | undefined,
    rowKey: (row: AppliedRow) => string | undefined,
  ): void {
    if (free.size === 0 || paired.size === migrations.length) return;
    const rows = groupBy(free, rowKey);
    for (const migration of migrations) {
      const key = paired.has(migration) ? undefined : keyOf(migration);
      const row = key === undefined ? undefined : rows.get(key)?.shift();
      if (!row) continue;
      paired.set(migration, row);
      free.delete(row);
    }
  }

  const newest = history.rows.reduce<number | null>(
    (max, { createdAt }) => (createdAt !== null && (max === null || createdAt > max) ? createdAt : max),
    null,
  );
  const log = latestByMigration(history.log);
  const isLate = inFolders
    ? latenessInFolders(migrations, paired, free)
    : ({ when }: Migration) => newest !== null && when <= newest;

  return {
    statuses: migrations.map((migration) =>
      withCoverage(statusOf(migration, paired.get(migration), isLate(migration), log), covered.get(migration)),
    ),
    unknown: [...free],
    newest,
    historyHash: hashHistory(history.rows),
    namesRows,
  };
}

/** Folders are run in the order of their names, and several may have been made in one second. */
function latenessInFolders(
  migrations: readonly Migration[],
  paired: ReadonlyMap<Migration, AppliedRow>,
  unknown: ReadonlySet<AppliedRow>,
): (migration: Migration) => boolean {
  const lastApplied = migrations.findLastIndex((migration) => paired.has(migration));
  const newestUnknown = Math.max(...[...unknown].map(({ createdAt }) => createdAt ?? Number.NEGATIVE_INFINITY));
  return ({ position, when }) => position < lastApplied || when <= newestUnknown;
}

/** What a squash has the rows of is applied, though the hash is none of theirs. */
function withCoverage(status: MigrationStatus, coverage: Coverage | undefined): MigrationStatus {
  if (!coverage) return status;
  const { rows, missing } = coverage;
  if (missing.length > 0) return { ...status, squashed: rows, missing };
  const { edit: _, ...rest } = status;
  return { ...rest, state: 'applied', squashed: rows };
}

function statusOf(
  migration: Migration,
  row: AppliedRow | undefined,
  isLate: boolean,
  log: ReadonlyMap<string, readonly LogEntry[]>,
): MigrationStatus {
  if (!row) {
    const state = isLate ? 'out-of-order' : 'pending';
    const last = log.get(logKey(migration.tag, migration.when))?.at(-1);
    if (last?.status === 'rolled-back') return { migration, state, rolledBack: last };
    // A statement that failed outside of a transaction may have left something behind: its detail says what to look for.
    const left = last && (last.statementsDone > 0 || last.detail !== null);
    const half = last?.direction === 'up' && last.status !== 'applied' && (left || last.status === 'running');
    return half ? { migration, state, halfApplied: last } : { migration, state };
  }
  const when = row.createdAt ?? migration.when;
  // A migration that was logged in a journal's time has the name of its folder now.
  const entries = log.get(logKey(migration.tag, when)) ?? log.get(logKey(row.hash, when)) ?? [];
  const logged = { ...lastApplied(entries, row), ...openForce(entries), ...openRollback(entries) };
  // A journal entry whose file is gone can only be known by its `when`: that is "applied", and a finding of the folder.
  if (!migration.file || (migration.file.hash === row.hash && isKnownAs(migration, row))) {
    return { migration, state: 'applied', row, ...logged };
  }
  if (migration.file.hash === row.hash) return { migration, state: 'restamped', row, ...logged };
  return { migration, state: 'edited', row, edit: lineEndingsOnly(migration.file.sql, row.hash), ...logged };
}

/** Whether the tool that made the folder would take the row for this migration, whatever its hash. */
function isKnownAs(migration: Migration, { createdAt, name }: AppliedRow): boolean {
  if (name != null && name === folderNameOf(migration)) return true;
  if (migration.name === undefined) return createdAt === migration.when;
  return name == null && createdAt !== null && Math.floor(createdAt / 1000) * 1000 === migration.when;
}

/** Tells an edit of line ends, of a final newline or of a byte order mark from any other, by undoing each. */
function lineEndingsOnly(sql: string, appliedHash: string): EditKind {
  const body = sql
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .replace(/\n+$/, '');
  for (const start of ['', '\uFEFF']) {
    for (const end of ['', '\n', '\n\n']) {
      const text = start + body + end;
      if (sha256(text) === appliedHash || sha256(text.replaceAll('\n', '\r\n')) === appliedHash) return 'line-endings';
    }
  }
  return 'unknown';
}

export function hashHistory(rows: readonly AppliedRow[]): string {
  const lines = rows.map((row) => pairKey(row.hash, row.createdAt)).sort();
  return sha256(lines.join('\n'));
}

/** Of a row that has come back since, by drizzle-kit, the log knows nothing. */
function lastApplied(entries: readonly LogEntry[], row: AppliedRow): { log?: LogEntry } {
  const up = entries.findLast(({ direction }) => direction === 'up');
  if (up?.status !== 'applied' || up.hash !== row.hash || entries.at(-1)?.status === 'rolled-back') return {};
  return { log: up };
}

/** A forced run that stopped on the way: the row is that of the run before. */
function openForce(entries: readonly LogEntry[]): { halfApplied?: LogEntry } {
  const last = entries.at(-1);
  const open = last?.direction === 'up' && (last.status === 'running' || last.status === 'failed');
  const left = open && last.detail?.forced === true && (last.statementsDone > 0 || 'starting' in last.detail);
  return left ? { halfApplied: last } : {};
}

function openRollback(entries: readonly LogEntry[]): { halfRolledBack?: LogEntry } {
  const last = entries.at(-1);
  return last && isOpenRollback(last) ? { halfRolledBack: last } : {};
}

/** A rollback that stopped on the way and has left something: statements that are kept, or one that nobody knows of. */
export function isOpenRollback({ direction, status, statementsDone, detail }: LogEntry): boolean {
  return direction === 'down' && status !== 'rolled-back' && (statementsDone > 0 || detail !== null);
}

/** Oldest first. */
function latestByMigration(log: readonly LogEntry[]): Map<string, LogEntry[]> {
  const byTag = groupBy(log, ({ tag, when }) => logKey(tag, when));
  for (const [key, entries] of groupBy(log, ({ hash, when }) => logKey(hash, when))) byTag.set(key, entries);
  return byTag;
}

function logKey(tagOrHash: string, when: number): string {
  return `${tagOrHash} ${when}`;
}

function pairKey(hash: string, when: number | null): string {
  return `${hash} ${when}`;
}

function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/**
 * The nouns of the engine. All of them are plain readonly data; nothing here touches disk, database or clock.
 */

import type { FindingCode } from './finding-codes.js';

export type { FindingCode };

/** A place in a file of the project. `file` is relative to the working folder; line and column count from 1. */
export interface Location {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export type Severity = 'error' | 'warning' | 'info';

/** What a migration is in an expand/contract deployment: it adds, or it takes away what an older release may still use. */
export type Phase = 'expand' | 'contract';

/** Something to say about the files or the database: one shape for plan, lint, rehearsal and drift. */
export interface Finding<Code extends string = FindingCode> {
  readonly code: Code;
  readonly severity: Severity;
  /** Tag of the migration it is about, if it is about one. */
  readonly tag?: string;
  readonly at?: Location;
  /** What is the case, as a full sentence. */
  readonly message: string;
  /** What follows from it if nothing is done, drizzle-kit's behaviour included. */
  readonly consequence?: string;
  /** What to type or change. */
  readonly fix: string;
}

/**
 * One migration of a folder, whichever layout that has: an entry of `meta/_journal.json` with its file, or a folder of
 * drizzle 1.0. Identity is (hash, when): hashes repeat and `when`s are edited by hand; in drizzle 1.0 it is the name.
 */
export interface Migration {
  readonly tag: string;
  /** Only in the layout of drizzle 1.0: the name of its folder, by which drizzle knows it. The same as the tag. */
  readonly name?: string;
  /** Position in the journal, counting from 0: the order of execution. */
  readonly position: number;
  /** What the journal calls `idx`; not always the position. */
  readonly idx: number;
  /** Milliseconds since 1970, as drizzle-kit stamps it; becomes `created_at` of the tracking row. Whole seconds in drizzle 1.0. */
  readonly when: number;
  /** Path of the SQL file, relative to the working folder. */
  readonly path: string;
  /** The file's text and its sha256 as drizzle-orm computes it; absent when the file is missing. */
  readonly file?: { readonly sql: string; readonly hash: string };
  /** The way back, `NNNN_name.down.sql`; absent when there is no such file, and where the folder was read without them. */
  readonly down?: DownFile;
  /** Only for a squash: what it stands for. */
  readonly squash?: Squash;
  /** The TypeScript file of a backfill that SQL cannot say, `NNNN_name.backfill.ts`, if there is one; its absolute path. */
  readonly module?: { readonly path: string; readonly text: string };
}

/** A migration that is no file of its own any more. */
export interface SquashedMigration {
  readonly tag: string;
  readonly when: number;
  readonly hash: string;
}

/** The migrations that one file has taken the place of. */
export interface Squash {
  /** In the order of execution. */
  readonly of: readonly SquashedMigration[];
  /** Earlier squashes, each of the first `count` of them. */
  readonly earlier: readonly (SquashedMigration & { readonly count: number })[];
}

export interface DownFile {
  /** Relative to the working folder. */
  readonly path: string;
  readonly sql: string;
  /** Why there is no way back, if the file says so. */
  readonly irreversible?: string;
}

/** A row of the tracking table, `drizzle.__drizzle_migrations` unless configured otherwise. */
export interface AppliedRow {
  readonly id: number;
  readonly hash: string;
  /** The journal's `when` at the time it was applied. Null only in tables that were edited by hand. */
  readonly createdAt: number | null;
  /** Absent in a table that drizzle 1.0 has not upgraded yet; null where drizzle 0.31 has written the row since. */
  readonly name?: string | null;
}

/** The latest entry of our own log for one migration: who ran it, when, and how far it got. */
export interface LogEntry {
  readonly tag: string;
  readonly hash: string;
  readonly when: number;
  readonly direction: 'up' | 'down';
  readonly status: 'running' | 'applied' | 'failed' | 'rolled-back';
  readonly statementsDone: number;
  readonly statementsTotal: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly by: string;
  readonly tool: string;
  readonly gitCommit: string | null;
  /** What a resume must know about the statement that was running; see `execute/concurrently.ts`. */
  readonly detail: Readonly<Record<string, unknown>> | null;
  /** sha256 of each finished statement: a resume refuses if one of them was edited since. */
  readonly statementHashes: readonly string[] | null;
}

/** The tracking rows joined with our log. `tableExists` is false on a database no migration tool has touched. */
export interface History {
  readonly tableExists: boolean;
  readonly rows: readonly AppliedRow[];
  readonly log: readonly LogEntry[];
  /** The table has the column `name` of drizzle 1.0. Default: false. */
  readonly hasNames?: boolean;
}

export type MigrationState =
  /** A row with the same hash and `when`. */
  | 'applied'
  /** A row with the same `when` and another hash. */
  | 'edited'
  /** A row with the same hash and another `when`. */
  | 'restamped'
  /** No row, and newer than every row. */
  | 'pending'
  /** No row, and not newer than the newest row: drizzle-kit skips it without a word. */
  | 'out-of-order';

/** What kind of edit an edited file has seen. `unknown`: the applied text is not on record. */
export type EditKind = 'line-endings' | 'formatting' | 'meaning' | 'unknown';

export interface MigrationStatus {
  readonly migration: Migration;
  readonly state: MigrationState;
  readonly row?: AppliedRow;
  /** Only for `edited`. */
  readonly edit?: EditKind;
  /** Only when a non-transactional run of it stopped on the way; with a row: a forced one. */
  readonly halfApplied?: LogEntry;
  /** Only when a non-transactional rollback of it stopped on the way: it has its row, but is no longer whole. */
  readonly halfRolledBack?: LogEntry;
  /** Only without a row, when a rollback was the last that happened to it. */
  readonly rolledBack?: LogEntry;
  /** Only for a squash that has no row of its own: the rows of the migrations that it stands for. */
  readonly squashed?: readonly AppliedRow[];
  /** Only for a squash of which the database has a part: the migrations that it lacks. */
  readonly missing?: readonly SquashedMigration[];
  /** The log's record of its last successful run. */
  readonly log?: LogEntry;
}

/** Every journal entry and every tracking row, paired. */
export interface Comparison {
  /** In journal order. */
  readonly statuses: readonly MigrationStatus[];
  /** Rows that no file accounts for. */
  readonly unknown: readonly AppliedRow[];
  /** Largest `created_at`, the one value drizzle-kit looks at; null without rows. */
  readonly newest: number | null;
  /** Digest of the rows: a saved plan is refused when it has changed. */
  readonly historyHash: string;
  /** New rows are to say the migration's name: the table has that column, or is yet to be made for a folder of drizzle 1.0. */
  readonly namesRows: boolean;
  /** Of unknown rows that another project has applied, as the log says: that project, by the id of the row. */
  readonly owners?: ReadonlyMap<number, string>;
}

/** One SQL statement of a migration file. */
export interface Statement {
  /** Position in the file, counting from 0. */
  readonly index: number;
  readonly text: string;
  /** Line where it starts, counting from 1. */
  readonly line: number;
  /** Character offset of `text` in the file. */
  readonly offset: number;
  /** The parser's node name, such as `CreateStmt`; `Unparsed` where the parser cannot read it, `TooLarge` where it was not asked. */
  readonly kind: string;
  /** What it leaves in its session: a `setting` can be made again by a later run, an `object` cannot. */
  readonly session?: 'setting' | 'object';
  /** SQL of ours that has to run before it. */
  readonly before?: string;
}

/**
 * A run of statements that share one fate. `transaction`: all or nothing, together with its progress record.
 * `autocommit`: one statement that Postgres refuses inside a transaction.
 */
export interface Segment {
  readonly mode: 'transaction' | 'autocommit';
  /** Index of the first statement. */
  readonly from: number;
  /** Index after the last statement. */
  readonly to: number;
  /** Why the migration is cut here; absent for the usual single transaction. */
  readonly reason?: string;
}

/**
 * A statement that runs in batches along a key: `before`, a condition on the driving table, and `after` make one batch.
 * Each batch is a transaction together with its cursor.
 */
export interface Backfill {
  readonly command: 'update' | 'delete' | 'insert';
  /** The driving table as the statement names it. */
  readonly table: { readonly schema?: string; readonly table: string };
  /** The statement says ONLY. */
  readonly only: boolean;
  /** What the statement calls the driving table: its alias, or its name. */
  readonly alias: string;
  readonly before: string;
  readonly after: string;
  /** Columns that it sets: none may be of the key. */
  readonly sets: readonly string[];
  /** Functions of an INSERT's select list: one that aggregates would count by batches. */
  readonly functions: readonly string[];
  /** It may make rows of its own driving table, which are not to be visited. */
  readonly feedsItself: boolean;
  /** As the directive says; absent: the primary key. */
  readonly key?: readonly string[];
  /** Rows of the first batch. */
  readonly batch: number;
  /** The TypeScript file that changes the rows; then `before` is its text, and the table is only known when it is loaded. */
  readonly module?: string;
}

/** How far the backfill of a migration has come. */
export interface BackfillProgress {
  readonly tag: string;
  readonly when: number;
  /** Of the statement that has run; see `statementHashOf`. */
  readonly hash: string;
  /** As the run left it: one that was killed still says running. */
  readonly status: 'running' | 'paused' | 'failed' | 'done';
  /** Rows of the driving table that were looked at. */
  readonly visited: number;
  /** Rows that the statement has changed, as Postgres counts them. */
  readonly changed: number;
  /** Rows of the driving table when it began, estimated. */
  readonly estimated: number;
  readonly batches: number;
  /** The last key that is done, as text by column. */
  readonly cursor: readonly string[] | null;
  /** Why it waits or has failed. */
  readonly error: string | null;
  readonly startedAt: Date;
  readonly updatedAt: Date;
}

/** One migration that will run. */
export interface Step {
  readonly tag: string;
  readonly when: number;
  readonly hash: string;
  /** What the `name` of its row is to say, where the tracking table is one of drizzle 1.0. */
  readonly name?: string;
  readonly path: string;
  readonly direction: 'up' | 'down';
  /** For an up: what its file says; a file that says nothing expands. */
  readonly phase?: Phase;
  /** The whole file; the log keeps it, so that a later edit can be told from what ran. */
  readonly sql: string;
  readonly statements: readonly Statement[];
  readonly segments: readonly Segment[];
  /** Index of the statement to start with; greater than 0 when an earlier run stopped on the way. */
  readonly startAt: number;
  /** What an earlier run noted before it began the statement at `startAt`; see `execute/concurrently.ts`. */
  readonly resume?: Readonly<Record<string, unknown>>;
  /** For `--force`: id of the tracking row it has already; that row then gets this hash and `when`. */
  readonly replacesRow?: number;
  /** For a rollback: id of the tracking row that goes with it. `hash` and `when` are those of that row. */
  readonly removesRow?: number;
  /** For a rollback: whether `sql` is the file's, or what the log kept when the migration was applied. */
  readonly source?: 'file' | 'log';
  /** For an up: the text of its down file, for the log to keep. */
  readonly downSql?: string;
  /** True if the file ends or starts transactions itself. */
  readonly ownTransactions: boolean;
  /** Its one statement runs in batches. */
  readonly backfill?: Backfill;
}

/** What a run will do, in order. Pure data: `--dry-run` prints it, `--plan-out` saves it. */
export interface Plan {
  readonly version: 1;
  readonly direction: 'up' | 'down';
  /** One transaction around all steps, as drizzle-kit does it. */
  readonly atomic: boolean;
  readonly steps: readonly Step[];
  /** For `--phase expand`: what has to wait for `--phase contract`, in order. Absent elsewhere. */
  readonly heldBack?: readonly HeldBack[];
  /** For `--phase contract`, where contract migrations are to run: whether they might, when the plan was made. */
  readonly gate?: GateState;
  readonly findings: readonly Finding[];
  readonly historyHash: string;
  /** What it was made with; a saved plan is made again with the same, and must come out the same. */
  readonly options: PlanOptions & RollbackPlanOptions;
}

/** A migration that `--phase expand` leaves pending. */
export interface HeldBack {
  readonly tag: string;
  readonly phase: Phase;
  /** Tag of the pending contract migration before it; absent for the first of them. */
  readonly behind?: string;
}

/** Sessions or processes that stand in the way of a contract migration, as far as they are alike. */
export interface GateClient {
  /** Null where it does not say who it is. */
  readonly app: string | null;
  readonly version: string | null;
  /** Version of the package that holds the migrations. */
  readonly packageVersion: string | null;
  /** The newest migration that it knows; `cut` if its end is missing, because names of sessions have 63 bytes. */
  readonly tag: string | null;
  readonly cut?: boolean;
  /** Of sessions, as pg_stat_activity shows it; null for processes of the heartbeat table. */
  readonly applicationName: string | null;
  readonly user: string | null;
  /** Address or name; null for a local socket, and where our role may not see it. */
  readonly host: string | null;
  /** Start of the oldest of them; null where our role may not see it. */
  readonly since: Date | null;
  readonly sessions: number;
  /** How many of the sessions do nothing now. */
  readonly idle: number;
  /** Server processes of the sessions. */
  readonly pids: readonly number[];
  /** Rows of the heartbeat table. */
  readonly instances: number;
  /**
   * `older`: it knows no newer migration than those before the contract one. `maybe-older`: that one came later than its place in
   * the journal says. `unknown-tag`: this folder has no such migration. `no-version`: it does not say what it knows.
   */
  readonly why: 'older' | 'maybe-older' | 'unknown-tag' | 'no-version';
}

/** Whether contract migrations may run. */
export interface GateState {
  readonly open: boolean;
  /** Contract migrations that wait, in order, and for whom. */
  readonly waiting: readonly { readonly tag: string; readonly clients: readonly GateClient[] }[];
  /** How many sessions and rows of the heartbeat table were looked at, and how many sessions never count. */
  readonly sessions: number;
  readonly instances: number;
  readonly ignored: number;
  /** Our role may not see all of other sessions: `pg_read_all_stats` is missing. */
  readonly limited: boolean;
  /** A pooler stands before the server, behind which idle clients have no session, and no heartbeat table tells of them. */
  readonly blind: boolean;
}

export interface PlanOptions {
  /** One transaction around the whole run. */
  readonly atomic?: boolean;
  /** Apply migrations that are older than the newest applied one, instead of refusing. */
  readonly outOfOrder?: boolean;
  /** Take edited migrations as applied, instead of refusing. */
  readonly allowEdited?: boolean;
  /** Last migration to apply; everything after it stays pending. */
  readonly to?: string;
  /** Run this applied migration again, and nothing else. */
  readonly force?: string;
  /**
   * `expand`: stop before the first contract migration. `contract`: everything, contract migrations only while nobody is
   * connected who still uses what they take away. Default: everything, without asking.
   */
  readonly phase?: Phase;
}

/** What a rollback undoes; `to` and `steps` exclude each other. */
export interface RollbackPlanOptions {
  /** How many migrations, newest first. Default 1; as many as there are if it is more. */
  readonly steps?: number;
  /** Last migration that stays applied. */
  readonly to?: string;
  /** Take the down files as they are now, where they differ from what the log kept. */
  readonly useFiles?: boolean;
}

/** What happened during execution. Closed: a reporter switches over `type` with a `never` check. */
export type MigrationEvent =
  | {
      readonly type: 'run-started';
      readonly steps: number;
      readonly statements: number;
      readonly direction: 'up' | 'down';
    }
  | { readonly type: 'lock-waiting'; readonly holder: SessionInfo | undefined; readonly waitedMs: number }
  /** The gate is closed, and it is waited for: told again when others are in the way. */
  | { readonly type: 'gate-waiting'; readonly gate: GateState; readonly waitedMs: number; readonly leftMs: number }
  | { readonly type: 'gate-open'; readonly gate: GateState; readonly waitedMs: number }
  | {
      readonly type: 'step-started';
      readonly tag: string;
      readonly position: number;
      readonly total: number;
      readonly statements: number;
      readonly startAt: number;
    }
  | {
      readonly type: 'statement-finished';
      readonly tag: string;
      readonly index: number;
      readonly total: number;
      readonly durationMs: number;
    }
  | {
      readonly type: 'blocked';
      readonly tag: string;
      readonly index: number;
      readonly blockers: readonly SessionInfo[];
      readonly waitedMs: number;
    }
  | {
      readonly type: 'retrying';
      readonly tag: string;
      readonly index: number;
      readonly attempt: number;
      readonly delayMs: number;
      readonly reason: string;
      readonly blockers: readonly SessionInfo[];
    }
  | {
      readonly type: 'backfill-progress';
      readonly tag: string;
      readonly visited: number;
      readonly changed: number;
      readonly estimated: number;
      readonly rowsPerSecond: number;
      /** Milliseconds until it is done, at this rate. */
      readonly etaMs: number;
      readonly batchSize: number;
    }
  | {
      readonly type: 'backfill-paused';
      readonly tag: string;
      readonly reason: 'replication-lag' | 'lock-waiters' | 'long-transaction';
      readonly message: string;
    }
  | { readonly type: 'backfill-resumed'; readonly tag: string; readonly pausedMs: number }
  | { readonly type: 'repaired-index'; readonly tag: string; readonly index: number; readonly name: string }
  | { readonly type: 'notice'; readonly severity: string; readonly message: string }
  | {
      readonly type: 'step-finished';
      readonly tag: string;
      readonly position: number;
      readonly total: number;
      readonly durationMs: number;
    }
  | { readonly type: 'step-failed'; readonly tag: string; readonly position: number; readonly total: number }
  | { readonly type: 'run-finished'; readonly result: RunResult };

/** A server session as `pg_stat_activity` shows it. */
export interface SessionInfo {
  readonly pid: number;
  readonly user: string | null;
  readonly applicationName: string | null;
  readonly host: string | null;
  readonly state: string | null;
  /** Start of its transaction, or of the session if it has none. */
  readonly since: Date | null;
  readonly query: string | null;
}

/** The outcome of a run. A caller always knows what state the database is in. */
export interface RunResult {
  readonly direction: 'up' | 'down';
  readonly done: readonly { readonly tag: string; readonly durationMs: number; readonly statements: number }[];
  readonly failed?: FailedStep;
  readonly notRun: readonly string[];
  readonly durationMs: number;
}

export interface FailedStep {
  readonly tag: string;
  /** The statement that failed; absent when the failure was not a statement's. */
  readonly statement?: Statement;
  /** Statements of this migration that are kept; 0 when all of it was rolled back. */
  readonly statementsKept: number;
  readonly error: Error;
}

import type { MigrationEvent, Step } from '../core/types.js';
import type { LockKeys } from '../database/lock.js';
import type { Session } from '../database/session.js';
import type { RunIdentity, TrackingNames } from '../database/tracking.js';

export interface Timeouts {
  /** How long a statement may queue for a lock, in milliseconds. Never applied to CONCURRENTLY. */
  readonly lockTimeoutMs: number;
  /** How often a migration that ran into the lock timeout is tried again. */
  readonly lockRetries: number;
}

/** What a backfill gives way to. Times in milliseconds. */
export interface BackfillSettings {
  /** How long a batch should take: so long others wait for the rows that it holds. */
  readonly targetMs: number;
  /** It waits while a standby is further behind. */
  readonly maxLagMs: number;
  /** It waits while a transaction is open for longer: until then no dead row can be cleared away. */
  readonly maxTransactionMs: number;
  /** After so long a pause it fails, and keeps its cursor. */
  readonly maxPauseMs: number;
}

/** A backfill in TypeScript, loaded. */
export interface OpenedBackfill {
  readonly table: { readonly schema?: string; readonly table: string };
  readonly key?: readonly string[];
  readonly batch?: number;
  /** Changes the rows that a condition on the table's own name picks, in the transaction of the session; gives how many these are. */
  readonly change: (session: Session, condition: string) => Promise<number>;
}

/** All that execution needs. Whoever calls it holds the run lock and has made the tracking tables. */
export interface ExecuteContext {
  readonly session: Session;
  /** Opens one more connection, to look at what blocks a statement. */
  readonly openMonitor: () => Promise<Session>;
  readonly names: TrackingNames;
  readonly keys: LockKeys;
  readonly identity: RunIdentity;
  readonly timeouts: Timeouts;
  readonly backfill: BackfillSettings;
  /** Loads a backfill in TypeScript. */
  readonly openBackfill: (path: string) => Promise<OpenedBackfill>;
  /** Major version, such as 16. */
  readonly serverVersion: number;
  /** Statements that give the session our own settings, for when a file has reset them. */
  readonly settings: readonly string[];
  /** Behind a pooler in transaction mode, settings of the session reach other clients. */
  readonly pooled: boolean;
  /** A backfill goes on from where it stopped although its statement was edited since. */
  readonly allowEdited: boolean;
  /** Tracking rows when the lock was taken: each transaction checks that nobody else has added one. */
  readonly rowCount: number;
  /** Aborted when the run must stop: a signal, or the loss of the lock connection. */
  readonly signal: AbortSignal;
  readonly emit: (event: MigrationEvent) => void;
  /**
   * Asked right before each contract migration, and before each further attempt at it. It does not run if this throws. `mayWait`: no
   * transaction is open, so that nobody waits for us meanwhile.
   */
  readonly gate?: (step: Step, options: { readonly mayWait: boolean }) => Promise<void>;
}

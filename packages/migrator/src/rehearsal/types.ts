/** As `pg_locks.mode` has it, without AccessShareLock, which every reader takes. */
export type LockMode =
  | 'RowShareLock'
  | 'RowExclusiveLock'
  | 'ShareUpdateExclusiveLock'
  | 'ShareLock'
  | 'ShareRowExclusiveLock'
  | 'ExclusiveLock'
  | 'AccessExclusiveLock';

export type RelationKind =
  | 'table'
  | 'partitioned table'
  | 'foreign table'
  | 'index'
  | 'sequence'
  | 'view'
  | 'materialized view'
  | 'type';

/** What a statement did to one relation. Names are as they were before the migration, `schema.name`, raw. */
export interface Touched {
  readonly relation: string;
  readonly kind: RelationKind;
  /** The table it belongs to: itself, or that of an index. */
  readonly table: string;
  /** The table that this one is a partition or a child of. */
  readonly parent?: string;
  /** It was there before the migration, so that others may use it. */
  readonly existed: boolean;
}

export interface RelationLock extends Touched {
  readonly mode: LockMode;
}

export interface RowsRead extends Touched {
  /** By sequential scans, as `pg_stat_xact_all_tables.seq_tup_read` counts: a table that is written anew is read again for each index. */
  readonly rows: number;
}

/** What one statement really did on scratch. */
export interface RehearsedStatement {
  /** Index in the file. */
  readonly index: number;
  readonly line: number;
  /** The parser's node name. */
  readonly kind: string;
  readonly text: string;
  readonly mode: 'transaction' | 'autocommit';
  /** The transaction of the migration that it ran in, counting from 0. */
  readonly transaction: number;
  readonly durationMs: number;
  /** From its start until the locks it took are let go: the end of the transaction. */
  readonly heldMs: number;
  /** Locks that the transaction did not hold before. */
  readonly locks: readonly RelationLock[];
  /** Relations that got a new file. */
  readonly rewrites: readonly Touched[];
  readonly reads: readonly RowsRead[];
  /** Indexes that it left INVALID, `schema.name`. */
  readonly invalidIndexes: readonly string[];
  /**
   * `exact`: read within the statement's own transaction. `sampled`: the statement ends its transactions itself, so another
   * session looked at it while it waited, and now and then; a lock that it held for a moment only may be missing.
   */
  readonly measured: 'exact' | 'sampled';
}

/** What a migration really did on scratch. */
export interface Rehearsal {
  readonly tag: string;
  readonly path: string;
  /** Major version of the server. */
  readonly serverVersion: number;
  readonly durationMs: number;
  readonly statements: readonly RehearsedStatement[];
}

import type { Segment } from '../core/types.js';
import type { Session } from '../database/session.js';
import type { SyntaxStatement } from '../sql/split.js';

export interface ScratchOptions {
  /**
   * A server to make temporary databases on; the role needs CREATEDB, and CREATEROLE where migrations make roles. Statements
   * that would change its other databases, its roles or its settings are passed over; code in DO blocks and functions is not
   * looked into. Without a URL: an embedded server of its own, gone afterwards.
   */
  readonly url?: string | undefined;
  /** What `createBehind` will be asked for. A server of our own may have kept it, or a beginning of it, from an earlier run. */
  readonly history?: readonly ScratchMigration[] | undefined;
  /** The databases may outgrow memory; else those of a server of our own lie there, where there is plenty. */
  readonly large?: boolean | undefined;
  /** Ends what runs; the databases are dropped all the same, and `withScratch` throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with a sentence for each slow step. */
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** A place for throw-away databases. */
export interface Scratch {
  /** Major version, such as 18. */
  readonly serverVersion: number;
  /** An empty database, or a copy of one; dropped with the scratch at the latest. `clauses` end its CREATE DATABASE. */
  create(options?: { readonly from?: ScratchDatabase; readonly clauses?: string }): Promise<ScratchDatabase>;
  /** A database that the `history` of the options has run in, one that was kept if there is one. Throws as `replay` does. */
  createBehind(history: readonly ScratchMigration[]): Promise<ScratchDatabase>;
}

/** SQL with the place it comes from, for errors that point into the file. A `Migration`'s fields fit. */
export interface ScratchMigration {
  readonly tag: string;
  readonly path: string;
  readonly sql: string;
}

/** Watches a migration statement by statement. It may query the session of the database, as long as it leaves nothing in it. */
export interface StatementWatch {
  /** Before the first statement of a segment, outside of its transaction. */
  onSegment(segment: Segment): Promise<void>;
  /** Around a statement; `run` sends it, waits for it, and rejects where it fails: then so must this. */
  around(statement: SyntaxStatement, segment: Segment, run: () => Promise<void>): Promise<void>;
}

export interface ScratchDatabase {
  /** Holds the password: never log it. */
  readonly url: string;
  readonly name: string;
  /** Its one connection. Copying the database replaces it, so do not keep it over a `create({ from })`. */
  readonly session: Session;
  /** Roles that its SQL has made: for `CatalogOptions.roles`. */
  readonly roles: readonly string[];
  /**
   * Runs SQL as the engine would: split, in one transaction where Postgres allows it, statement by statement where not.
   * Statements given as a list are one migration too. Nothing is tracked. Throws `statement-failed` with file, line and caret.
   */
  run(sql: string | readonly string[] | ScratchMigration, watch?: StatementWatch): Promise<void>;
  /** Another connection to it, for the caller to close. */
  connect(): Promise<Session>;
  /** Runs a whole history, in order, sending on while the server works: where it throws, more than the failed one may have run. */
  replay(migrations: readonly ScratchMigration[]): Promise<void>;
  drop(): Promise<void>;
}

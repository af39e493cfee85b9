import type { Catalog } from '../catalog/index.js';

/** First thing that is looked at in a file; a newer one is refused by name. */
export const FORMAT = 'melodia-migrator-backup';
export const FORMAT_VERSION = 1;

/** Rows of one table, as a file of the archive. */
export interface DumpedTable {
  /** Path in the archive. */
  readonly file: string;
  readonly schema: string;
  readonly name: string;
  /** Without generated ones; empty where a table has no column. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Of the text before compression. */
  readonly bytes: number;
  /** Loaded through this table, whose partition it is: rows of hash partitions may belong elsewhere on another server. */
  /** The table of an extension, which may fill it with rows of its own. */
  readonly ofExtension?: true;
  readonly through?: { readonly schema: string; readonly name: string };
}

/** Encoding and locale, as CREATE DATABASE takes them. */
export interface DatabaseLocale {
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** `libc`, `icu` or `builtin`. */
  readonly provider: string;
  /** Of `icu` and `builtin`. */
  readonly locale: string | null;
  /** Rules of one's own for `icu`, on top of the locale. */
  readonly icuRules?: string | null;
}

/** What belongs to a database by its name, and what pg_dump therefore leaves out. */
export interface DatabaseProperties extends DatabaseLocale {
  readonly owner: string;
  readonly comment: string | null;
  /** -1: no limit. */
  readonly connectionLimit: number;
  /** `ALTER DATABASE … SET`, for all roles (null) or one. */
  readonly settings: readonly { readonly role: string | null; readonly name: string; readonly value: string }[];
  /** Null: the usual ones. */
  readonly grants:
    | readonly { readonly grantee: string | null; readonly privilege: string; readonly grantable: boolean }[]
    | null;
}

/** The tracking table as it was: which state of the history the backup holds. */
export interface DumpedTracking {
  readonly schema: string;
  readonly table: string;
  readonly rows: number;
  readonly newest: { readonly hash: string; readonly createdAt: string } | null;
}

export interface Manifest {
  readonly format: typeof FORMAT;
  readonly version: typeof FORMAT_VERSION;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly tool: string;
  /** What made the schema: `pg_dump 18.3 (WebAssembly)`. */
  readonly pgDump: string;
  readonly server: {
    readonly version: string;
    readonly major: number;
    /** Host and port, by which backups of two servers are told apart. */
    readonly address: string;
    /** The same of two clusters at one address; absent where the server does not tell it. */
    readonly system?: string;
  };
  readonly database: { readonly name: string } & DatabaseProperties;
  readonly tracking: DumpedTracking | null;
  /** Of the rows, where it is not UTF8: that of the database, as not every text of another can be said in UTF8. */
  readonly encoding?: string;
  readonly tables: readonly DumpedTable[];
  readonly sequences: number;
  readonly largeObjects: number;
  /** Not dumped: their rows live elsewhere. */
  readonly foreignTables: readonly string[];
  readonly catalogHash: string;
}

/** One file of the archive. */
export interface Member {
  readonly name: string;
  /** Where its content begins in the archive, in bytes. */
  readonly offset: number;
  readonly size: number;
}

/** A backup that was read and found whole. */
export interface CheckedBackup {
  readonly path: string;
  readonly size: number;
  readonly manifest: Manifest;
  readonly members: ReadonlyMap<string, Member>;
  readonly catalog: Catalog;
}

/** What happens while a backup is made, checked or restored. Closed: a reporter switches over `type` with a `never` check. */
export type BackupEvent =
  | {
      readonly type: 'backup-started';
      readonly database: string;
      readonly tables: number;
      readonly pgDump: string;
      /** Why a pg_dump that was found is not used. */
      readonly passedOver: readonly string[];
    }
  | { readonly type: 'restore-started'; readonly database: string; readonly into: string; readonly tables: number }
  /** A step that has no measure: a sentence without an end. */
  | { readonly type: 'phase'; readonly text: string }
  | {
      readonly type: 'table-progress';
      readonly table: string;
      readonly position: number;
      readonly total: number;
      /** Of this table, so far. */
      readonly bytes: number;
      /** From 0 to 1, over all tables; estimated while a backup is made. */
      readonly share: number;
    }
  | {
      readonly type: 'table-finished';
      readonly table: string;
      readonly position: number;
      readonly total: number;
      readonly rows: number;
      readonly bytes: number;
      readonly durationMs: number;
    }
  /** Of the statements that follow the data: indexes, constraints, triggers. */
  | { readonly type: 'statement-progress'; readonly index: number; readonly total: number }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'finished'; readonly durationMs: number };

export type OnBackupEvent = (event: BackupEvent) => void;

/** A table as a dump names it. */
export interface NamedTable {
  /** Absent where the dump leaves it to the search path. */
  readonly schema?: string;
  readonly name: string;
}

/** What a plain-text dump holds of data, in its order. Lines count from 1. */
export type DumpPart =
  | {
      readonly kind: 'copy';
      readonly table: NamedTable;
      readonly columns: readonly string[] | undefined;
      readonly text: string;
      readonly line: number;
    }
  /** Rows of the COPY before it, as they are sent: whole lines. */
  | { readonly kind: 'rows'; readonly bytes: Buffer; readonly rows: number }
  | {
      readonly kind: 'insert';
      readonly table: NamedTable;
      readonly columns: readonly string[] | undefined;
      readonly text: string;
      readonly line: number;
    }
  | { readonly kind: 'setval'; readonly sequence: NamedTable; readonly text: string; readonly line: number };

/** A row of a tracking table that a dump holds. */
export interface DumpedMigration {
  readonly hash: string;
  readonly when: number;
}

/** A file of rows, as `pg_dump --data-only` writes it. */
export interface SampleFile {
  /** Absolute. */
  readonly path: string;
  /** As it is told. */
  readonly name: string;
}

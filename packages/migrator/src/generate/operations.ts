/** One statement of a migration, without the semicolon at its end. */
export interface Operation {
  readonly sql: string;
  /** What of the data is gone once it has run, for the header of the file: "the values of `songs.title`". */
  readonly loses?: string;
  /** Where rows can stand in the way: "a row whose `mood` is 'sad' stops it". */
  readonly mayFail?: string;
}

/** How drops of data are written; `undefined` parts mean plainly. */
export interface DropForms {
  /** Statements that put a column away, or bring one back. */
  readonly dropColumn?: (table: string, column: string) => readonly string[] | undefined;
  readonly addColumn?: (table: string, column: string) => readonly string[] | undefined;
  readonly dropTable?: (table: string) => readonly string[] | undefined;
  readonly createTable?: (table: string) => readonly string[] | undefined;
}

export interface Forms extends DropForms {
  /** Write what must not block: CONCURRENTLY, NOT VALID and VALIDATE, each statement in a transaction of its own. */
  readonly online: boolean;
  /** Columns (keys of items) whose default is computed row by row: they start empty and are filled later. */
  readonly backfilled: ReadonlySet<string>;
}

export const PLAIN: Forms = { online: false, backfilled: new Set() };

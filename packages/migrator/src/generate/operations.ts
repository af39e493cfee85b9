/** One statement of a migration, without the semicolon at its end. */
export interface Operation {
  readonly sql: string;
  /** What of the data is gone once it has run, for the header of the file: "the values of `songs.title`". */
  readonly loses?: string;
  /** Where rows can stand in the way: "a row whose `mood` is 'sad' stops it". */
  readonly mayFail?: string;
  /** What else one should know before it runs: a lock that is held long, a setting that counts. */
  readonly notes?: readonly string[];
}

/** How drops of data are written, and what undoes them. */
export interface DropForms {
  /**
   * By the key of a dropped item the statements that put it away, by that of a created one those that bring it back with its
   * data; undefined where it is dropped or created plainly.
   */
  readonly parked?: (key: string) => readonly string[] | undefined;
}

export interface Forms extends DropForms {
  /** Write what must not block: CONCURRENTLY, NOT VALID and VALIDATE, each statement in a transaction of its own. */
  readonly online: boolean;
  /** Columns (keys of items) whose default is computed row by row: they start empty and are filled later. */
  readonly backfilled: ReadonlySet<string>;
  /** Checks and foreign keys (keys of items) that are made NOT VALID, for a later migration to validate. */
  readonly unvalidated?: ReadonlySet<string>;
  /**
   * On the way down a NOT NULL column whose values are gone is made anew: rows that are there get a value that says nothing, or
   * no table with rows could be rolled back.
   */
  readonly standIns?: boolean;
  /** DROP INDEX CONCURRENTLY. */
  readonly onlineDrops?: boolean;
}

export const PLAIN: Forms = { online: false, backfilled: new Set() };

export const BACK: Forms = { ...PLAIN, standIns: true };

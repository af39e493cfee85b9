import type { CatalogDifference } from '../catalog/index.js';

/** One object that is not as the applied migrations make it; what is in it, where it is missing or unexpected as a whole, goes with it. */
export interface DriftDifference extends CatalogDifference {
  /** Names of what goes with it, such as the columns of a table. */
  readonly parts: readonly string[];
  /** The statements that make the database as expected, of this object alone; `mend` of the report has all, in an order that works. */
  readonly mend: readonly string[];
  /** The statements by which a migration would make the object as it is. */
  readonly adopt: readonly string[];
  /** What mending does to rows: `destroys` a table or column of them, or `converts` values, not all of which need fit. */
  readonly risk?: 'destroys' | 'converts' | undefined;
  /** Why no statement mends it. */
  readonly impossible?: string;
}

/** A difference that is known, and why it stays. */
export interface AcceptedDifference extends CatalogDifference {
  readonly reason: string;
}

/** An object that is somebody else's, and whose: `Supabase`, `another migration tool`. */
export interface LeftOut {
  readonly key: string;
  readonly name: string;
  readonly owner: string;
}

/** SQL that nobody has run. */
export interface DriftScript {
  /** In an order that works; each may be run by itself. */
  readonly statements: readonly string[];
  /** What no statement can do. */
  readonly impossible: readonly { readonly key: string; readonly why: string }[];
}

/** One of many databases that have the same migrations. */
export interface FleetDatabase {
  /** What it is called in reports, and in the file of what is done. Never holds a password. */
  readonly name: string;
  readonly url: string;
}

/**
 * `done`: the work was done there. `failed`: it has thrown. `skipped`: an earlier run has done it. `not-begun`: the run ended
 * before its turn.
 */
export type FleetState = 'done' | 'failed' | 'skipped' | 'not-begun';

export interface FleetEntry<T> {
  readonly name: string;
  readonly state: FleetState;
  /** Where it is `done`. */
  readonly value?: T;
  /** Where it is `failed`. */
  readonly error?: unknown;
  /** Milliseconds. */
  readonly durationMs: number;
}

export interface FleetCounts {
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly running: number;
  readonly total: number;
}

import { MigratorError } from '../errors/migrator-error.js';
import type { Scratch, ScratchDatabase, ScratchMigration } from '../scratch/index.js';

export interface RowsOfSample {
  /** The migration that the rows lie behind; undefined for the empty database. */
  readonly after: string | undefined;
  /** Puts them into a database in that state. */
  readonly load: (database: ScratchDatabase) => Promise<void>;
}

/**
 * The database that holds the rows of a sample, which goes through the history beside the one without rows. There is none
 * before the state that the rows belong to, and none behind a migration that they do not let through.
 */
export class SampleState {
  #scratch: Scratch;
  #base: ScratchDatabase;
  #sample: RowsOfSample | undefined;
  #database: ScratchDatabase | undefined;

  constructor(scratch: Scratch, base: ScratchDatabase, sample: RowsOfSample | undefined) {
    this.#scratch = scratch;
    this.#base = base;
    this.#sample = sample;
  }

  /** Says that the database without rows is in the state after a migration. */
  async reach(tag: string | undefined): Promise<void> {
    if (!this.#sample || this.#sample.after !== tag) return;
    this.#database = await this.#scratch.create({ from: this.#base });
    await this.#sample.load(this.#database);
  }

  /** A database to try a migration on, for the caller to drop: a copy, or the last time the thing itself. */
  async take(isLast: boolean): Promise<ScratchDatabase | undefined> {
    const database = this.#database;
    if (!database || !isLast) return database && (await this.#scratch.create({ from: database }));
    this.#database = undefined;
    return database;
  }

  /** Runs a migration on it; gives how that fails, and has no rows from then on. */
  async advance(migration: ScratchMigration): Promise<MigratorError | undefined> {
    if (!this.#database) return undefined;
    const failed = await failureOf(this.#database, migration);
    if (failed) await this.giveUp();
    return failed;
  }

  async giveUp(): Promise<void> {
    await this.#database?.drop();
    this.#database = undefined;
  }
}

/** How a migration fails on a database, if it does. */
export async function failureOf(
  database: ScratchDatabase,
  migration: ScratchMigration,
): Promise<MigratorError | undefined> {
  try {
    await database.run(migration);
    return undefined;
  } catch (error) {
    if (error instanceof MigratorError && error.code === 'statement-failed') return error;
    throw error;
  }
}

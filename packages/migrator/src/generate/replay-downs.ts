import { type Catalog, compareCatalogs, readCatalog } from '../catalog/index.js';
import type { Migration } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { Scratch, ScratchDatabase } from '../scratch/index.js';
import { differencesText } from '../verify/index.js';
import { downBetween } from './catalog-down.js';
import { emptyDown } from './custom.js';
import { renamesBack } from './renames-back.js';

export interface Down {
  readonly text: string;
  /** Why it has to be filled in by hand; absent where it was made and tried. */
  readonly reason?: string;
}

export function byHand(reason: string): Down {
  return { text: emptyDown(reason), reason };
}

/** A history on a scratch database, and ways back that are tried on copies of it. */
export class Replay {
  readonly scratch: Scratch;
  /** Why the history got no further: then nothing can be tried any more. */
  failure: string | undefined;
  #database: ScratchDatabase;
  #migration: Migration | undefined;
  /** Around the newest migration; undefined where nobody asked. */
  #before: Catalog | undefined;
  #after: Catalog | undefined;

  constructor(scratch: Scratch, database: ScratchDatabase) {
    this.scratch = scratch;
    this.#database = database;
  }

  /** Applies one more. `isWatched`: its way back will be asked for. */
  async advance(migration: Migration, isWatched: boolean): Promise<void> {
    if (this.failure !== undefined) return;
    this.#before = isWatched ? (this.#after ?? (await read(this.#database, true))) : undefined;
    this.#after = undefined;
    this.#migration = migration;
    const error = await failureOf(this.#database, migration, migration.file?.sql ?? '');
    if (error) this.failure = `the history does not run on a scratch database: ${error.message}`;
    else if (isWatched) this.#after = await read(this.#database, true);
  }

  /** Whether a text leads back from the newest migration, and the migration from there to where it led before. */
  async undoes(down: string): Promise<boolean> {
    return (await this.#whyNot(down)) === undefined;
  }

  /** The way back from the newest migration, made of what it did. */
  async makeDown(breakpoints: boolean): Promise<Down> {
    const [before, after] = [this.#before, this.#after];
    if (!before || !after) throw new Error('Nothing was watched.');
    const sql = this.#migration?.file?.sql ?? '';
    const renames = renamesBack(sql);
    const now = renames.length === 0 ? after : await this.#redifferencesText(renames);
    const known = now === undefined ? [] : renames;
    const { text, impossible } = downBetween(before, now ?? after, { sql, renames: known, breakpoints });
    if (text === undefined) return byHand('the migration changes nothing that the schema knows.');
    const reason = await this.#whyNot(text);
    if (reason === undefined) return { text };
    return byHand(`the schema alone does not undo it. ${[...impossible, reason].join(' ')}`);
  }

  /** As the database is once its renames are taken back; undefined where they cannot be. */
  async #redifferencesText(renames: readonly string[]): Promise<Catalog | undefined> {
    const copy = await this.scratch.create({ from: this.#database });
    try {
      const error = await failureOf(copy, this.#migration, renames.map((text) => `${text};`).join('\n'));
      return error ? undefined : await read(copy, true);
    } finally {
      await copy.drop();
    }
  }

  async #whyNot(down: string): Promise<string | undefined> {
    const [before, after, migration] = [this.#before, this.#after, this.#migration];
    if (!before || !after || !migration) throw new Error('Nothing was watched.');
    const copy = await this.scratch.create({ from: this.#database });
    try {
      const failed = await failureOf(copy, migration, down);
      if (failed) return `On a scratch database it fails: ${failed.message}`;
      const left = compareCatalogs(before, await read(copy));
      if (left.length > 0) return `It does not lead back to the schema before: ${differencesText(left)}.`;
      const again = await failureOf(copy, migration, migration.file?.sql ?? '');
      if (again) return `The migration does not run again behind it: ${again.message}`;
      const changed = compareCatalogs(after, await read(copy));
      return changed.length > 0
        ? `Applied again behind it, the migration leads elsewhere: ${differencesText(changed)}.`
        : undefined;
    } finally {
      await copy.drop();
    }
  }
}

/** For comparing; what needs what takes as long again to read. */
function read({ session, roles }: ScratchDatabase, dependencies = false): Promise<Catalog> {
  return readCatalog(session, { roles, dependencies, comments: true, grants: true });
}

async function failureOf(
  database: ScratchDatabase,
  migration: Migration | undefined,
  sql: string,
): Promise<MigratorError | undefined> {
  try {
    await database.run({ tag: migration?.tag ?? '', path: migration?.path ?? '', sql });
    return undefined;
  } catch (error) {
    if (error instanceof MigratorError && error.code === 'statement-failed') return error;
    throw error;
  }
}

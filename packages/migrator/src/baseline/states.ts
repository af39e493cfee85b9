import type { CatalogDifference } from '../catalog/index.js';
import { type Catalog, type CatalogOptions, compareCatalogs, hashCatalog, readCatalog } from '../catalog/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { ScratchDatabase, ScratchMigration } from '../scratch/index.js';
import { withoutExtensionsOfServer } from './left-out.js';

/** What a history has made after one of its migrations, beside what the database holds. */
export interface ComparedState {
  /** Of the migration; -1 before the first one. */
  readonly position: number;
  readonly tag: string;
  /** Seen from the database. */
  readonly differences: readonly CatalogDifference[];
  /** Extensions of the database that no migration makes. */
  readonly extensions: readonly string[];
  /** Digest of the catalog: two states with the same one cannot be told apart. */
  readonly hash: string;
}

export interface StatesOptions {
  readonly migrations: readonly (ScratchMigration & { readonly position: number })[];
  /** Positions of the migrations after which to compare; -1: before the first one. */
  readonly candidates: ReadonlySet<number>;
  readonly catalog: CatalogOptions;
  /** Reads the database; `roles` are those that the migrations have made so far. */
  readonly readLive: (roles: readonly string[]) => Promise<Catalog>;
}

export interface States {
  readonly compared: readonly ComparedState[];
  /** The migration that does not run on a new database. Nothing after it was compared. */
  readonly failed?: { readonly tag: string; readonly error: MigratorError };
}

/** Runs a history on scratch, and compares what it makes, after each candidate, with what the database holds. */
export async function compareStates(database: ScratchDatabase, options: StatesOptions): Promise<States> {
  const { migrations, candidates, catalog } = options;
  const compared: ComparedState[] = [];
  let live: { readonly roles: string; readonly catalog: Catalog } | undefined;
  const look = async (position: number, tag: string) => {
    const { roles } = database;
    if (live?.roles !== roles.join('\n')) live = { roles: roles.join('\n'), catalog: await options.readLive(roles) };
    const made = await readCatalog(database.session, { ...catalog, roles });
    const differences = withoutExtensionsOfServer(compareCatalogs(made, live.catalog));
    compared.push({ position, tag, ...differences, hash: hashCatalog(made) });
  };
  if (candidates.has(-1)) await look(-1, '');
  for (const migration of migrations) {
    try {
      await database.run(migration);
    } catch (error) {
      if (error instanceof MigratorError && error.code === 'statement-failed')
        return { compared, failed: { tag: migration.tag, error } };
      throw error;
    }
    if (candidates.has(migration.position)) await look(migration.position, migration.tag);
  }
  return { compared };
}

/** The newest state that equals the database; else the newest of those that come closest. */
export function bestState(compared: readonly ComparedState[]): ComparedState | undefined {
  // That the database has nothing of the history is worth saying only if it has nothing at all.
  const worth = compared.filter(({ position, differences }) => position >= 0 || differences.length === 0);
  const fewest = Math.min(...worth.map(({ differences }) => differences.length));
  return worth.findLast(({ differences }) => differences.length === fewest);
}

/** Tags of the migrations at the end that change nothing which a catalog shows, such as rows: nobody can see whether they ran. */
export function invisible(compared: readonly ComparedState[], chosen: ComparedState): string[] {
  const upTo = compared.filter(({ position }) => position <= chosen.position);
  const first = upTo.findLastIndex(({ hash }) => hash !== chosen.hash) + 1;
  return upTo.slice(first + 1).map(({ tag }) => tag);
}

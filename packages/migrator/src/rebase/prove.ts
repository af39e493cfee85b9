import { type Catalog, type CatalogDifference, compareCatalogs, readCatalog } from '../catalog/index.js';
import type { Finding } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { parkedPatterns } from '../recoverable/index.js';
import type { Scratch, ScratchDatabase, ScratchMigration } from '../scratch/index.js';
import { readDirectives } from '../sql/directives.js';
import { parseStatements } from '../sql/parse.js';
import { differencesText } from '../verify/index.js';
import type { EnumOrders } from './draft.js';

export interface ProofInput {
  readonly common: readonly ScratchMigration[];
  readonly theirs: readonly ScratchMigration[];
  readonly mine: readonly (ScratchMigration & { readonly down?: ScratchMigration | undefined })[];
  readonly trashSchema: string | undefined;
}

export type ProofOutcome =
  /** `findings`: ways back that do not lead back. `orders`: the values of enums after each of `mine`. */
  | { readonly same: true; readonly orders: readonly EnumOrders[]; readonly findings: readonly Finding[] }
  | { readonly same: false; readonly failed?: FailedOrder; readonly differences: readonly CatalogDifference[] };

/** An order that cannot be run at all. */
export interface FailedOrder {
  /** Whose migrations came last, and failed. */
  readonly side: 'mine' | 'theirs';
  readonly tag: string;
  readonly error: MigratorError;
}

/**
 * Runs theirs and then mine on one scratch database, mine and then theirs on another, and compares what they hold: nobody knows
 * in which order a database gets them. Then mine go down and up again. Throws `refused` where the
 * history does not even run without the other branch.
 */
export async function proveRebase(scratch: Scratch, input: ProofInput): Promise<ProofOutcome> {
  const read = (database: ScratchDatabase) =>
    readCatalog(database.session, { roles: database.roles, ignore: parkedPatterns(input.trashSchema) });
  const usual = await scratch.create();
  for (const migration of input.common) await needed(usual, migration);
  const other = await scratch.create({ from: usual });
  for (const migration of input.theirs) await needed(usual, migration);
  const catalogs = [await read(usual)];
  for (const migration of input.mine) {
    const error = await failureOf(usual, migration);
    if (error) return { same: false, failed: { side: 'mine', tag: migration.tag, error }, differences: [] };
    catalogs.push(await read(usual));
  }
  for (const migration of input.mine) await needed(other, migration);
  for (const migration of input.theirs) {
    const error = await failureOf(other, migration);
    if (error) return { same: false, failed: { side: 'theirs', tag: migration.tag, error }, differences: [] };
  }
  const differences = compareCatalogs(catalogs.at(-1) as Catalog, await read(other));
  if (differences.length > 0) return { same: false, differences };
  const finding = await waysBack(usual, input.mine, catalogs, read);
  return { same: true, orders: catalogs.slice(1).map(enumOrders), findings: finding ? [finding] : [] };
}

/** Undoes what can be undone, newest first, and does it again. `catalogs[n]`: what there was before the migration `n`. */
async function waysBack(
  database: ScratchDatabase,
  migrations: ProofInput['mine'],
  catalogs: readonly Catalog[],
  read: (database: ScratchDatabase) => Promise<Catalog>,
): Promise<Finding | undefined> {
  const start = migrations.findLastIndex(({ down }) => !isTwoWay(down)) + 1;
  for (const [index, { tag, down }] of [...migrations.entries()].slice(start).reverse()) {
    if (!down) continue;
    const about = { severity: 'error', tag, at: { file: down.path } } as const;
    const failed = await failureOf(database, down);
    if (failed)
      return {
        ...about,
        code: 'down-fails',
        message: `Upon the changes of the other branch, the way back of \`${tag}\` does not run: ${failed.message}`,
        fix: `Correct ${down.path}, then run \`migrator rebase\` again.`,
      };
    const left = compareCatalogs(catalogs[index] as Catalog, await read(database));
    if (left.length > 0)
      return {
        ...about,
        code: 'down-differs',
        message: `Upon the changes of the other branch, up and down of \`${tag}\` do not end where they began: ${differencesText(left)}.`,
        fix: `Correct ${down.path}: after it, the schema must be what it was before the migration. Then run \`migrator rebase\` again.`,
      };
  }
  for (const [index, migration] of [...migrations.entries()].slice(start)) {
    const failed = await failureOf(database, migration);
    const changed = failed ? [] : compareCatalogs(catalogs[index + 1] as Catalog, await read(database));
    if (!failed && changed.length === 0) continue;
    const path = migration.down?.path ?? migration.path;
    return {
      code: 'up-again-differs',
      severity: 'error',
      tag: migration.tag,
      at: { file: path },
      message: `After up and down, \`${migration.tag}\` does not run up as it did before: ${failed?.message ?? differencesText(changed)}`,
      fix: `Let ${path} undo everything that the migration does. Then run \`migrator rebase\` again.`,
    };
  }
  return undefined;
}

function isTwoWay(down: ScratchMigration | undefined): boolean {
  return (
    down !== undefined && readDirectives(down.sql).irreversible === undefined && parseStatements(down.sql)?.length !== 0
  );
}

async function failureOf(database: ScratchDatabase, migration: ScratchMigration): Promise<MigratorError | undefined> {
  try {
    await database.run(migration);
    return undefined;
  } catch (error) {
    if (error instanceof MigratorError && error.code === 'statement-failed') return error;
    throw error;
  }
}

async function needed(database: ScratchDatabase, migration: ScratchMigration): Promise<void> {
  const error = await failureOf(database, migration);
  if (!error) return;
  throw new MigratorError('refused', {
    message: `\`${migration.tag}\` does not run on a new database, so that nothing can be proven: ${error.message}`,
    ...(error.where && { where: error.where }),
    ...(error.detail && { detail: error.detail }),
    state: 'Nothing was changed.',
    fix: `Correct ${migration.path}; if it needs what a usual server does not have, name one that has it: \`--scratch-url\`.`,
    cause: error,
  });
}

/** By `schema.name`, as snapshots have it. */
function enumOrders(catalog: Catalog): EnumOrders {
  return new Map(
    [...catalog.values()].flatMap((object) =>
      object.kind === 'enum' ? [[object.name, object.facts.values] as const] : [],
    ),
  );
}

import {
  type Catalog,
  type CatalogDifference,
  compareCatalogs,
  readCatalog,
  topDifferences,
} from '../catalog/index.js';
import { type CompatibilityChange, compatibilityChanges } from '../compatibility/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import { parkedPatterns } from '../recoverable/index.js';
import type { Scratch, ScratchDatabase } from '../scratch/index.js';
import { diffSnapshots } from './diff.js';
import { EMPTY_SNAPSHOT, type Snapshot } from './snapshot.js';

export interface ProofStep {
  readonly tag: string;
  readonly up: string;
  /** Undefined where there is none: then only the way up is tried. */
  readonly down: string | undefined;
}

export interface Proof {
  /** The schema that the first step starts from, and that which the last one must lead to. */
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly steps: readonly ProofStep[];
  readonly trashSchema: string | undefined;
}

/**
 * Runs migrations up, down and up again, and compares what the database holds with what the snapshots mean each time. The
 * world of the snapshots is enough for that: what custom SQL made besides is the same before and after. Resolves to what each step
 * breaks for the release before it. Throws `generate-unproven`. Needs `loadParser`.
 */
export async function prove(
  scratch: Scratch,
  proof: Proof,
  prelude: readonly string[] = [],
): Promise<readonly (readonly CompatibilityChange[])[]> {
  // Both are kept to the end: the scratch server must know which of them has which roles.
  const [meant, database] = [await scratch.create(), await scratch.create()];
  try {
    await build(meant, proof.after, prelude);
    const target = await read(meant, proof);
    await build(database, proof.before, prelude);
    return await goThrough(database, target, proof);
  } finally {
    await meant.drop();
    await database.drop();
  }
}

async function goThrough(
  database: ScratchDatabase,
  target: Catalog,
  proof: Proof,
): Promise<readonly (readonly CompatibilityChange[])[]> {
  const catalogs = [await read(database, proof)];
  for (const { tag, up } of proof.steps) {
    await attempt(database, up, `${tag}.sql`);
    catalogs.push(await read(database, proof));
  }
  assertSame(target, catalogs.at(-1) as Catalog, 'After the migration the database is not what the schema means.');
  const breaks = proof.steps.map((_, index) =>
    compatibilityChanges(catalogs[index] as Catalog, catalogs[index + 1] as Catalog).filter(
      ({ effect }) => effect === 'breaks',
    ),
  );
  if (proof.steps.some(({ down }) => down === undefined)) return breaks;
  for (const [index, { tag, down }] of [...proof.steps.entries()].reverse()) {
    await attempt(database, down ?? '', `${tag}.down.sql`);
    assertSame(
      catalogs[index] as Catalog,
      await read(database, proof),
      `Rolling back \`${tag}\` does not lead back to the schema before it.`,
    );
  }
  for (const { tag, up } of proof.steps) await attempt(database, up, `${tag}.sql`);
  assertSame(
    target,
    await read(database, proof),
    'Applied again after a rollback, it does not lead to the same schema.',
  );
  return breaks;
}

/** Makes what a snapshot means in a database that is empty but for the prelude, and for `made`. Throws `generate-unproven`. */
export async function build(
  database: ScratchDatabase,
  snapshot: Snapshot,
  prelude: readonly string[],
  made: Snapshot = EMPTY_SNAPSHOT,
): Promise<void> {
  for (const sql of prelude) await database.run(sql).catch(() => {});
  const statements = diffSnapshots(made, snapshot).map(({ sql }) => sql);
  if (statements.length > 0) await attempt(database, statements, 'the schema itself');
}

function read(database: ScratchDatabase, { trashSchema }: Pick<Proof, 'trashSchema'>): Promise<Catalog> {
  return readCatalog(database.session, { roles: database.roles, ignore: parkedPatterns(trashSchema) });
}

async function attempt(database: ScratchDatabase, sql: string | readonly string[], path: string): Promise<void> {
  try {
    await database.run(typeof sql === 'string' ? { tag: path, path, sql } : sql);
  } catch (cause) {
    if (!(cause instanceof MigratorError)) throw cause;
    throw new MigratorError('generate-unproven', {
      message: `On a scratch database, ${path} fails: ${cause.message}`,
      ...(cause.where && { where: cause.where }),
      ...(cause.detail && { detail: cause.detail }),
      state: 'Nothing was written.',
      fix: 'If the schema needs an extension, or objects that lie elsewhere, name a server that has them: `--scratch-url`. Else correct the schema.',
      cause,
    });
  }
}

function assertSame(expected: Catalog, actual: Catalog, message: string): void {
  const differences = compareCatalogs(expected, actual);
  if (differences.length === 0) return;
  throw new MigratorError('generate-unproven', {
    message,
    detail: topDifferences(differences).map(describe).join('\n'),
    state: 'Nothing was written.',
    fix: 'Try `--plain`; and please report it, for it is a fault of migrator.',
    data: { differences },
  });
}

function describe({ kind, name, change, expected, actual }: CatalogDifference): string {
  const texts = change === 'changed' ? `\n    expected ${expected}\n    but has  ${actual}` : `: ${expected ?? actual}`;
  return `- ${kind} ${name} is ${change}${texts}`;
}

/**
 * Runs one migration of a history up, down and up again, from what the snapshot before it means. Whatever the migration does,
 * its down must lead back. Throws `generate-unproven`.
 */
export async function proveDown(
  scratch: Scratch,
  {
    before,
    tag,
    up,
    down,
  }: { readonly before: Snapshot; readonly tag: string; readonly up: string; readonly down: string },
  prelude: readonly string[],
): Promise<void> {
  const database = await scratch.create();
  const plain = { trashSchema: undefined };
  try {
    await build(database, before, prelude);
    const start = await read(database, plain);
    await attempt(database, up, `${tag}.sql`);
    const end = await read(database, plain);
    await attempt(database, down, `${tag}.down.sql`);
    assertSame(
      start,
      await read(database, plain),
      `Rolling back \`${tag}\` does not lead back to the schema before it.`,
    );
    await attempt(database, up, `${tag}.sql`);
    assertSame(
      end,
      await read(database, plain),
      'Applied again after a rollback, it does not lead to the same schema.',
    );
  } finally {
    await database.drop();
  }
}

import { type Catalog, type CatalogDifference, compareCatalogs } from '../catalog/index.js';
import type { Finding } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { Scratch, ScratchDatabase, ScratchMigration } from '../scratch/index.js';

export interface PendingOptions {
  /** What the applied migrations make; `database` holds it. */
  readonly expected: Catalog;
  readonly live: Catalog;
  /** What has drifted. */
  readonly open: readonly CatalogDifference[];
  readonly pending: readonly ScratchMigration[];
  readonly read: (database: ScratchDatabase) => Promise<Catalog>;
}

/**
 * Drift that is really a migration without its row: somebody ran its SQL by hand, or wrote it down afterwards (`--adopt`). Runs the
 * pending migrations on a copy of the scratch database, each from what those before it have made, until one is not there.
 */
export async function pendingFindings(
  scratch: Scratch,
  database: ScratchDatabase,
  { expected, live, open, pending, read }: PendingOptions,
): Promise<readonly Finding[]> {
  if (open.length === 0 || pending.length === 0) return [];
  const drifted = new Set(open.map(({ key }) => key));
  const copy = await scratch.create({ from: database });
  const findings: Finding[] = [];
  try {
    let before = expected;
    for (const migration of pending) {
      await copy.run(migration);
      const after = await read(copy);
      const made = compareCatalogs(before, after);
      before = after;
      if (made.length === 0) continue;
      const isThere = made.every(({ key }) => live.get(key)?.text === after.get(key)?.text);
      if (!isThere || !made.some(({ key }) => drifted.has(key))) break;
      findings.push(alreadyThere(migration));
    }
  } catch (error) {
    // One that does not run is told by `check`; it is no reason not to tell the drift.
    if (!(error instanceof MigratorError && error.code === 'statement-failed')) throw error;
  } finally {
    await copy.drop();
  }
  return findings;
}

function alreadyThere({ tag, path }: ScratchMigration): Finding {
  return {
    code: 'drift-pending',
    severity: 'warning',
    tag,
    at: { file: path },
    message: `The database has all that \`${tag}\` makes, and no row of it: to the tracking table it is pending.`,
    consequence: `\`migrator migrate\` would run it a second time, and Postgres refuses what is there already. What it makes shows as drift, and the SQL that mends would take it away.`,
    fix: `If its SQL was run by hand, or the migration adopts what was there, run \`migrator repair --mark-applied ${tag}\`.`,
  };
}

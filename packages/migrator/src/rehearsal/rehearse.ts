import type { ScratchDatabase, ScratchMigration } from '../scratch/index.js';
import type { Rehearsal, RehearsedStatement } from './types.js';
import { type UnheldStatement, Watch } from './watch.js';

/**
 * Runs a migration on a scratch database, in the transactions that it will run in, and tells what each statement does to the
 * relations there. Nobody else may use the database meanwhile. Throws `statement-failed`.
 */
export async function rehearse(
  database: ScratchDatabase,
  migration: ScratchMigration,
  serverVersion: number,
): Promise<Rehearsal> {
  const watch = new Watch(database, serverVersion);
  try {
    const started = performance.now();
    await database.run(migration, watch);
    const durationMs = performance.now() - started;
    const { tag, path } = migration;
    return { tag, path, serverVersion, durationMs, statements: withHeld(watch.statements) };
  } finally {
    await watch.close();
  }
}

/** Held from the statement's start to the end of its transaction. */
function withHeld(statements: readonly UnheldStatement[]): RehearsedStatement[] {
  return statements.map((statement, at) => ({
    ...statement,
    heldMs: statements
      .slice(at)
      .filter(({ transaction }) => transaction === statement.transaction)
      .reduce((sum, { durationMs }) => sum + durationMs, 0),
  }));
}

import { createDatabase } from '../backup/create-database.js';
import {
  compareCounts,
  compareLoaded,
  type LoadableBackup,
  LoadError,
  loadBackup,
  readLoadable,
  rolesOf,
  subscriptionsOf,
} from '../backup/load.js';
import { dropSubscriptions } from '../backup/swap-in.js';
import type { CheckedBackup, OnBackupEvent } from '../backup/types.js';
import { TOOL } from '../backup/write.js';
import type { CatalogDifference } from '../catalog/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import { type ScratchDatabase, withScratch } from '../scratch/index.js';
import { quoteIdent } from '../sql/quote.js';

export interface ProveOptions {
  readonly scratchUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: OnBackupEvent;
}

/** Restores a backup to a scratch database and compares. Throws `backup-unproven`, which says what did not come out the same. */
export async function proveBackup(backup: CheckedBackup, { scratchUrl, signal, onEvent }: ProveOptions): Promise<void> {
  const loadable = await readLoadable(backup);
  const onProgress = (text: string) => onEvent({ type: 'phase', text: text.replace(/\.$/, '') });
  await withScratch({ url: scratchUrl, signal, onProgress, large: true }, async (scratch) => {
    const { made: database } = await createDatabase(scratch.serverVersion, backup.manifest.database, (clauses) =>
      scratch.create({ clauses }),
    );
    const session = await database.connect();
    try {
      const owners = await provideRoles(database, loadable, scratchUrl === undefined);
      try {
        await loadBackup(session, loadable, { owners, signal, onEvent });
      } catch (error) {
        if (!(error instanceof LoadError) || signal?.aborted) throw error;
        throw doesNotLoad(backup, error, scratchUrl === undefined);
      }
      onEvent({ type: 'phase', text: 'comparing' });
      const differences = refusing(await compareLoaded(session, backup, owners), backup, scratch.serverVersion);
      const counts = await compareCounts(session, backup);
      if (differences.length + counts.length > 0) throw isDifferent(backup, differences, counts);
    } finally {
      // Otherwise the scratch database could not be dropped. What went wrong before is what matters.
      if (subscriptionsOf(loadable).length > 0) await dropSubscriptions(session).catch(() => {});
      await session.close();
    }
  });
}

/** On a server of our own, stand-ins for the roles; on somebody else's, none: then owners are left out, unless all are there. */
async function provideRoles(
  { session }: ScratchDatabase,
  loadable: LoadableBackup,
  ownServer: boolean,
): Promise<boolean> {
  const rows = await session.rows<{ name: string }>('select rolname as name from pg_roles');
  const there = new Set(rows.map(({ name }) => name));
  const missing = rolesOf(loadable, true).filter((name) => !there.has(name));
  if (!ownServer) return missing.length === 0;
  // Event triggers and foreign servers want a superuser for their owner.
  if (missing.length > 0)
    await session.run(missing.map((name) => `create role ${quoteIdent(name)} superuser nologin`).join(';\n'));
  return true;
}

/**
 * Another version of Postgres prints definitions otherwise, and another release of ours reads more of a catalog: there, only
 * what is lacking is told, and what is too much of a kind that was read.
 */
export function refusing(
  differences: readonly CatalogDifference[],
  { manifest, catalog }: Pick<CheckedBackup, 'manifest' | 'catalog'>,
  major: number,
): readonly CatalogDifference[] {
  if (manifest.server.major === major && manifest.tool === TOOL) return differences;
  const kinds = new Set([...catalog.values()].map(({ kind }) => kind));
  return differences.filter(
    ({ change, kind }) =>
      change === 'missing' || (change === 'unexpected' && (manifest.tool === TOOL || kinds.has(kind))),
  );
}

export function differenceLines(differences: readonly CatalogDifference[]): readonly string[] {
  const shown = differences.slice(0, 20).map(({ change, key, expected, actual }) => {
    const texts = change === 'changed' ? `: ${oneLine(expected)} → ${oneLine(actual)}` : '';
    return `- ${change} ${key}${texts}`;
  });
  return differences.length > shown.length ? [...shown, `- and ${differences.length - shown.length} more`] : shown;
}

function oneLine(text = ''): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

const NOT_GOOD = 'It is not called good, so there is no backup of it; the database was only read.';

function doesNotLoad({ path }: CheckedBackup, error: LoadError, ownServer: boolean): MigratorError {
  return new MigratorError('backup-unproven', {
    message: `The backup could not be restored to a scratch database: ${error.place}: ${error.message}`,
    where: path,
    state: NOT_GOOD,
    fix: ownServer
      ? 'Where it lacks an extension or a library, give a server that has it with `--scratch-url`; or leave `--verify` out.'
      : 'Correct what the message names on the scratch server, or leave `--verify` out.',
    cause: error,
  });
}

function isDifferent(
  { path }: CheckedBackup,
  differences: readonly CatalogDifference[],
  counts: readonly string[],
): MigratorError {
  return new MigratorError('backup-unproven', {
    message: 'The backup was restored to a scratch database, and that is not what was dumped.',
    where: path,
    detail: [...differenceLines(differences), ...counts.map((line) => `- ${line}`)].join('\n'),
    state: NOT_GOOD,
    fix: 'Run it again with another pg_dump (`--pg-dump`), and please report it with the lines above.',
    data: { differences, counts },
  });
}

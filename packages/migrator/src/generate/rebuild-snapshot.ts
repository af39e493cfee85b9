import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Catalog, type CatalogKind, compareCatalogs, readCatalog } from '../catalog/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { Scratch, ScratchDatabase, ScratchMigration } from '../scratch/index.js';
import { differencesText } from '../verify/index.js';
import { preludeOf, schemasIn } from './custom.js';
import { diffSnapshots } from './diff.js';
import { snapshotText } from './draft.js';
import { EMPTY_SNAPSHOT, parseSnapshot, type Snapshot } from './snapshot.js';

/** A snapshot that is likely to mean what the files make; `name` says whose it is: `the schema files`. */
export interface Candidate {
  readonly name: string;
  readonly snapshot: Snapshot;
}

export type Rebuilt =
  | { readonly text: string; readonly from: string; readonly id: string }
  /** Why there is none. */
  | { readonly failure: string };

/** What a snapshot can say of a database. */
const KINDS: ReadonlySet<CatalogKind> = new Set([
  'schema',
  'table',
  'column',
  'constraint',
  'index',
  'view',
  'materialized-view',
  'sequence',
  'enum',
  'policy',
]);

/**
 * The snapshot of what a history makes. Candidates come first, because they are drizzle's own words for the schema; else scratch is
 * read by the project's own drizzle-kit. Whichever is taken was built on an empty database, and gave the catalog that the files give.
 */
export async function rebuildSnapshot(
  scratch: Scratch,
  history: readonly ScratchMigration[],
  {
    candidates,
    prevId,
    root,
  }: { readonly candidates: readonly Candidate[]; readonly prevId: string; readonly root: string },
): Promise<Rebuilt> {
  const replayed = await scratch.create();
  try {
    try {
      await replayed.replay(history);
    } catch (error) {
      if (!(error instanceof MigratorError)) throw error;
      return { failure: `the files do not run on a new database: ${error.message}` };
    }
    const wanted = await read(replayed);
    let why = '';
    for (const { name, snapshot } of [...candidates, ...introspected(replayed, root, wanted)]) {
      const difference = await differenceOf(scratch, snapshot, wanted, history);
      if (difference === undefined) {
        const id = randomUUID();
        return { text: snapshotText({ ...snapshot, id, prevId }), from: name, id };
      }
      why = difference;
    }
    return {
      failure: why === '' ? 'drizzle-kit could not read what the files make' : `no snapshot can say it: ${why}`,
    };
  } finally {
    await replayed.drop();
  }
}

/** Undefined: the snapshot means exactly that. */
async function differenceOf(
  scratch: Scratch,
  snapshot: Snapshot,
  wanted: Catalog,
  history: readonly ScratchMigration[],
): Promise<string | undefined> {
  const database = await scratch.create();
  const prelude = preludeOf(
    history.map(({ sql }) => sql),
    schemasIn(snapshot),
  );
  try {
    for (const sql of prelude) await database.run(sql).catch(() => {});
    const statements = diffSnapshots(EMPTY_SNAPSHOT, snapshot).map(({ sql }) => sql);
    if (statements.length > 0) await database.run(statements);
    const differences = compareCatalogs(wanted, await read(database));
    return differences.length === 0 ? undefined : differencesText(differences);
  } catch (error) {
    if (!(error instanceof MigratorError)) throw error;
    return error.message;
  } finally {
    await database.drop();
  }
}

async function read({ session, roles }: ScratchDatabase): Promise<Catalog> {
  const catalog = await readCatalog(session, { roles });
  return new Map([...catalog].filter(([, { kind }]) => KINDS.has(kind)));
}

/** As `drizzle-kit pull` reads it; nothing where it cannot. */
function introspected({ url }: ScratchDatabase, root: string, catalog: Catalog): Candidate[] {
  const folder = mkdtempSync(join(tmpdir(), 'migrator-pull-'));
  try {
    const bin = join(dirname(createRequire(join(root, 'package.json')).resolve('drizzle-kit')), 'bin.cjs');
    const config = join(folder, 'drizzle.config.json');
    // In a file: a command line is visible to others, and the URL has a password.
    const schemaFilter = [...new Set(['public', ...[...catalog.values()].map(({ schema }) => schema)])].filter(Boolean);
    writeFileSync(config, JSON.stringify({ dialect: 'postgresql', out: folder, dbCredentials: { url }, schemaFilter }));
    spawnSync(process.execPath, [bin, 'pull', '--config', config], { cwd: root, timeout: 60_000, stdio: 'ignore' });
    const path = join(folder, 'meta', '0000_snapshot.json');
    return [
      {
        name: 'a scratch database, as drizzle-kit reads it',
        snapshot: parseSnapshot(readFileSync(path, 'utf8'), path),
      },
    ];
  } catch {
    return [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

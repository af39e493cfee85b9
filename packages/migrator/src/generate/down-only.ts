import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Migration } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { assertJournalLayout } from '../folder/journal-layout.js';
import { readFolder } from '../folder/read-folder.js';
import { writeFileAtomically } from '../folder/write-file.js';
import { type Scratch, withScratch } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';
import { emptyDown, preludeOf, schemasIn } from './custom.js';
import { diffSnapshots } from './diff.js';
import { fileText } from './file-text.js';
import type { GenerateProject } from './generate.js';
import { snapshotAfter } from './history.js';
import { BACK } from './operations.js';
import { proveDown } from './prove.js';
import { inverted } from './renames.js';
import { renamesBetween } from './renames-between.js';
import { EMPTY_SNAPSHOT, type Snapshot } from './snapshot.js';

const DOWNS_INSTEAD = 'Write the way back into `down.sql` beside the `migration.sql`; `migrator check` tries it.';

export interface FillDownsOptions {
  readonly dryRun?: boolean | undefined;
  readonly scratchUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

export interface FilledDown {
  readonly tag: string;
  /** Relative to the project's `relativeTo`. */
  readonly path: string;
  readonly text: string;
  /** Why it has to be filled in by hand; absent where it was made and tried. */
  readonly reason?: string;
}

export interface FillDownsResult {
  readonly downs: readonly FilledDown[];
  readonly written: boolean;
}

/** See `generateDowns`. Throws `refused` where a migration's file is missing. */
export async function fillDowns(project: GenerateProject, options: FillDownsOptions): Promise<FillDownsResult> {
  const { migrationsFolder: directory, relativeTo } = project;
  const folder = readFolder(directory, { relativeTo, now: Date.now(), snapshots: false });
  assertJournalLayout(folder, 'migrator generate --down-only', DOWNS_INSTEAD);
  const errors = folder.findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new MigratorError('refused', {
      message: 'The migrations have faults.',
      state: 'Nothing was written.',
      fix: errors[0]?.fix ?? '',
      findings: errors,
    });
  }
  const pathOf = ({ tag }: Migration) => join(directory, `${tag}.down.sql`);
  const lacking = folder.migrations.filter((migration) => !existsSync(pathOf(migration)));
  if (lacking.length === 0) return { downs: [], written: false };
  await loadParser();
  const downs = await withScratch(
    { url: options.scratchUrl, signal: options.signal, onProgress: options.onProgress },
    async (scratch) => {
      const made: FilledDown[] = [];
      for (const migration of lacking) {
        options.signal?.throwIfAborted();
        const before = folder.migrations.slice(0, migration.position);
        const previous = before.findLast((earlier) => snapshotAfter(earlier, directory, relativeTo) !== undefined);
        const prev = previous ? snapshotAfter(previous, directory, relativeTo) : EMPTY_SNAPSHOT;
        const history = before.flatMap(({ file }) => file?.sql ?? []);
        const down = await makeDown(
          scratch,
          migration,
          prev ?? EMPTY_SNAPSHOT,
          snapshotAfter(migration, directory, relativeTo),
          { project, history },
        );
        made.push({ tag: migration.tag, path: relative(relativeTo, pathOf(migration)), ...down });
      }
      return made;
    },
  );
  if (!options.dryRun) for (const { tag, text } of downs) writeFileAtomically(join(directory, `${tag}.down.sql`), text);
  return { downs, written: !options.dryRun };
}

async function makeDown(
  scratch: Scratch,
  { tag, file }: Migration,
  before: Snapshot,
  after: Snapshot | undefined,
  { project, history }: { readonly project: GenerateProject; readonly history: readonly string[] },
): Promise<{ text: string; reason?: string }> {
  const byHand = (reason: string) => ({ text: emptyDown(reason), reason });
  if (!after) return byHand('the migration has no snapshot, so that what it changes is not known.');
  const sql = file?.sql ?? '';
  const renames = renamesBetween(before, after, sql);
  const operations = diffSnapshots(after, before, inverted(renames), BACK);
  const gone = diffSnapshots(before, after, renames).flatMap(({ loses }) => loses ?? []);
  if (operations.length === 0) return byHand('the migration changes nothing that the schema knows.');
  const down = fileText(operations, {
    direction: 'down',
    breakpoints: project.generate.breakpoints,
    noTransaction: false,
    recoverable: false,
    gone,
  });
  try {
    await proveDown(scratch, { before, tag, up: sql, down }, []).catch(async (error: unknown) => {
      const prelude = preludeOf(history, schemasIn(before, after));
      if (prelude.length === 0) throw error;
      await proveDown(scratch, { before, tag, up: sql, down }, prelude);
    });
    return { text: down };
  } catch (error) {
    if (!(error instanceof MigratorError) || error.code !== 'generate-unproven') throw error;
    return byHand(
      `the schema alone does not undo it. ${error.message}${error.detail ? ` ${error.detail.split('\n')[0]}` : ''}`,
    );
  }
}

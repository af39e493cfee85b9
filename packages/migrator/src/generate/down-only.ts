import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Migration } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { assertJournalLayout } from '../folder/journal-layout.js';
import { readFolder } from '../folder/read-folder.js';
import { writeFileAtomically } from '../folder/write-file.js';
import { type Scratch, withScratch } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';
import { preludeOf, schemasIn } from './custom.js';
import { diffSnapshots } from './diff.js';
import { fileText } from './file-text.js';
import type { GenerateProject } from './generate.js';
import { snapshotAfter } from './history.js';
import { BACK } from './operations.js';
import { proveDown } from './prove.js';
import { inverted } from './renames.js';
import { renamesBetween } from './renames-between.js';
import { byHand, type Down, Replay } from './replay-downs.js';
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
  const last = lacking.at(-1)?.position ?? 0;
  const downs = await withScratch(
    { url: options.scratchUrl, signal: options.signal, onProgress: options.onProgress },
    async (scratch) => {
      const made: FilledDown[] = [];
      const replay = new Replay(scratch, await scratch.create());
      for (const migration of folder.migrations.slice(0, last + 1)) {
        options.signal?.throwIfAborted();
        const isLacking = lacking.includes(migration);
        await replay.advance(migration, isLacking);
        if (!isLacking) continue;
        const down = await makeDown(replay, migration, { project, migrations: folder.migrations });
        made.push({ tag: migration.tag, path: relative(relativeTo, pathOf(migration)), ...down });
        if (made.length % 20 === 0) options.onProgress?.(`${made.length} of ${lacking.length} ways back made.`);
      }
      return made;
    },
  );
  if (!options.dryRun) for (const { tag, text } of downs) writeFileAtomically(join(directory, `${tag}.down.sql`), text);
  return { downs, written: !options.dryRun };
}

interface History {
  readonly project: GenerateProject;
  readonly migrations: readonly Migration[];
}

/** By the snapshots, as `generate` writes it; where that does not undo the migration, by what it did to a database. */
async function makeDown(replay: Replay, migration: Migration, history: History): Promise<Down> {
  const { breakpoints } = history.project.generate;
  const drafted = draftDown(migration, history);
  if (replay.failure === undefined) {
    if (drafted && (await replay.undoes(drafted.text))) return { text: drafted.text };
    return replay.makeDown(breakpoints);
  }
  if (!drafted) return byHand(`the migration has no snapshot that tells what it changes, and ${replay.failure}`);
  const reason = await proveAlone(replay.scratch, migration, drafted, history);
  return reason === undefined ? { text: drafted.text } : byHand(reason);
}

interface DraftedDown {
  readonly text: string;
  readonly before: Snapshot;
  readonly after: Snapshot;
}

function draftDown(
  { position, file }: Migration,
  { project: { generate, migrationsFolder, relativeTo }, migrations }: History,
): DraftedDown | undefined {
  const snapshotOf = (migration: Migration) => snapshotAfter(migration, migrationsFolder, relativeTo);
  const after = snapshotOf(migrations[position] as Migration);
  if (!after) return undefined;
  const previous = migrations.slice(0, position).findLast((earlier) => snapshotOf(earlier) !== undefined);
  const before = (previous && snapshotOf(previous)) ?? EMPTY_SNAPSHOT;
  const renames = renamesBetween(before, after, file?.sql ?? '');
  const operations = diffSnapshots(after, before, inverted(renames), BACK);
  if (operations.length === 0) return undefined;
  const text = fileText(operations, {
    direction: 'down',
    breakpoints: generate.breakpoints,
    noTransaction: false,
    recoverable: false,
    gone: diffSnapshots(before, after, renames).flatMap(({ loses }) => loses ?? []),
  });
  return { text, before, after };
}

/** For a history that cannot be replayed: from what the snapshot before it means. Gives why it is not proven. */
async function proveAlone(
  scratch: Scratch,
  { tag, position, file }: Migration,
  { text, before, after }: DraftedDown,
  { migrations }: History,
): Promise<string | undefined> {
  const trip = { before, tag, up: file?.sql ?? '', down: text };
  try {
    await proveDown(scratch, trip, []).catch(async (error: unknown) => {
      const earlier = migrations.slice(0, position).flatMap((migration) => migration.file?.sql ?? []);
      const prelude = preludeOf(earlier, schemasIn(before, after));
      if (prelude.length === 0) throw error;
      await proveDown(scratch, trip, prelude);
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof MigratorError) || error.code !== 'generate-unproven') throw error;
    const [detail = ''] = (error.detail ?? '').split('\n');
    return `the schema alone does not undo it. ${error.message} ${detail}`.trim();
  }
}

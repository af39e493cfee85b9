import type { Phase } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { type FillDownsResult, fillDowns } from '../generate/down-only.js';
import { type GenerateProject, type GenerateResult, generateMigrations, pendingChanges } from '../generate/generate.js';
import type { RenameQuestion } from '../generate/resolve-renames.js';

export type { FillDownsResult, GenerateProject, GenerateResult, RenameQuestion };

export interface GenerateOptions {
  /** In snake_case, and saying what the migration does. */
  readonly name?: string | undefined;
  /** Asked where there is no name, with a suggestion made of the changes. */
  readonly askName?: ((suggestion: string) => Promise<string>) | undefined;
  /** What was renamed, as `old=new`: `songs=tracks`, `songs.title=songs.name`. */
  readonly renames?: readonly string[] | undefined;
  /** Nothing but what `renames` says was renamed. */
  readonly noRenames?: boolean | undefined;
  /** Asked whether something new is something gone; gives the name of that, or undefined. Without it, doubt is an error. */
  readonly askRename?: ((question: RenameQuestion) => Promise<string | undefined>) | undefined;
  /** Statements that may block or destroy, as drizzle-kit writes them. */
  readonly plain?: boolean | undefined;
  /** An empty pair of files. */
  readonly custom?: boolean | undefined;
  /** Written at the top of the migration as `-- migrator: phase=contract`, or `expand`. */
  readonly phase?: Phase | undefined;
  /** Write nothing. */
  readonly dryRun?: boolean | undefined;
  /** Server for scratch databases. Default: a temporary embedded one. */
  readonly scratchUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with a sentence for each slow step. */
  readonly onProgress?: ((message: string) => void) | undefined;
}

/**
 * Compares the schema with the newest snapshot and writes what leads from one to the other, and back: up and down SQL,
 * snapshot, journal. Everything was run up, down and up again on a scratch database before a file is written. Throws
 * `refused`, `snapshot-unusable`, `schema-failed`, `unclear-rename`, `vague-name` or `generate-unproven`; nothing is written then.
 */
export function generate(project: GenerateProject, options: GenerateOptions = {}): Promise<GenerateResult> {
  const made = generateMigrations(project, {
    name: options.name,
    askName: options.askName,
    renames: { given: options.renames ?? [], none: options.noRenames === true, ask: options.askRename },
    plain: options.plain === true,
    custom: options.custom === true,
    phase: options.phase,
    dryRun: options.dryRun === true,
    scratchUrl: options.scratchUrl,
    trash: project.trashSchema,
    signal: options.signal,
    onProgress: options.onProgress,
  });
  return made.catch((error: unknown) => {
    throw writingNothing(error, options.signal);
  });
}

/** A signal speaks of migrations that may be applied; here nothing can be. */
function writingNothing(error: unknown, signal: AbortSignal | undefined): unknown {
  if (error !== signal?.reason || !(error instanceof MigratorError)) return error;
  const { code, message } = error;
  return new MigratorError(code, {
    message,
    state: 'Nothing was written.',
    fix: 'Run `migrator generate` again.',
    cause: error,
  });
}

/** The statements that lead from the migrations to the schema; none where they agree. Reads files only. */
export function checkGenerated(project: GenerateProject): Promise<readonly string[]> {
  return pendingChanges(project);
}

/** Writes the down files that a history lacks, each tried on a scratch database. What cannot be made is left to be filled in. */
export function generateDowns(
  project: GenerateProject,
  options: Pick<GenerateOptions, 'dryRun' | 'scratchUrl' | 'signal' | 'onProgress'> = {},
): Promise<FillDownsResult> {
  return fillDowns(project, options).catch((error: unknown) => {
    throw writingNothing(error, options.signal);
  });
}

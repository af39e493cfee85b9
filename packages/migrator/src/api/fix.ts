import { join, relative } from 'node:path';
import { type CatalogDifference, compareCatalogs, readCatalog, topDifferences } from '../catalog/index.js';
import { downPathOf } from '../core/down-path.js';
import type { Migration } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { applyEdits } from '../folder/edits.js';
import { readFolder } from '../folder/read-folder.js';
import type { GenerateProject } from '../generate/generate.js';
import { commitOf, defaultBranches, gitAt } from '../git/git.js';
import { fixText, type LintFinding } from '../lint/index.js';
import { type Scratch, type ScratchDatabase, withScratch } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';
import { addedSince } from './check.js';
import { type LintOptions, lintFolder } from './lint.js';
import type { Project } from './project.js';
import { status } from './status.js';

export interface FixOptions {
  /** A git revision: what its journal lists is taken as applied. */
  readonly since?: string | undefined;
  /** A database: what it has is applied. */
  readonly database?: Project['database'] | undefined;
  readonly lint?: LintOptions | undefined;
  readonly scratchUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** A file that was written anew, or that was left with the reason. */
export interface FixedFile {
  readonly tag: string;
  readonly path: string;
  readonly before: string;
  /** Undefined where it was left. */
  readonly after?: string;
  readonly fixed: readonly LintFinding[];
  readonly refused?: string;
}

export interface FixReport {
  /** Only files with something to mend. */
  readonly files: readonly FixedFile[];
  /** Migrations with something to mend that may be applied somewhere: they are left. */
  readonly applied: readonly string[];
}

/**
 * Writes the safe forms of what the lint has found into migrations that nobody has applied, as far as can be known: by `since`, by a database, else by
 * what the default branch in git has. Each file is proven first on scratch: it and the old one must lead to the same catalog, and so must its way
 * back. A file that cannot be proven is left. Throws `wrong-usage` where nothing tells what is applied.
 */
export async function fixMigrations(
  project: GenerateProject & Partial<Project>,
  options: FixOptions = {},
): Promise<FixReport> {
  const folder = readFolder(project.migrationsFolder, {
    relativeTo: project.relativeTo,
    now: Date.now(),
    snapshots: false,
    downs: true,
  });
  await loadParser();
  const open = await openTags(project, folder, options);
  const findings = lintFolder(folder, project.relativeTo, () => true, options.lint).filter(
    ({ rewrite, severity }) => rewrite && severity !== 'info',
  );
  const tags = [...new Set(findings.map(({ tag }) => tag))].sort();
  const files: FixedFile[] = [];
  const wanted = folder.migrations.filter(({ tag, file }) => file && open.has(tag) && tags.includes(tag));
  const applied = tags.filter((tag) => !open.has(tag));
  if (wanted.length === 0) return { files, applied };
  const { scratchUrl: url, signal, onProgress } = options;
  await withScratch({ url, signal, onProgress }, async (scratch) => {
    // What an earlier file becomes does not matter to a later one: they lead to the same catalog.
    for (const migration of wanted) {
      const before = folder.migrations.slice(0, migration.position);
      const own = findings
        .filter(({ tag }) => tag === migration.tag)
        .sort((a, b) => (a.statement ?? 0) - (b.statement ?? 0));
      files.push(await fixFile(scratch, migration, before, own));
    }
  });
  applyEdits(
    folder.directory,
    files.flatMap(({ path, after }) =>
      after === undefined
        ? []
        : [
            {
              path: relative(folder.directory, join(project.relativeTo, path)),
              text: after,
              reason: 'in its safe form',
            },
          ],
    ),
  );
  return { files, applied };
}

/** The migrations that nobody has applied. */
async function openTags(
  project: GenerateProject & Partial<Project>,
  folder: ReturnType<typeof readFolder>,
  { since, database, signal }: FixOptions,
): Promise<ReadonlySet<string>> {
  const sets: string[][] = [];
  if (since !== undefined) sets.push(addedSince(project, folder, since).map(({ tag }) => tag));
  if (database !== undefined) {
    const { comparison } = await status({ ...project, database }, { signal });
    sets.push(
      comparison.statuses
        .filter(({ state, halfApplied }) => (state === 'pending' || state === 'out-of-order') && !halfApplied)
        .map(({ migration }) => migration.tag),
    );
  }
  if (sets.length === 0) {
    const git = gitAt(folder.directory);
    const branches = git && defaultBranches(git);
    const refs = branches?.refs.filter((ref) => git && commitOf(git, ref)) ?? [];
    for (const ref of refs) sets.push(addedSince(project, folder, ref).map(({ tag }) => tag));
  }
  const [first, ...others] = sets;
  if (first) return new Set(first.filter((tag) => others.every((tags) => tags.includes(tag))));
  throw new MigratorError('wrong-usage', {
    message: 'Nothing tells which migrations are applied somewhere, and those must not be rewritten.',
    where: folder.directory,
    state: 'Nothing was written.',
    fix: 'Name a revision whose migrations are applied, `--since origin/main`, or a database, `--url`.',
  });
}

async function fixFile(
  scratch: Scratch,
  migration: Migration,
  before: readonly Migration[],
  findings: readonly LintFinding[],
): Promise<FixedFile> {
  const { tag, path, file } = migration;
  const sql = file?.sql ?? '';
  const result = fixText(sql, findings);
  const about = { tag, path, before: sql };
  if ('refused' in result) return { ...about, fixed: [], refused: result.refused };
  const refused = await disproof(scratch, migration, before, result.sql);
  return refused === undefined
    ? { ...about, after: result.sql, fixed: result.fixed }
    : { ...about, fixed: [], refused };
}

/** Why the new text does not do what the old one does; undefined if it does. */
async function disproof(
  scratch: Scratch,
  migration: Migration,
  before: readonly Migration[],
  sql: string,
): Promise<string | undefined> {
  const base = await scratch.create();
  try {
    await base.replay(before.flatMap(({ tag, path, file }) => (file ? [{ tag, path, sql: file.sql }] : [])));
    const old = await outcome(scratch, base, migration, migration.file?.sql ?? '');
    const next = await outcome(scratch, base, migration, sql);
    return next.failure ?? firstDifference(old.up, next.up, 'up') ?? firstDifference(old.down, next.down, 'down');
  } catch (error) {
    if (error instanceof MigratorError) return `it cannot be tried: ${error.message}`;
    throw error;
  } finally {
    await base.drop();
  }
}

type ReadCatalog = Awaited<ReturnType<typeof readCatalog>>;

interface Outcome {
  readonly up?: ReadCatalog;
  readonly down?: ReadCatalog;
  /** Of the way up; or of the way back, which the old text is asked about first. */
  readonly failure?: string;
}

async function outcome(
  scratch: Scratch,
  base: ScratchDatabase,
  { tag, path, down, name }: Migration,
  sql: string,
): Promise<Outcome> {
  const database = await scratch.create({ from: base });
  const read = () => readCatalog(database.session, { roles: database.roles });
  try {
    await database.run({ tag, path, sql });
    const up = await read();
    if (!down || down.irreversible !== undefined) return { up };
    await database.run({ tag, path: downPathOf({ path, ...(name !== undefined && { name }) }), sql: down.sql });
    return { up, down: await read() };
  } catch (error) {
    if (error instanceof MigratorError) return { failure: `on a scratch database it fails: ${error.message}` };
    throw error;
  } finally {
    await database.drop();
  }
}

function firstDifference(
  old: ReadCatalog | undefined,
  next: ReadCatalog | undefined,
  way: 'up' | 'down',
): string | undefined {
  if (!old || !next) return old === next ? undefined : 'the file itself cannot be applied on a scratch database';
  const [first] = topDifferences(compareCatalogs(old, next));
  return first && `after the way ${way} the catalog would differ: ${describe(first)}`;
}

function describe({ kind, name, change }: CatalogDifference): string {
  return `${kind} ${name} is ${change}`;
}

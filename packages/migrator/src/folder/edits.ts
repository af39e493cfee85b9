import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { MigratorError } from '../errors/migrator-error.js';

/** A change of one file of a migrations folder, as plain data: it can be shown before it is done. */
export interface FileEdit {
  /** Relative to the migrations folder, with `/`. */
  readonly path: string;
  /** What the file is to hold; null removes it. */
  readonly text: string | null;
  /** Why, for people: `adopts 0003_plays.sql`. */
  readonly reason: string;
}

export const JOURNAL_PATH = 'meta/_journal.json';

/**
 * Does all of it or nothing. Every text is written beside its place first; then all are renamed, `meta/_journal.json` last, so
 * that no reader finds an entry without its file; then files are removed. When a step fails, what was there before is put back.
 * Gives the paths in the order of the work. Throws `folder-unwritable`.
 */
export function applyEdits(directory: string, edits: readonly FileEdit[]): string[] {
  return applyUndoably(directory, edits).paths;
}

/** The same around work that belongs to it: if `use` fails, the files are again what they were. */
export async function withEdits<T>(directory: string, edits: readonly FileEdit[], use: () => Promise<T>): Promise<T> {
  const { undo } = applyUndoably(directory, edits);
  try {
    return await use();
  } catch (error) {
    undo();
    throw error;
  }
}

function applyUndoably(
  directory: string,
  edits: readonly FileEdit[],
): { readonly paths: string[]; readonly undo: () => string[] } {
  const steps = ordered(edits);
  const before = new Map<string, Buffer | undefined>();
  const staged: string[] = [];
  const made: string[] = [];
  const undo = () => {
    for (const path of made.filter(Boolean)) quietly(() => rmSync(path, { recursive: true, force: true }));
    return restore(directory, before);
  };
  try {
    for (const { path } of steps) before.set(path, readIfThere(join(directory, path)));
    for (const { path, text } of steps) {
      if (text === null) continue;
      const place = join(directory, path);
      made.push(mkdirSync(dirname(place), { recursive: true }) ?? '');
      staged.push(temporaryOf(place));
      writeFileSync(temporaryOf(place), text);
    }
    for (const { path, text } of steps) {
      const place = join(directory, path);
      if (text === null) rmSync(place, { force: true });
      else renameSync(temporaryOf(place), place);
    }
    return { paths: steps.map(({ path }) => path), undo };
  } catch (cause) {
    const left = undo();
    throw new MigratorError('folder-unwritable', {
      message: `The migrations cannot be written: ${messageOf(cause)}`,
      where: directory,
      state:
        left.length === 0
          ? 'Nothing was changed.'
          : `These could not be put back, and are to be restored from version control: ${left.join(', ')}.`,
      fix: 'Check that `out` in drizzle.config.ts names a folder that you may write to, and that the disk has room.',
      cause,
    });
  } finally {
    for (const path of staged) quietly(() => rmSync(path, { force: true }));
  }
}

/** One line for each edit: `write drizzle/0003_plays.sql (adopts it)`. `shown` gives a path as people know it. */
export function describeEdits(edits: readonly FileEdit[], shown: (path: string) => string): string[] {
  return ordered(edits).map(
    ({ path, text, reason }) => `${text === null ? 'remove' : 'write'} ${shown(path)} (${reason})`,
  );
}

function ordered(edits: readonly FileEdit[]): FileEdit[] {
  const paths = new Set<string>();
  for (const { path } of edits) {
    // A plan that names a file twice, or one outside, was made wrongly.
    if (paths.has(path) || path.startsWith('/') || normalize(path).startsWith('..'))
      throw new Error(`Not a plan of edits: ${path}`);
    paths.add(path);
  }
  const rank = ({ path, text }: FileEdit) => {
    // Where case does not count, removing the old spelling afterwards would remove the new file.
    if (text === null) return respelled(path, edits) ? 0 : 3;
    return path === JOURNAL_PATH ? 2 : 1;
  };
  return edits.toSorted((a, b) => rank(a) - rank(b));
}

function respelled(path: string, edits: readonly FileEdit[]): boolean {
  return edits.some((edit) => edit.text !== null && edit.path.toLowerCase() === path.toLowerCase());
}

/** Gives the paths that it could not put back. */
function restore(directory: string, before: ReadonlyMap<string, Buffer | undefined>): string[] {
  return [...before].reverse().flatMap(([path, bytes]) => {
    const place = join(directory, path);
    try {
      if (bytes === undefined) rmSync(place, { force: true });
      else if (!readIfThere(place)?.equals(bytes)) {
        writeFileSync(temporaryOf(place), bytes);
        renameSync(temporaryOf(place), place);
      }
      return [];
    } catch {
      return [path];
    }
  });
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function temporaryOf(path: string): string {
  return `${path}.${process.pid}.tmp`;
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // What went wrong first is what is told.
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Git } from './git.js';
import { splitMarks } from './marks.js';

/** A folder as it is on disk, in a commit, or on one side of a conflict. Paths are relative to it, with `/`. */
export interface Tree {
  readonly paths: ReadonlySet<string>;
  read(path: string): string | undefined;
}

/** The folder on disk. Of files with conflict marks one side is taken, if that is asked for. */
export function diskTree(directory: string, side?: 'upper' | 'lower'): Tree {
  const paths = new Set(filesIn(directory));
  return {
    paths,
    read: (path) => {
      if (!paths.has(path)) return undefined;
      const text = readFileSync(join(directory, path), 'utf8');
      return side === undefined ? text : (splitMarks(text)?.[side] ?? text);
    },
  };
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name).slice(join(directory, sep).length).replaceAll(sep, '/'));
  } catch {
    return [];
  }
}

/** The folder as a commit has it: its SQL is read at once, snapshots, which are large, when they are asked for. */
export function commitTree(git: Git, commit: string): Tree {
  const listed = git.run(['ls-tree', '-r', '-z', '--name-only', commit, '--', '.']).out;
  const paths = new Set(listed.split('\0').filter(Boolean));
  const object = (path: string) => `${commit}:./${path}`;
  let texts: ReadonlyMap<string, string | undefined> | undefined;
  return {
    paths,
    read: remembering((path) => {
      if (!paths.has(path)) return undefined;
      if (!path.endsWith('.sql') || /\n/.test(path)) return show(git, object(path));
      const small = [...paths].filter((other) => other.endsWith('.sql') && !/\n/.test(other));
      texts ??= new Map(git.readAll(small.map(object)).map((text, index) => [small[index] ?? '', text]));
      return texts.get(path);
    }),
  };
}

/** One side of a conflict, where no commit tells it: `git merge --squash`, `git stash pop`. */
export function stageTree(git: Git, stage: 2 | 3, disk: Tree): Tree {
  const unmerged = unmergedPaths(git);
  const own = new Set([...unmerged].flatMap(([path, stages]) => (stages.has(stage) ? [path] : [])));
  const paths = new Set([...disk.paths].filter((path) => !unmerged.has(path)).concat(...own));
  return {
    paths,
    read: remembering((path) =>
      own.has(path) ? show(git, `:${stage}:./${path}`) : paths.has(path) ? disk.read(path) : undefined,
    ),
  };
}

/** Files with a conflict that is not resolved yet, with the stages that the index holds of them. */
export function unmergedPaths(git: Git): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>();
  for (const line of git.run(['ls-files', '-u', '-z', '--', '.']).out.split('\0')) {
    const [, stage, path] = /^\d+ [0-9a-f]+ (\d)\t(.*)$/s.exec(line) ?? [];
    if (stage !== undefined && path !== undefined)
      found.set(path, (found.get(path) ?? new Set<number>()).add(Number(stage)));
  }
  return found;
}

function show(git: Git, object: string): string | undefined {
  const { ok, out } = git.run(['cat-file', 'blob', object]);
  return ok ? out : undefined;
}

function remembering(read: (path: string) => string | undefined): (path: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (path) => {
    if (!known.has(path)) known.set(path, read(path));
    return known.get(path);
  };
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { MigratorError } from '../errors/migrator-error.js';
import { commitOf, gitAt } from '../git/git.js';
import { commitTree } from '../git/trees.js';
import type { Project } from './project.js';

/** Runs `use` with the migrations as a git revision has them, without checking it out. Throws `wrong-usage` where git does not know it. */
export async function withRevision<P extends Pick<Project, 'migrationsFolder' | 'relativeTo'>, T>(
  project: P,
  revision: string,
  use: (project: P & { readonly relativeTo: string }) => Promise<T>,
  options: { readonly snapshots?: boolean } = {},
): Promise<T> {
  const directory = resolve(project.migrationsFolder);
  const git = gitAt(directory);
  const commit = git && commitOf(git, revision);
  if (!git || commit === undefined) {
    throw new MigratorError('wrong-usage', {
      message: git ? `git knows no revision \`${revision}\` here.` : 'This folder is in no git repository.',
      where: directory,
      fix: git ? 'Fetch it, and name it as git does: `feature`, `origin/main`.' : 'Leave the revision out.',
    });
  }
  const top = mkdtempSync(join(tmpdir(), 'migrator-revision-'));
  try {
    // The same path below the folder that paths are told from: messages name the files as they are in the project.
    const place = relative(project.relativeTo ?? process.cwd(), directory);
    const folder = place.startsWith('..') ? join(top, 'migrations') : join(top, place);
    const tree = commitTree(git, commit);
    for (const path of tree.paths) {
      if (!options.snapshots && path.endsWith('_snapshot.json')) continue;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), tree.read(path) ?? '');
    }
    return await use({ ...project, migrationsFolder: folder, relativeTo: top });
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

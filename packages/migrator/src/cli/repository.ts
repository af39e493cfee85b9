import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/** Path of a folder within its repository, with a slash at its end; empty at the root, and where there is no repository. */
export function pathInRepository(cwd: string, env: NodeJS.ProcessEnv): string {
  const root = env.GITHUB_WORKSPACE ?? rootAbove(cwd);
  if (root === undefined) return '';
  const path = relative(root, cwd);
  return path === '' || path.startsWith('..') ? '' : `${path.split(sep).join('/')}/`;
}

function rootAbove(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : rootAbove(parent);
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { commitOf, gitAt } from '../git/git.js';
import { bumpIn, type ChangesetPlace } from './suggest.js';

/** Settings of `migrator.changeset`. */
export interface ChangesetSettings {
  /** The package that holds the migrations. */
  readonly package: string;
  /** Absolute. Default: the nearest `.changeset` at or above the config. */
  readonly folder?: string | undefined;
}

/** The changesets that name the package and that `revision` does not have as they are. */
export function readChangesets(
  settings: ChangesetSettings,
  { root, relativeTo, revision }: { readonly root: string; readonly relativeTo: string; readonly revision: string },
): ChangesetPlace {
  const folder = settings.folder ?? nearest(root) ?? join(root, '.changeset');
  const shown = (path: string) => relative(relativeTo, path).replaceAll('\\', '/');
  const place = { package: settings.package, folder: shown(folder) };
  if (!existsSync(folder)) return { ...place, written: [] };
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .sort();
  const git = gitAt(folder);
  const commit = git && commitOf(git, revision);
  const before = git && commit ? git.readAll(names.map((name) => `${commit}:./${name}`)) : [];
  const written = names.flatMap((name, index) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const bump = before[index] === text ? undefined : bumpIn(text, settings.package);
    return bump === undefined ? [] : [{ path: shown(join(folder, name)), bump }];
  });
  return { ...place, written, taken: names };
}

function nearest(folder: string): string | undefined {
  const here = join(folder, '.changeset');
  if (existsSync(here)) return here;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearest(parent);
}

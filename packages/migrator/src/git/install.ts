import { existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Git } from './git.js';

/** A setting of a repository that the merge driver needs. */
export interface InstallStep {
  /** For people: `.gitattributes: drizzle/meta/_journal.json merge=migrator`. */
  readonly what: string;
  readonly change:
    | { readonly kind: 'file'; readonly path: string; readonly text: string }
    | { readonly kind: 'config'; readonly name: string; readonly value: string };
}

/** Top folder of the working tree. */
export function topOf(git: Git): string {
  return git.run(['rev-parse', '--show-toplevel']).out.trim();
}

/**
 * What is missing for git to merge the journal of a folder with our driver; empty where all is there. `root` is where migrator is
 * installed, for git starts drivers at the top of the working tree; `command` starts it from there.
 */
export function missingSteps(git: Git, folder: string, root: string, command: string): InstallStep[] {
  const top = topOf(git);
  const place = (path: string) => relative(top, path).replaceAll(sep, '/');
  const attributes = join(top, '.gitattributes');
  const line = `${place(join(folder, 'meta', '_journal.json'))} merge=migrator`;
  const old = existsSync(attributes) ? readFileSync(attributes, 'utf8') : '';
  const file: InstallStep[] = old.split(/\r?\n/).includes(line)
    ? []
    : [
        {
          what: `.gitattributes: ${line}`,
          change: {
            kind: 'file',
            path: attributes,
            text: `${old}${old === '' || old.endsWith('\n') ? '' : '\n'}${line}\n`,
          },
        },
      ];
  const home = quoted(place(root) || '.');
  const settings = {
    'merge.migrator.name': 'migrations of two branches',
    'merge.migrator.driver': `top=$(pwd); cd ${home} && ${command} git merge-driver "$top/%O" "$top/%A" "$top/%B"`,
  };
  const config = Object.entries(settings).flatMap(([name, value]): InstallStep[] =>
    git.run(['config', '--local', '--get', name]).out.replace(/\n$/, '') === value
      ? []
      : [{ what: `git config ${name}: ${value}`, change: { kind: 'config', name, value } }],
  );
  return [...file, ...config];
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

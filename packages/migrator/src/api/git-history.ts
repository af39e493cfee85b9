import { spawnSync } from 'node:child_process';
import { parseLoosely } from '../folder/loose-journal.js';

/** What git knows of a migrations folder; nothing where there is no git, or no repository. */

/** The last text of a file that is gone, on any branch. `name` is relative to the folder. */
export function lastText(directory: string, name: string): string | undefined {
  const commits = git(directory, 'log', '--all', '--format=%H', '-2', '--', `./${name}`)?.trim().split('\n') ?? [];
  for (const commit of commits.filter(Boolean)) {
    const text = git(directory, 'show', `${commit}:./${name}`) ?? git(directory, 'show', `${commit}^:./${name}`);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** `when` by tag, as the journal of the last commit has it. */
export function stampsAtHead(directory: string): Map<string, number> {
  const text = git(directory, 'show', 'HEAD:./meta/_journal.json');
  const entries = (text === undefined ? undefined : parseLoosely(text))?.entries ?? [];
  return new Map(
    entries.flatMap(({ tag, when }) => (typeof tag === 'string' && typeof when === 'number' ? [[tag, when]] : [])),
  );
}

function git(directory: string, ...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', ['-C', directory, ...args], { encoding: 'utf8', maxBuffer: 1e9 });
  return status === 0 ? stdout : undefined;
}

import { spawnSync } from 'node:child_process';
import { parseLoosely } from '../folder/loose-journal.js';

/** What git knows of a migrations folder; nothing where there is no git, or no repository. */

/** The texts that a file which is gone has had, on any branch; newest first. `name` is relative to the folder. */
export function formerTexts(directory: string, name: string): string[] {
  const log = git(directory, 'log', '--all', '--format=%H', `-${MOST_COMMITS}`, '--', `./${name}`) ?? '';
  const texts = log
    .split('\n')
    .filter(Boolean)
    .flatMap((commit) => {
      const text = git(directory, 'show', `${commit}:./${name}`) ?? git(directory, 'show', `${commit}^:./${name}`);
      return text === undefined ? [] : [text];
    });
  return [...new Set(texts)];
}

/** Each is a call of git, and a migration is rarely changed at all. */
const MOST_COMMITS = 20;

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

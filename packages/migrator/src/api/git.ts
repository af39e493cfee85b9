import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MigratorError } from '../errors/migrator-error.js';
import { type JournalEntry, parseJournal } from '../folder/journal.js';
import { mergeJournals } from '../folder/merge-journals.js';
import { writeFileAtomically } from '../folder/write-file.js';
import { type Git, gitAt } from '../git/git.js';
import { missingSteps } from '../git/install.js';

export const DEFAULT_COMMAND = 'npx --no-install migrator';

/**
 * Lets git merge `meta/_journal.json` with our driver: a line in `.gitattributes`, for all, and two settings of this clone. Changes
 * only what is missing, and gives it, told for people. Throws `wrong-usage` outside of a git repository.
 */
export function installGit(
  { root, migrationsFolder }: { readonly root: string; readonly migrationsFolder: string },
  command: string = DEFAULT_COMMAND,
): readonly string[] {
  const git = repositoryAt(root);
  return missingSteps(git, migrationsFolder, root, command).map(({ what, change }) => {
    if (change.kind === 'file') writeFileAtomically(change.path, change.text);
    else if (!git.run(['config', '--local', change.name, change.value]).ok) throw notWritten(root, change.name);
    return what;
  });
}

/**
 * A merge driver, as git calls it: merges the journals `ours` and `theirs`, and writes the result to `ours`. Where they cannot be
 * merged, it writes marks, as git would. Gives whether it is solved.
 */
export function mergeDriver(base: string, ours: string, theirs: string): boolean {
  try {
    const [before, mine, other] = [base, ours, theirs].map(entriesOf) as [
      JournalEntry[],
      JournalEntry[],
      JournalEntry[],
    ];
    const entries = mergeJournals(before, mine, other);
    if (entries) {
      // Git takes what it finds there, even of a driver that was killed.
      writeFileAtomically(ours, JSON.stringify({ version: '7', dialect: 'postgresql', entries }, null, 2));
      return true;
    }
  } catch (error) {
    // What cannot be read as a journal is merged as the text that it is.
    if (!(error instanceof MigratorError)) throw error;
  }
  repositoryAt(dirname(ours)).run(['merge-file', '-L', 'ours', '-L', 'base', '-L', 'theirs', ours, base, theirs]);
  return false;
}

/** Git gives an empty file for what one side does not have. Throws `journal-malformed` for what would be lost in writing it anew. */
function entriesOf(path: string): readonly JournalEntry[] {
  const text = readFileSync(path, 'utf8');
  if (text.trim() === '') return [];
  const { entries, invalid, version } = parseJournal(text, path);
  if (invalid.length === 0 && version === '7') return entries;
  throw new MigratorError('journal-malformed', { message: 'The journal has entries that name no file.', where: path });
}

function repositoryAt(directory: string): Git {
  const git = gitAt(directory);
  if (git) return git;
  throw new MigratorError('wrong-usage', {
    message: 'This folder is in no git repository, or git is not installed.',
    where: directory,
    fix: 'Run it in a working copy.',
  });
}

function notWritten(root: string, name: string): MigratorError {
  return new MigratorError('wrong-usage', {
    message: `git could not write its setting \`${name}\`.`,
    where: root,
    fix: 'Check that you may write to `.git/config`.',
  });
}

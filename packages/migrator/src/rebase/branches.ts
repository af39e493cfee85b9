import { MigratorError } from '../errors/migrator-error.js';
import { type JournalEntry, parseJournal } from '../folder/journal.js';
import { commitOf, currentBranch, defaultBranches, type Git, isAncestor, mergeBase } from '../git/git.js';
import { splitMarks } from '../git/marks.js';
import { operationInProgress } from '../git/operation.js';
import { commitTree, diskTree, stageTree, type Tree, unmergedPaths } from '../git/trees.js';

const JOURNAL = 'meta/_journal.json';

/** The migrations folder as one of two branches has it. */
export interface Branch {
  /** For people: `origin/main`. */
  readonly label: string;
  readonly tree: Tree;
  readonly entries: readonly JournalEntry[];
}

/** Two branches whose migrations are to come one behind the other. */
export interface Branches {
  /** Keeps its migrations as they are. */
  readonly stays: Branch;
  /** Its own migrations come on top. */
  readonly moves: Branch;
  /** Entries that `moves` has only taken over: those of the commit before. Undefined where that is not known. */
  readonly before: readonly JournalEntry[] | undefined;
}

/**
 * Finds out which two branches meet in a folder: from `onto`, from the merge or rebase that git is in the middle of, from
 * the default branch as far as it is merged, from marks in the journal. Undefined where nothing tells. Throws `wrong-usage`
 * where git does not know `onto`, and what `parseJournal` throws.
 */
export function findBranches(directory: string, git: Git | undefined, onto: string | undefined): Branches | undefined {
  if (!git) {
    if (onto !== undefined) throw noGit(directory, onto);
    return markedBranches(directory);
  }
  const operation = operationInProgress(git);
  if (operation) return branchesOf(git, operation, onto);
  const disk = diskTree(directory);
  if (onto !== undefined) {
    const commit = commitOf(git, onto);
    if (commit === undefined) throw unknownRevision(directory, onto);
    return branchesOnto(git, { label: onto, commit }, disk);
  }
  if (unmergedPaths(git).size > 0) {
    // `git merge --squash` and `git stash pop` leave no commit that could be asked.
    return {
      stays: branch('HEAD', commitTree(git, 'HEAD')),
      moves: branch('the changes that came in', stageTree(git, 3, disk)),
      before: undefined,
    };
  }
  return markedBranches(directory) ?? mergedBranches(git, disk);
}

function branchesOf(
  git: Git,
  { kind, head, incoming }: NonNullable<ReturnType<typeof operationInProgress>>,
  onto: string | undefined,
): Branches {
  const [ours, theirs] = [commitTree(git, head), commitTree(git, incoming)];
  const disk = diskTree(git.directory);
  if (kind !== 'merge') {
    if (onto !== undefined && commitOf(git, onto) !== head) throw operationOnto(kind, onto);
    const parent = commitOf(git, `${incoming}^`);
    return {
      stays: branch(nameOf(git, head) ?? 'HEAD', ours),
      moves: branch(`the commit ${incoming.slice(0, 8)}`, corrected(theirs, disk, ours)),
      before: parent === undefined ? undefined : branch('', commitTree(git, parent)).entries,
    };
  }
  const wanted = onto === undefined ? undefined : commitOf(git, onto);
  if (onto !== undefined && wanted !== head && wanted !== incoming) throw operationOnto(kind, onto);
  // Work is usually merged into the default branch, which others follow; else it is taken from there.
  const branchName = currentBranch(git);
  const headStays = wanted === undefined ? branchName === defaultBranches(git)?.name : wanted === head;
  const base = mergeBase(git, head, incoming);
  const one = branch(branchName ?? 'HEAD', headStays ? ours : corrected(ours, disk, theirs));
  const two = branch(nameOf(git, incoming) ?? 'the merged branch', headStays ? corrected(theirs, disk, ours) : theirs);
  return {
    stays: headStays ? one : two,
    moves: headStays ? two : one,
    before: base === undefined ? undefined : branch('', commitTree(git, base)).entries,
  };
}

/** Files of the moving branch as somebody has corrected them while the conflict is open. */
function corrected(tree: Tree, disk: Tree, stays: Tree): Tree {
  const read = (path: string) => {
    if (path === JOURNAL || stays.paths.has(path) || !tree.paths.has(path)) return tree.read(path);
    const text = disk.read(path);
    return text === undefined || splitMarks(text) ? tree.read(path) : text;
  };
  return { paths: tree.paths, read };
}

function branchesOnto(git: Git, onto: { readonly label: string; readonly commit: string }, disk: Tree): Branches {
  const head = commitOf(git, 'HEAD');
  const base = head === undefined ? undefined : mergeBase(git, head, onto.commit);
  const stays = commitTree(git, onto.commit);
  return {
    stays: branch(onto.label, stays),
    moves: branch('this branch', withoutMarks(disk, stays)),
    before: base === undefined ? undefined : branch('', commitTree(git, base)).entries,
  };
}

/** Marks that somebody has committed, or left in a snapshot: what is not of the branch that stays is of this one. */
function withoutMarks(disk: Tree, stays: Tree): Tree {
  return {
    paths: disk.paths,
    read: (path) => {
      const text = disk.read(path);
      const sides = text === undefined ? undefined : splitMarks(text);
      if (!sides) return text;
      return sides.upper === stays.read(path) ? sides.lower : sides.upper;
    },
  };
}

/** What was merged of the default branch; on the default branch itself, what its remote has, or had before a merge. */
function mergedBranches(git: Git, disk: Tree): Branches | undefined {
  const head = commitOf(git, 'HEAD');
  const main = defaultBranches(git);
  if (head === undefined || !main) return undefined;
  const isMain = currentBranch(git) === main.name;
  const refs = isMain ? main.refs.filter((ref) => ref !== main.name) : main.refs;
  const bases = refs.flatMap((ref) => {
    const commit = mergeBase(git, head, ref);
    return commit === undefined ? [] : [{ label: ref, commit }];
  });
  const newest = bases.reduce<(typeof bases)[number] | undefined>(
    (best, base) => (best && !isAncestor(git, best.commit, base.commit) ? best : base),
    undefined,
  );
  if (newest) return branchesOnto(git, newest, disk);
  const first = commitOf(git, 'HEAD^2') === undefined ? undefined : commitOf(git, 'HEAD^1');
  return first === undefined ? undefined : branchesOnto(git, { label: main.name, commit: first }, disk);
}

/** Without git: what the marks in the journal part. */
function markedBranches(directory: string): Branches | undefined {
  const text = diskTree(directory).read(JOURNAL);
  if (text === undefined || !splitMarks(text)) return undefined;
  return {
    stays: branch(/^>{7} (.+)$/m.exec(text)?.[1]?.trim() ?? 'the merged branch', diskTree(directory, 'lower')),
    moves: branch('this branch', diskTree(directory, 'upper')),
    before: undefined,
  };
}

export function branch(label: string, tree: Tree): Branch {
  const text = tree.read(JOURNAL);
  if (text === undefined) return { label, tree, entries: [] };
  const { entries, invalid } = parseJournal(text, label === '' ? JOURNAL : `${label}:${JOURNAL}`);
  const [first] = invalid;
  if (first) {
    throw new MigratorError('journal-malformed', {
      message: `Entry ${first.position} of the journal has no time, or no tag that names a file of the folder: ${first.text.slice(0, 120)}`,
      where: label === '' ? JOURNAL : `${label}:${JOURNAL}`,
      state: 'Nothing was changed.',
      fix: 'Correct the entry or remove it, on the branch that has it.',
    });
  }
  return { label, tree, entries };
}

/** A branch that stands at a commit, the default branch above all; undefined where none does. */
function nameOf(git: Git, commit: string): string | undefined {
  const places = ['refs/heads', 'refs/remotes'];
  const { out } = git.run(['for-each-ref', '--points-at', commit, '--format=%(refname:short)', ...places]);
  const names = out.split('\n').filter((name) => name !== '' && !/(?:^|\/)HEAD$/.test(name));
  const main = defaultBranches(git)?.refs ?? [];
  return names.find((name) => main.includes(name)) ?? names[0];
}

function noGit(directory: string, onto: string): MigratorError {
  return new MigratorError('wrong-usage', {
    message: `\`--onto ${onto}\` names a git revision, but this folder is in no git repository, or git is not installed.`,
    where: directory,
    fix: 'Leave `--onto` out: the fork is then looked for in the snapshots.',
  });
}

function unknownRevision(directory: string, onto: string): MigratorError {
  return new MigratorError('wrong-usage', {
    message: `git knows no revision \`${onto}\` here.`,
    where: directory,
    fix: 'Fetch it (`git fetch origin main`), and name it as git does: `--onto origin/main`.',
  });
}

function operationOnto(kind: string, onto: string): MigratorError {
  return new MigratorError('wrong-usage', {
    message: `A ${kind} is not finished, and \`--onto ${onto}\` is none of its sides.`,
    fix:
      kind === 'merge'
        ? 'Leave `--onto` out, or name the side whose migrations stay: `HEAD` or `MERGE_HEAD`.'
        : 'Leave `--onto` out.',
  });
}

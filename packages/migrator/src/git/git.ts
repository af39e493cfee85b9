import { spawnSync } from 'node:child_process';

export interface GitAnswer {
  readonly ok: boolean;
  readonly out: string;
}

/** git, run in a folder of a repository. */
export interface Git {
  /** Absolute. */
  readonly directory: string;
  run(args: readonly string[]): GitAnswer;
  /** Many objects (`commit:./path`) at once, each as text; undefined where there is none. */
  readAll(objects: readonly string[]): (string | undefined)[];
}

/** Set by git for its hooks; they name the repository relative to another folder than ours. */
const LOCAL = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_OBJECT_DIRECTORY'];

/** The git of a folder; undefined where the folder is in no repository, or git is not installed. */
export function gitAt(directory: string): Git | undefined {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !LOCAL.includes(name)));
  const spawn = (args: readonly string[], input?: string) =>
    spawnSync('git', ['-C', directory, ...args], {
      env: { ...env, LC_ALL: 'C' },
      maxBuffer: 2 ** 30,
      ...(input !== undefined && { input }),
    });
  const git: Git = {
    directory,
    run: (args) => {
      const { status, stdout } = spawn(args);
      return { ok: status === 0, out: stdout?.toString() ?? '' };
    },
    readAll: (objects) => {
      if (objects.length === 0) return [];
      const { stdout } = spawn(['cat-file', '--batch'], objects.map((object) => `${object}\n`).join(''));
      return objectsIn(stdout ?? Buffer.alloc(0), objects.length);
    },
  };
  return git.run(['rev-parse', '--is-inside-work-tree']).out.trim() === 'true' ? git : undefined;
}

/** Each object comes as `<id> blob <bytes>`, a line end, its bytes, and a line end; what is not there as `<name> missing`. */
function objectsIn(answer: Buffer, count: number): (string | undefined)[] {
  let at = 0;
  return Array.from({ length: count }, () => {
    const end = answer.indexOf('\n', at);
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(answer.toString('utf8', at, end))?.[1];
    at = end + 1;
    if (size === undefined) return undefined;
    const text = answer.toString('utf8', at, at + Number(size));
    at += Number(size) + 1;
    return text;
  });
}

/** The commit that a revision names; undefined if git does not know it. */
export function commitOf(git: Git, revision: string): string | undefined {
  const { ok, out } = git.run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  // Old gits print the option that they do not know.
  return ok ? out.trim().split('\n').at(-1) : undefined;
}

export function mergeBase(git: Git, a: string, b: string): string | undefined {
  const { ok, out } = git.run(['merge-base', a, b]);
  return ok ? out.trim().split('\n')[0] : undefined;
}

export function isAncestor(git: Git, older: string, newer: string): boolean {
  return git.run(['merge-base', '--is-ancestor', older, newer]).ok;
}

/** Undefined where no branch is checked out, as in the middle of a rebase. */
export function currentBranch(git: Git): string | undefined {
  const { ok, out } = git.run(['symbolic-ref', '--quiet', '--short', 'HEAD']);
  return ok ? out.trim() : undefined;
}

/** The branch that all others are merged into, as `origin/main` and as `main`, as far as they exist. */
export function defaultBranches(git: Git): { readonly name: string; readonly refs: readonly string[] } | undefined {
  const remote = git.run(['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD']);
  const named = remote.ok ? [remote.out.trim().replace(/^origin\//, '')] : [];
  for (const name of [...named, 'main', 'master']) {
    const refs = [`refs/remotes/origin/${name}`, `refs/heads/${name}`].filter((ref) => commitOf(git, ref));
    if (refs.length > 0) return { name, refs: refs.map((ref) => ref.replace(/^refs\/(?:remotes|heads)\//, '')) };
  }
  return undefined;
}

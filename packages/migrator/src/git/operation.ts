import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { commitOf, type Git } from './git.js';

/** What git is in the middle of, with the two sides as it has them. */
export interface GitOperation {
  readonly kind: 'merge' | 'rebase' | 'cherry-pick';
  /** The commit that HEAD is on. In a rebase that is the branch that is rebased onto, and what was replayed already. */
  readonly head: string;
  /** The commit that comes in: the merged branch, or the commit that is replayed. */
  readonly incoming: string;
}

/** The merge, rebase or cherry-pick that is not finished; undefined where there is none. */
export function operationInProgress(git: Git): GitOperation | undefined {
  const head = commitOf(git, 'HEAD');
  if (head === undefined) return undefined;
  const kinds = [
    ['MERGE_HEAD', 'merge'],
    ['CHERRY_PICK_HEAD', 'cherry-pick'],
    ['REBASE_HEAD', 'rebase'],
  ] as const;
  // While a rebase replays a commit both heads exist; after it has ended REBASE_HEAD may be left behind.
  const rebasing = isRebasing(git);
  for (const [ref, kind] of kinds) {
    const incoming = commitOf(git, ref);
    if (incoming === undefined || (kind === 'rebase' && !rebasing)) continue;
    return { kind: kind === 'cherry-pick' && rebasing ? 'rebase' : kind, head, incoming };
  }
  return undefined;
}

function isRebasing(git: Git): boolean {
  return ['rebase-merge', 'rebase-apply'].some((name) => {
    const { ok, out } = git.run(['rev-parse', '--git-path', name]);
    return ok && existsSync(resolve(git.directory, out.trim()));
  });
}

import type { FolderDraft } from './draft.js';
import { makes, uses } from './objects.js';
import type { DraftEntry } from './types.js';

/**
 * Two entries that a merge has put the wrong way round: the first uses what only the second makes, and the times say so too. A
 * new database could not be made of them. The first goes behind the second.
 */
export function orderEntries(draft: FolderDraft): void {
  for (let moves = 0; moves < draft.entries.length; moves += 1) {
    const pair = wrongPair(draft);
    if (!pair) return;
    const [user, maker] = pair;
    const others = draft.entries.filter((entry) => entry !== user);
    draft.entries = others.toSpliced(others.indexOf(maker) + 1, 0, user);
    draft.noteJournal(
      'when-not-increasing',
      `Moves ${user.tag} behind ${maker.tag}, which makes what it needs.`,
      user.tag,
    );
  }
}

function wrongPair({ entries, files }: FolderDraft): readonly [DraftEntry, DraftEntry] | undefined {
  // Nearly always the times rise, and nothing has to be read.
  const inverted = entries.flatMap((first, at) =>
    entries.slice(at + 1).flatMap((second) => (first.when > second.when ? [[first, second] as const] : [])),
  );
  if (inverted.length === 0) return undefined;
  const made = new Map(entries.map(({ tag }) => [tag, makes(files.get(tag)?.sql ?? '')]));
  return inverted.find(([first, second]) => {
    const sql = files.get(first.tag)?.sql ?? '';
    const only = (made.get(second.tag) ?? []).filter(
      (name) => ![...made].some(([tag, names]) => tag !== second.tag && names.includes(name)),
    );
    return only.some((name) => uses(sql, name));
  });
}

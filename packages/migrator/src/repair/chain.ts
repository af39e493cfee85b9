import { randomUUID } from 'node:crypto';
import type { SnapshotHead } from '../folder/snapshots.js';
import type { FolderDraft } from './draft.js';

const ORIGIN = '00000000-0000-0000-0000-000000000000';

/** Each snapshot follows the one before it in the journal, under an id of its own. Gives the chain as it will be. */
export function mendChain(draft: FolderDraft): SnapshotHead[] {
  const mine = ownHeads(draft);
  const { heads } = draft.facts;
  const strays = heads.filter((head) => !mine.includes(head));
  for (const { file } of strays) {
    draft.remove(`meta/${file}`, 'belongs to no migration');
    draft.note('snapshot-orphan', `Removes meta/${file}: no migration has its number.`);
  }
  const readable = mine.filter(({ id }) => id !== undefined);
  if (isChain(readable) && strays.length === 0) return [...mine];
  const ids = new Set<string>();
  let before = ORIGIN;
  return mine.map((head) => {
    if (head.id === undefined) return head;
    const isTwin = ids.has(head.id) || head.id === ORIGIN;
    const mended = { ...head, id: isTwin ? randomUUID() : head.id, prevId: before };
    ids.add(mended.id);
    before = mended.id;
    if (mended.id === head.id && mended.prevId === head.prevId) return head;
    const code = isTwin ? 'snapshot-duplicate-id' : 'snapshot-chain-broken';
    const text = relinked(draft.facts.snapshotText(head.file), mended);
    if (text === undefined) return head;
    draft.write(`meta/${head.file}`, text, 'follows the snapshot before it');
    draft.note(
      code,
      `Lets meta/${head.file} follow the snapshot before it${isTwin ? ', under an id of its own' : ''}.`,
    );
    return mended;
  });
}

/** Those of the migrations, in the order of the journal. */
function ownHeads({ entries, facts }: FolderDraft): SnapshotHead[] {
  const prefixes = [...new Set(entries.map(({ tag }) => tag.split('_')[0] ?? ''))];
  return prefixes.flatMap((prefix) => facts.heads.find((head) => head.prefix === prefix) ?? []);
}

/** Without its first part it is one still: nobody needs the states of long ago. */
function isChain(heads: readonly SnapshotHead[]): boolean {
  const ids = new Set(heads.map(({ id }) => id));
  if (ids.size !== heads.length || ids.has(ORIGIN)) return false;
  return heads.every(({ prevId }, at) => prevId === (at === 0 ? ORIGIN : heads[at - 1]?.id));
}

function relinked(text: string, { id, prevId }: SnapshotHead): string | undefined {
  try {
    const json = JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>;
    return JSON.stringify({ id, prevId, ...without(json) }, null, 2);
  } catch {
    return undefined;
  }
}

function without({ id: _, prevId: __, ...rest }: Record<string, unknown>): object {
  return rest;
}

import { compare } from '../plan/compare.js';
import { rowBetween } from './adopt.js';
import { type FolderDraft, isStamp, prefixNumber } from './draft.js';
import { migrationsOf } from './image.js';

const DAY = 86_400_000;

/** A `when` that no row can hold, so that no database has it, is replaced; so is one that the flags name. */
export function stampEntries(draft: FolderDraft): void {
  const { facts, choices } = draft;
  for (const [at, entry] of draft.entries.entries()) {
    const { tag } = entry;
    if (choices.restamp?.includes(tag)) {
      entry.when = draft.later;
      draft.noteJournal('out-of-order', `Stamps ${tag} ${entry.when}, after all others.`, tag);
    } else if (!isStamp(entry.when)) {
      const hash = draft.files.get(tag)?.hash;
      const applied = facts.rows?.find((row) => row.hash === hash)?.createdAt;
      const [before, next] = [draft.entries[at - 1]?.when ?? -Infinity, draft.entries[at + 1]?.when ?? Infinity];
      entry.when = applied ?? facts.stampsInGit.get(tag) ?? rowBetween(draft, before, next) ?? draft.later;
      draft.noteJournal('when-invalid', `Stamps ${tag} ${entry.when}; it had no time that a row can hold.`, tag);
    }
  }
}

/**
 * A time to come hides what is generated until then. It is brought back between its neighbours: to a lower time no database
 * answers by running anything again. Left where a later migration is applied and this one is not.
 */
export function endFuture(draft: FolderDraft): void {
  const { now, rows } = draft.facts;
  const { statuses } = compare(migrationsOf(draft), { tableExists: true, rows: rows ?? [], log: [] });
  const applied = new Set(statuses.flatMap(({ row, migration }) => (row ? [migration.tag] : [])));
  draft.entries.forEach((entry, at) => {
    if (!isStamp(entry.when) || entry.when <= now + DAY) return;
    const rest = draft.entries.slice(at + 1);
    if (!applied.has(entry.tag) && rest.some(({ tag }) => applied.has(tag))) return;
    const before = draft.entries.slice(0, at).map(({ when }) => when);
    const low = Math.max(0, ...before.filter(isStamp)) + 1;
    const next = rest.map(({ when }) => when).filter((when) => isStamp(when) && when <= now);
    const high = next.length > 0 ? Math.min(...next) - 1 : now + DAY;
    if (low > high) return;
    const was = entry.when;
    entry.when = Math.min(high, Math.max(low, next.length > 0 ? low : now));
    draft.noteJournal(
      'when-in-future',
      `Stamps ${entry.tag} ${entry.when} instead of ${was}, which lies in the future.`,
      entry.tag,
    );
  });
}

/** drizzle-kit counts on from the last `idx`: it must be above all numbers that are given, and none may come twice. */
export function numberEntries(draft: FolderDraft): void {
  let last = -1;
  const right = draft.entries.map(({ tag }) => {
    const number = /^\d{4}(?=_)/.test(tag) ? (prefixNumber(tag) ?? 0) : 0;
    last = Math.max(last + 1, number);
    return last;
  });
  const isWrong = draft.entries.some(
    ({ idx }, at) => !Number.isInteger(idx) || (at > 0 && idx <= (draft.entries[at - 1]?.idx ?? 0)),
  );
  const highest = Math.max(
    -1,
    ...draft.entries.map(({ tag }) => (/^\d{4}(?=_)/.test(tag) ? Number(tag.slice(0, 4)) : -1)),
  );
  if (!isWrong && (draft.entries.at(-1)?.idx ?? highest) >= highest) return;
  const hadNone = draft.entries.some(({ idx, position }) => Number.isNaN(idx) && position === undefined);
  draft.entries.forEach((entry, at) => {
    entry.idx = right[at] ?? at;
  });
  draft.noteJournal('idx-mismatch', `Numbers the entries anew${hadNone ? ', the new ones included' : ''}.`);
}

import type { JournalEntry } from '../folder/journal.js';
import { stampsFrom } from '../folder/write-migrations.js';
import { millisecondsIn, tagPrefix } from '../generate/tags.js';

/** A migration with the place that it had and the one that it gets. */
export interface Move {
  readonly from: JournalEntry;
  readonly to: JournalEntry;
}

type PrefixKind = Parameters<typeof tagPrefix>[0];

/** `plays` of `0005_plays`, for a prefix of digits; the whole tag where it has none. */
export function nameIn(tag: string): string {
  return /^\d+_(.+)$/.exec(tag)?.[1] ?? tag;
}

/** What the name of its snapshot starts with. */
export function prefixIn(tag: string): string {
  return tag.split('_')[0] ?? '';
}

/**
 * Numbers and stamps for migrations that come behind others: each number above all before it, each `when` later. What is so
 * already stays, so that databases know it again. Stamps lie in the future only if those of `stays` do. Pure.
 */
export function placeBehind(
  stays: readonly JournalEntry[],
  moving: readonly JournalEntry[],
  { now }: { readonly now: number },
): Move[] {
  const newest = stays.reduce((latest, { when }) => Math.max(latest, when), 0);
  const keepsWhen = isRising([newest, ...moving.map(({ when }) => when)]) && moving.every(({ when }) => when <= now);
  const stamps = recentStamps(moving.length, { newest, now });
  let number = Math.max(...stays.map(({ tag, idx }) => Math.max(numberIn(tag), idx)), -1);
  let lastIdx = stays.at(-1)?.idx ?? -1;
  const taken = new Set(stays.map(({ tag }) => prefixIn(tag)));
  let last =
    stays
      .map(({ tag }) => timeIn(tag))
      .sort()
      .at(-1) ?? '';
  return moving.map((from, index) => {
    const when = keepsWhen ? from.when : (stamps[index] ?? now);
    const kind = kindOf(from.tag);
    const old = prefixIn(from.tag);
    const isNext = kind === 'index' && numberIn(from.tag) > number;
    number = isNext ? numberIn(from.tag) : number + 1;
    const idx = from.idx > lastIdx && (isNext || kind !== 'index') ? from.idx : Math.max(number, lastIdx + 1);
    lastIdx = idx;
    let prefix = kind === 'index' && !isNext ? tagPrefix('index', number, when) : old;
    if (kind === 'timestamp' || kind === 'unix') {
      if (prefix <= last || taken.has(prefix)) {
        // Two of one second would share a snapshot.
        prefix = tagPrefix(kind, idx, Math.max(when, millisecondsIn(last) + 1000));
      }
      if (prefix > last) last = prefix;
    }
    taken.add(prefix);
    const tag = kind === 'none' ? from.tag : `${prefix}_${nameIn(from.tag)}`;
    return { from, to: { ...from, idx, when, tag } };
  });
}

/** The latest that do not lie in the future, or those behind `newest` where there are not enough. */
function recentStamps(count: number, { newest, now }: { readonly newest: number; readonly now: number }): number[] {
  // Room for the whole seconds that are left out.
  const room = count + Math.ceil(count / 999) + 1;
  const recent = stampsFrom(now - room + 1, room)
    .filter((when) => when <= now)
    .slice(-count);
  return (recent[0] ?? now) > newest ? recent : stampsFrom(newest + 1, count);
}

export function isMoved({ from, to }: Move): boolean {
  return from.tag !== to.tag || from.when !== to.when || from.idx !== to.idx;
}

function isRising(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0));
}

function kindOf(tag: string): PrefixKind {
  const digits = /^(\d+)_/.exec(tag)?.[1];
  if (digits === undefined) return 'none';
  if (digits.length === 14) return 'timestamp';
  return digits.length === 10 ? 'unix' : 'index';
}

function numberIn(tag: string): number {
  return kindOf(tag) === 'index' ? Number(/^\d+/.exec(tag)?.[0]) : -1;
}

function timeIn(tag: string): string {
  const kind = kindOf(tag);
  return kind === 'timestamp' || kind === 'unix' ? prefixIn(tag) : '';
}

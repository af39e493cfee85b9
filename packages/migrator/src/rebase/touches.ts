import { changesBetween } from '../generate/diff.js';
import type { Item } from '../generate/items.js';
import type { Rename } from '../generate/renames.js';
import type { Snapshot } from '../generate/snapshot.js';

export type Act = 'adds' | 'drops' | 'renames' | 'changes' | 'uses';

/** What a branch does to one object of the schema. */
export interface Touch {
  /** `kind:schema.name`, under the name that it had when the branches parted. */
  readonly key: string;
  readonly act: Act;
  /** For people: `column public.songs.title`. */
  readonly object: string;
  /** Words that a statement about it holds: its names, the innermost last. */
  readonly words: readonly string[];
  /** The new name, where it is renamed. */
  readonly to?: string;
}

/** What leads from one schema to another, object by object. Needs `loadParser`. */
export function touchesBetween(before: Snapshot, after: Snapshot, renames: readonly Rename[]): Touch[] {
  const { dropped, created, altered, replaced } = changesBetween(before, after, renames);
  const touches: Touch[] = renames.map((rename) => ({
    key: renameKey(rename, rename.from),
    act: 'renames',
    object: `${rename.kind} ${renameName(rename, rename.from)}`,
    words: wordsIn(renameName(rename, rename.from)),
    to: rename.to.split('.').at(-1) ?? '',
  }));
  for (const rename of renames)
    touches.push(touch('adds', renameKey(rename, rename.to), `${rename.kind} ${renameName(rename, rename.to)}`));
  const add = (act: Act, item: Item) => {
    touches.push(touch(act, item.key, objectOf(item)));
    if (act === 'drops') return;
    const within = item.table === '' || item.kind === 'table' ? [] : [`table:${item.table}`];
    for (const key of new Set([...item.uses, ...within]))
      touches.push({ ...touch('uses', key, labelOf(key)), words: wordsIn(objectOf(item).split(' ')[1] ?? '') });
  };
  for (const item of dropped) add('drops', item);
  for (const item of created) add('adds', item);
  for (const { to } of altered) add('changes', to);
  for (const { to, changed } of replaced) if (changed) add('changes', to);
  return touches;
}

/** Two touches that do not leave the same whatever comes first. */
export interface Clash {
  readonly mine: Touch;
  readonly theirs: Touch;
}

/** The clashes of two branches; of those about one object the plainest. Pure. */
export function clashesBetween(mine: readonly Touch[], theirs: readonly Touch[]): Clash[] {
  const byKey = new Map<string, Clash>();
  for (const a of mine) {
    for (const b of theirs) {
      if (a.key !== b.key || !areAtOdds(a, b)) continue;
      const known = byKey.get(a.key);
      if (!known || weight(a) + weight(b) > weight(known.mine) + weight(known.theirs))
        byKey.set(a.key, { mine: a, theirs: b });
    }
  }
  // What is part of a clash of its table says nothing more.
  const whole = [...byKey.values()].filter(
    ({ mine: { act }, theirs: { act: other } }) => act !== 'uses' && other !== 'uses',
  );
  return [...byKey.values()].filter(
    ({ mine: { key } }) => !whole.some((clash) => clash.mine.key !== key && isPart(key, clash.mine.key)),
  );
}

function areAtOdds({ act: a }: Touch, { act: b }: Touch): boolean {
  if (a === 'uses' && b === 'uses') return false;
  if (a === 'uses' || b === 'uses') return [a, b].some((act) => act === 'drops' || act === 'renames');
  return true;
}

function weight({ act }: Touch): number {
  return act === 'uses' ? 0 : 1;
}

function isPart(key: string, whole: string): boolean {
  const [kind, name = ''] = [whole.slice(0, whole.indexOf(':')), whole.slice(whole.indexOf(':') + 1)];
  return kind === 'table' && key.slice(key.indexOf(':') + 1).startsWith(`${name}.`);
}

function touch(act: Act, key: string, object: string): Touch {
  return { key, act, object, words: wordsIn(object.slice(object.indexOf(' ') + 1)) };
}

function objectOf(item: Item): string {
  return labelOf(item.key);
}

/** `primary-key:public.songs` as `primary key public.songs`. */
function labelOf(key: string): string {
  const at = key.indexOf(':');
  return `${key.slice(0, at).replace('-', ' ')} ${key.slice(at + 1)}`;
}

function renameKey({ kind, within }: Rename, name: string): string {
  if (kind === 'enum-value') return `enum:${within}`;
  return within === '' ? `${kind}:${name}` : `${kind}:${within}.${name}`;
}

function renameName({ within }: Rename, name: string): string {
  return within === '' ? name : `${within}.${name}`;
}

function wordsIn(name: string): string[] {
  return name.split('.').filter((part) => part !== 'public');
}

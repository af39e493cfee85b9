import { keepsCheck, keepsForeignKey } from './conversions.js';
import type { Item, ItemOf, Items, Kind } from './items.js';
import { canonical, type Enum } from './snapshot.js';
import { enumKeyOf, storedTypeSql } from './types.js';

/** What has to happen to each object to come from one schema to another. */
export interface Changes {
  readonly before: Items;
  readonly after: Items;
  readonly dropped: readonly Item[];
  readonly created: readonly Item[];
  /** Dropped first and made again at the end: as they were before, and as they shall be. */
  readonly replaced: readonly Replacement[];
  /** Changed in place. */
  readonly altered: readonly Alteration[];
  /** The same but for the name. */
  readonly renamed: readonly Alteration[];
  /** Keys of the enums that lose or reorder values: their type is swapped for a new one. */
  readonly swapped: ReadonlySet<string>;
}

export interface Alteration {
  readonly from: Item;
  readonly to: Item;
}

export interface Replacement extends Alteration {
  /** False where it stays the same and only stands in the way of another change. */
  readonly changed: boolean;
}

const IN_PLACE: readonly Kind[] = ['role', 'enum', 'sequence', 'column', 'table', 'schema', 'rls'];
/** Hold no rows of their own: may be dropped and made again. */
const REBUILT: readonly Kind[] = ['view', 'policy', 'foreign-key', 'check', 'index', 'unique', 'primary-key'];

export function compareItems(before: Items, after: Items): Changes {
  const renamed = sameButForName(before, after);
  const alias = new Map(renamed.map(({ from, to }) => [from.key, to.key]));
  const taken = new Set(renamed.map(({ to }) => to.key));
  const dropped = [...before.values()].filter(({ key }) => !after.has(key) && !alias.has(key));
  const created = [...after.values()].filter(({ key }) => !before.has(key) && !taken.has(key));
  const altered: Alteration[] = [];
  const replaced = new Map<string, Replacement>();
  for (const from of before.values()) {
    const to = after.get(from.key);
    if (!to || (from.definition === to.definition && from.name === to.name)) continue;
    if (isInPlace(from, to)) altered.push({ from, to });
    else if (from.definition === to.definition) renamed.push({ from, to });
    else replaced.set(from.key, { from, to, changed: true });
  }
  const swapped = new Set(
    altered
      .filter(({ from, to }) => from.kind === 'enum' && !isExtended(from, to as ItemOf<'enum'>))
      .map(({ to }) => to.key),
  );
  disturb({ before, after, alias, dropped, altered, replaced, swapped });
  return {
    before,
    after,
    dropped,
    created,
    renamed: renamed.filter(({ from }) => !replaced.has(from.key)),
    altered,
    replaced: [...replaced.values()],
    swapped,
  };
}

function isInPlace(from: Item, to: Item): boolean {
  if (from.kind === 'column' && to.kind === 'column')
    return (
      canonical(from.data.generated) === canonical(to.data.generated) && !(to.data.generated && isRetyped(from, to))
    );
  return IN_PLACE.includes(from.kind);
}

function isRetyped(from: ItemOf<'column'>, to: ItemOf<'column'>): boolean {
  return from.data.type !== to.data.type || from.data.typeSchema !== to.data.typeSchema;
}

/** Whether values were only added, so that the type can stay. */
export function isExtended(from: { readonly data: Enum }, to: { readonly data: Enum }): boolean {
  let at = 0;
  for (const value of to.data.values) if (value === from.data.values[at]) at += 1;
  return at === from.data.values.length;
}

/** Indexes, constraints and policies whose name alone is another one: drizzle-kit drops them and makes them anew. */
function sameButForName(before: Items, after: Items): Alteration[] {
  const gone = new Map<string, Item[]>();
  const mark = (item: Item) => `${item.kind} ${item.table} ${item.definition}`;
  for (const item of before.values()) {
    if (after.has(item.key) || !item.table || !REBUILT.includes(item.kind) || item.kind === 'view') continue;
    gone.set(mark(item), [...(gone.get(mark(item)) ?? []), item]);
  }
  return [...after.values()].flatMap((to) => {
    if (before.has(to.key) || !REBUILT.includes(to.kind) || to.kind === 'view') return [];
    const from = gone.get(mark(to))?.shift();
    return from ? [{ from, to }] : [];
  });
}

interface Disturbed {
  readonly before: Items;
  readonly after: Items;
  readonly alias: ReadonlyMap<string, string>;
  readonly dropped: readonly Item[];
  readonly altered: readonly Alteration[];
  /** Grows. */
  readonly replaced: Map<string, Replacement>;
  readonly swapped: ReadonlySet<string>;
}

/** Finds what stays the same but must be out of the way while something it is made of changes. */
function disturb({ before, after, alias, dropped, altered, replaced, swapped }: Disturbed): void {
  const users = new Map<string, Item[]>();
  for (const item of before.values()) for (const key of item.uses) users.set(key, [...(users.get(key) ?? []), item]);
  const retyped = altered.flatMap(({ from, to }) =>
    // `serial` is an integer already, and what hangs on it does not notice.
    from.kind === 'column' && to.kind === 'column' && storedTypeSql(from.data) !== storedTypeSql(to.data) ? [from] : [],
  );
  const swappedColumns = [...before.values()].filter(
    (item) => item.kind === 'column' && swapped.has(`enum:${enumKeyOf(item.data)}`),
  );
  const queue: { readonly item: Item; readonly how: 'gone' | 'retyped' }[] = [
    ...[...dropped, ...[...replaced.values()].map(({ from }) => from)].map((item) => ({ item, how: 'gone' as const })),
    ...[...retyped, ...swappedColumns].map((item) => ({ item, how: 'retyped' as const })),
    ...[...swapped].flatMap((key) =>
      before.has(key) ? [{ item: before.get(key) as Item, how: 'retyped' as const }] : [],
    ),
  ];
  const seen = new Set<string>();
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { item, how } = next;
    if (seen.has(`${how} ${item.key}`)) continue;
    seen.add(`${how} ${item.key}`);
    const through =
      item.kind === 'primary-key'
        ? [...(users.get(`table:${item.table}`) ?? []), ...(users.get(item.key) ?? [])]
        : (users.get(item.key) ?? []);
    for (const user of through) {
      const to = after.get(alias.get(user.key) ?? user.key);
      if (!to || replaced.has(user.key) || !isDisturbed(user, item, how, after)) continue;
      replaced.set(user.key, { from: user, to, changed: false });
      queue.push({ item: user, how: 'gone' });
    }
  }
}

function isDisturbed(user: Item, by: Item, how: 'gone' | 'retyped', after: Items): boolean {
  if (user.kind === 'column') return user.data.generated !== undefined && by.kind === 'column';
  if (!REBUILT.includes(user.kind)) return false;
  if (by.kind === 'primary-key') return user.kind === 'view' || user.kind === 'foreign-key';
  if (by.kind === 'table') return user.kind === 'view' || user.kind === 'policy';
  if (how === 'gone') return true;
  const to = by.kind === 'column' ? after.get(by.key) : undefined;
  if (by.kind === 'column' && to?.kind === 'column' && by.data.type !== to.data.type) {
    if (user.kind === 'foreign-key') return !keepsForeignKey(by.data, to.data);
    if (user.kind === 'check') return !keepsCheck(by.data, to.data, user.data.value);
  }
  // A plain index or key follows the new type by itself; what holds an expression was made for the old one.
  if (user.kind === 'unique' || user.kind === 'primary-key') return false;
  return (
    user.kind !== 'index' || user.data.where !== undefined || user.data.columns.some(({ isExpression }) => isExpression)
  );
}

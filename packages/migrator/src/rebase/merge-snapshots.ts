import { canonical, type Snapshot } from '../generate/snapshot.js';

export interface MergedSnapshot {
  readonly snapshot: Snapshot;
  /** What both sides have changed, each in another way: `tables.public.songs.columns.title.type`. */
  readonly conflicts: readonly string[];
}

const PARTS = ['schemas', 'enums', 'sequences', 'roles', 'tables', 'policies', 'views'] as const;

/**
 * Does to `onto` what leads from `before` to `after`. What `onto` has changed as well is told as a conflict, and stays as it has
 * it. Values that both add to an enum stand in the order of `onto`, then those of `after`; `orderEnums` puts them right. Pure.
 */
export function mergeSnapshots(before: Snapshot, after: Snapshot, onto: Snapshot): MergedSnapshot {
  const conflicts: string[] = [];
  const merged = PARTS.map((part) => [part, merge(before[part], after[part], onto[part], [part], conflicts)] as const);
  return { snapshot: { ...onto, ...Object.fromEntries(merged) }, conflicts };
}

/** With the values of each enum in the order that a database has them in. `orders`: by `schema.name`. */
export function orderEnums(snapshot: Snapshot, orders: ReadonlyMap<string, readonly string[]>): Snapshot {
  const enums = Object.entries(snapshot.enums).map(([key, type]) => {
    const order = orders.get(key);
    const isWhole = order?.length === type.values.length && type.values.every((value) => order.includes(value));
    return [key, isWhole ? { ...type, values: order } : type];
  });
  return { ...snapshot, enums: Object.fromEntries(enums) };
}

function merge(before: unknown, after: unknown, onto: unknown, path: readonly string[], conflicts: string[]): unknown {
  const [b, a, o] = [before, after, onto].map((value) => (value === undefined ? undefined : canonical(value)));
  if (a === b || a === o) return onto;
  if (o === b) return after;
  if (isRecord(after) && isRecord(onto) && (before === undefined || isRecord(before)))
    return mergeRecords(isRecord(before) ? before : {}, after, onto, path, conflicts);
  if (path[0] === 'enums' && path.at(-1) === 'values' && [before, after, onto].every(isList))
    return mergeValues(before as string[], after as string[], onto as string[]);
  conflicts.push(path.join('.'));
  return onto;
}

function mergeRecords(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  onto: Readonly<Record<string, unknown>>,
  path: readonly string[],
  conflicts: string[],
): Record<string, unknown> {
  // Keys in the order of `onto`, as its database has the columns; what `after` adds comes behind.
  const keys = new Set([...Object.keys(onto), ...Object.keys(after), ...Object.keys(before)]);
  return Object.fromEntries(
    [...keys].flatMap((key) => {
      const value = merge(before[key], after[key], onto[key], [...path, key], conflicts);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}

function mergeValues(before: readonly string[], after: readonly string[], onto: readonly string[]): string[] {
  const gone = new Set(before.filter((value) => !after.includes(value)));
  const added = after.filter((value) => !before.includes(value) && !onto.includes(value));
  return [...onto.filter((value) => !gone.has(value)), ...added];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): boolean {
  return Array.isArray(value);
}

import { type Changes, compareItems } from './changes.js';
import { diffSnapshots } from './diff.js';
import { type Item, itemsOf } from './items.js';
import { unvalidate, validate } from './online.js';
import { BACK, type DropForms, type Forms, type Operation, PLAIN } from './operations.js';
import { applyRenames, inverted, type Rename } from './renames.js';
import { isRestored, tableOf } from './scene.js';
import { type Snapshot, type Table, tableKey } from './snapshot.js';
import { serialBase } from './types.js';
import { type Guard, isGuard, unvalidatedItems, validateLeft } from './unvalidated.js';
import { isVolatile } from './volatile.js';

/** One migration to write: its statements both ways, and the schema that it leaves. */
export interface Part {
  /** Behind the name; empty for the first. */
  readonly suffix: string;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly up: readonly Operation[];
  readonly down: readonly Operation[];
  /** Each statement of `up` in a transaction of its own. */
  readonly online: boolean;
  /** What `up` drops is parked. */
  readonly recoverable: boolean;
}

/** How data is put away instead of dropped: forms for the way up and the way down, given what changes. */
export type Parking = (
  before: Snapshot,
  /** The same, once the renames have run. */
  start: Snapshot,
  changes: Changes,
) => { readonly up: DropForms; readonly down: DropForms; readonly isUsed: boolean };

export interface PartOptions {
  /** Statements as drizzle-kit would write them, which may block. */
  readonly plain: boolean;
  readonly parking?: Parking | undefined;
}

/**
 * Cuts a change into migrations: what is done in an instant, in one transaction; behind it, in a migration of its own, what
 * would keep others waiting: indexes, and constraints that read their table. Needs `loadParser`.
 */
export function partsOf(before: Snapshot, after: Snapshot, renames: readonly Rename[], options: PartOptions): Part[] {
  const start = applyRenames(before, renames);
  const changes = compareItems(itemsOf(start), itemsOf(after));
  const { middle, backfilled, unvalidated, suffix } = options.plain
    ? { middle: after, backfilled: new Set<string>(), unvalidated: [], suffix: '' }
    : middleOf(changes, after);
  const keys = new Set(unvalidated.map(({ key }) => key));
  const parked = options.plain ? undefined : options.parking?.(before, start, changes);
  const recoverable = parked?.isUsed === true;
  const up = diffSnapshots(before, middle, renames, { ...PLAIN, ...parked?.up, backfilled, unvalidated: keys });
  const returned = inverted(renames);
  const down = [
    ...wayBack(middle, before, returned, { plain: options.plain, parked: parked?.down }),
    ...validateLeft(middle, before, returned, keys),
  ];
  const later = [
    ...(middle === after ? [] : diffSnapshots(middle, after, [], { online: true, backfilled })),
    ...unvalidated.map((item) => validate(item.name, tableOf(after, item))),
  ];
  const back = [
    ...unvalidated.map((item) => unvalidate(item, tableOf(after, item))),
    ...(middle === after ? [] : diffSnapshots(after, middle, [], { ...BACK, onlineDrops: true })),
  ];
  if (later.length === 0)
    return up.length === 0 ? [] : [{ suffix: '', before, after, up, down, online: false, recoverable }];
  if (up.length === 0) return [{ suffix: '', before, after, up: later, down: back, online: true, recoverable: false }];
  return [
    { suffix: '', before, after: middle, up, down, online: false, recoverable },
    { suffix, before: middle, after, up: later, down: back, online: true, recoverable: false },
  ];
}

/** Indexes that come back on tables that stay are built last, when the transaction with the rest is through. */
function wayBack(
  from: Snapshot,
  to: Snapshot,
  renames: readonly Rename[],
  { plain, parked }: { readonly plain: boolean; readonly parked: DropForms | undefined },
): Operation[] {
  const forms = { ...BACK, ...parked };
  const late = plain ? new Set<string>() : lateIndexes(applyRenames(from, renames), to, forms);
  if (late.size === 0) return diffSnapshots(from, to, renames, forms);
  const bare = stripped(to, late, new Set());
  return [...diffSnapshots(from, bare, renames, forms), ...diffSnapshots(bare, to, [], { ...BACK, online: true })];
}

function lateIndexes(from: Snapshot, to: Snapshot, forms: Forms): ReadonlySet<string> {
  const { before, created, replaced } = compareItems(itemsOf(from), itemsOf(to));
  const coming = [...created, ...replaced.map((replacement) => replacement.to)];
  return new Set(
    coming
      .filter(
        (item) =>
          item.kind === 'index' &&
          before.has(`table:${item.table}`) &&
          !isRestored(item, forms) &&
          !coming.some(({ uses }) => uses.includes(item.key)),
      )
      .map(({ key }) => key),
  );
}

/** The schema without what is better added later, when no other lock is held. */
function middleOf(
  changes: Changes,
  after: Snapshot,
): { middle: Snapshot; backfilled: ReadonlySet<string>; unvalidated: readonly Guard[]; suffix: string } {
  const deferred = deferredItems(changes);
  const unvalidated = unvalidatedItems(changes, deferred);
  const backfilled = new Set(
    changes.created.flatMap((item) =>
      item.kind === 'column' &&
      changes.before.has(`table:${item.table}`) &&
      !item.data.generated &&
      !item.data.identity &&
      serialBase(item.data) === undefined &&
      isVolatile(item.data.default)
        ? [item.key]
        : [],
    ),
  );
  const loosened = new Set([
    ...backfilled,
    ...changes.altered.flatMap(({ from, to }) =>
      from.kind === 'column' &&
      to.kind === 'column' &&
      !from.data.required &&
      to.data.required &&
      !to.data.identity &&
      serialBase(to.data) === undefined
        ? [to.key]
        : [],
    ),
  ]);
  if (deferred.size === 0 && loosened.size === 0)
    return { middle: after, backfilled, unvalidated, suffix: unvalidated.length > 0 ? 'constraints' : '' };
  const kinds = new Set([...deferred].map((key) => key.split(':')[0]));
  const suffix =
    loosened.size === 0 && unvalidated.length === 0 && kinds.size === 1 && kinds.has('index')
      ? 'indexes'
      : kinds.has('index')
        ? 'online'
        : 'constraints';
  return { middle: stripped(after, deferred, loosened), backfilled, unvalidated, suffix };
}

function stripped(schema: Snapshot, deferred: ReadonlySet<string>, loosened: ReadonlySet<string>): Snapshot {
  const tables = Object.entries(schema.tables).map(
    ([key, table]) => [key, without(table, deferred, loosened)] as const,
  );
  return { ...schema, tables: Object.fromEntries(tables) };
}

const BLOCKING: readonly Item['kind'][] = ['index', 'unique', 'primary-key', 'check', 'foreign-key'];

function deferredItems({ before, created, replaced, renamed }: Changes): ReadonlySet<string> {
  const isOld = (item: Item) => before.has(`table:${item.table}`);
  const coming = [...created, ...replaced.map(({ to }) => to)].filter((item) => BLOCKING.includes(item.kind));
  const changed = replaced.flatMap(({ changed, to }) => (changed && !isGuard(to) ? [to] : []));
  const wanted = [...created, ...changed].filter((item) => BLOCKING.includes(item.kind) && isOld(item));
  const keys = new Set(wanted.map(({ key }) => key));
  // A name that another object is renamed to, or a key behind a foreign key, decides for those that hang on it.
  for (const item of coming)
    if (item.kind === 'foreign-key' && item.uses.some((use) => keys.has(use))) keys.add(item.key);
  for (const { to } of renamed) keys.delete(to.key);
  return keys;
}

function without(table: Table, deferred: ReadonlySet<string>, loosened: ReadonlySet<string>): Table {
  const key = tableKey(table);
  const kept = <T>(kind: string, record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !deferred.has(`${kind}:${key}.${name}`)));
  const noKey = deferred.has(`primary-key:${key}`);
  const columns = Object.entries(table.columns).map(([name, column]) => [
    name,
    {
      ...column,
      ...(noKey && { primaryKey: false }),
      ...(loosened.has(`column:${key}.${name}`) && { notNull: false }),
    },
  ]);
  return {
    ...table,
    columns: Object.fromEntries(columns),
    indexes: kept('index', table.indexes),
    uniqueConstraints: kept('unique', table.uniqueConstraints),
    checkConstraints: kept('check', table.checkConstraints),
    foreignKeys: kept('foreign-key', table.foreignKeys),
    compositePrimaryKeys: noKey ? {} : table.compositePrimaryKeys,
  };
}

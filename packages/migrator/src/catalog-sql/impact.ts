import type { Catalog, CatalogDifference, CatalogKind, CatalogObject } from '../catalog/index.js';
import { alterObject, cannotReplace } from './alter.js';
import type { BetweenOptions } from './between.js';

/** What has to happen to which objects, by key, so that `differences` are gone. */
export interface Impact {
  readonly drop: ReadonlySet<string>;
  /** Dropped and made again, because they change so, or because they stand on something that does. */
  readonly remake: ReadonlySet<string>;
  readonly create: ReadonlySet<string>;
  readonly alter: ReadonlySet<string>;
  /** Types that are made anew beside their old selves, because columns hold their values. */
  readonly retype: ReadonlySet<string>;
  /** Columns whose default stands on something that is dropped. */
  readonly detachDefault: ReadonlySet<string>;
  readonly impossible: readonly { readonly key: string; readonly why: string }[];
}

const TYPES: ReadonlySet<CatalogKind> = new Set(['enum', 'domain', 'composite-type', 'range-type']);
const CALLED: ReadonlySet<CatalogKind> = new Set(['function', 'procedure', 'aggregate', 'operator', 'sequence']);
/** Postgres itself carries constraints, indexes, statistics and sequences over a change of a column's type. */
const BROKEN_BY_TYPE: ReadonlySet<CatalogKind> = new Set([
  'view',
  'materialized-view',
  'rule',
  'policy',
  'trigger',
  'function',
  'procedure',
  'publication',
]);

export function impactOf(
  from: Catalog,
  to: Catalog,
  differences: readonly CatalogDifference[],
  { losesColumns = false, serverVersion = 17 }: Pick<BetweenOptions, 'losesColumns' | 'serverVersion'> = {},
): Impact {
  const dependents = dependentsIn(from);
  const contents = contentsIn(from);
  const drop = new Set<string>();
  const remake = new Set<string>();
  const create = new Set<string>();
  const alter = new Set<string>();
  const retype = new Set<string>();
  const detachDefault = new Set<string>();
  const impossible: { key: string; why: string }[] = [];
  const changesType = new Set<string>();
  const queue: string[] = [];

  const remakeIt = (object: CatalogObject) => {
    if (drop.has(object.key) || remake.has(object.key)) return;
    const isLost = losesColumns && object.kind === 'column';
    const why = isLost ? undefined : cannotReplace(object, dependents.get(object.key) ?? []);
    if (why !== undefined) {
      impossible.push({ key: object.key, why });
      return;
    }
    alter.delete(object.key);
    remake.add(object.key);
    queue.push(object.key);
    for (const inside of contents.get(object.key) ?? []) remakeIt(inside);
  };
  const retypeIt = (object: CatalogObject) => {
    if (retype.has(object.key)) return;
    alter.delete(object.key);
    retype.add(object.key);
    queue.push(object.key);
  };

  for (const { key, kind, change } of differences) {
    if (kind === 'other') {
      impossible.push({ key, why: 'It is only known to be there, not what it is.' });
      continue;
    }
    if (change === 'missing' && !isOwnSequence(key, from)) create.add(key);
    if (change === 'unexpected' && !isOwnSequence(key, to)) {
      drop.add(key);
      queue.push(key);
    }
  }
  for (const { key, change } of differences) {
    const [before, after] = [from.get(key), to.get(key)];
    if (after?.kind === 'index' && !after.facts.valid) {
      create.delete(key);
      impossible.push({ key, why: 'INVALID is what a failed build leaves; it cannot be asked for.' });
      continue;
    }
    if (change !== 'changed' || !before || !after || remake.has(key)) continue;
    const isNewExpression = serverVersion < 17 && isGenerated(before) && isGenerated(after);
    if (!isNewExpression && alterObject(before, after, to) !== undefined) {
      alter.add(key);
      if (before.kind === 'column' && after.kind === 'column' && typeText(before) !== typeText(after)) {
        changesType.add(key);
        queue.push(key);
      }
    } else if (
      before.kind !== 'range-type' &&
      TYPES.has(before.kind) &&
      (dependents.get(key) ?? []).some(({ kind }) => kind === 'column')
    )
      retypeIt(before);
    else remakeIt(before);
  }

  for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
    const object = from.get(key);
    if (!object) continue;
    for (const dependent of dependents.get(key) ?? []) {
      if (drop.has(dependent.key) || remake.has(dependent.key)) continue;
      if (changesType.has(key)) {
        if (BROKEN_BY_TYPE.has(dependent.kind) || isGenerated(dependent)) remakeIt(dependent);
        continue;
      }
      switch (dependent.kind) {
        case 'column':
          if (isGenerated(dependent)) remakeIt(dependent);
          else if (CALLED.has(object.kind)) detachDefault.add(dependent.key);
          else if (retype.has(key)) {
            changesType.add(dependent.key);
            queue.push(dependent.key);
          }
          break;
        case 'domain':
        case 'composite-type':
          if (retype.has(key)) retypeIt(dependent);
          break;
        case 'table':
        case 'schema':
        case 'sequence':
        case 'extension':
          break;
        default:
          remakeIt(dependent);
      }
    }
  }
  return { drop, remake, create, alter, retype, detachDefault, impossible };
}

/** A sequence that is part of a column on the other side: it stays, with its counter, and only its owner changes. */
function isOwnSequence(key: string, other: Catalog): boolean {
  if (!key.startsWith('sequence:')) return false;
  const name = key.slice('sequence:'.length);
  return [...other.values()].some((object) => object.kind === 'column' && object.facts.sequence === name);
}

function typeText({ facts }: CatalogObject<'column'>): string {
  return `${facts.type} ${facts.collation ?? ''} ${facts.generated?.expression ?? ''}`;
}

function isGenerated(object: CatalogObject): boolean {
  return object.kind === 'column' && object.facts.generated !== undefined;
}

/** Who needs an object, by its key. */
function dependentsIn(catalog: Catalog): ReadonlyMap<string, readonly CatalogObject[]> {
  return group(catalog, ({ needs = [] }) => needs);
}

/** What belongs to an object, and goes with it, by its key. */
export function contentsIn(catalog: Catalog): ReadonlyMap<string, readonly CatalogObject[]> {
  return group(catalog, ({ of }) => (of === undefined ? [] : [of]));
}

function group(
  catalog: Catalog,
  keysOf: (object: CatalogObject) => readonly string[],
): ReadonlyMap<string, readonly CatalogObject[]> {
  const groups = new Map<string, CatalogObject[]>();
  for (const object of catalog.values()) {
    for (const key of keysOf(object)) {
      const list = groups.get(key);
      if (list) list.push(object);
      else groups.set(key, [object]);
    }
  }
  return groups;
}

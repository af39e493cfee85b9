import type { Catalog, CatalogDifference, CatalogObject } from '../catalog/index.js';
import { withoutOthers } from '../drift/index.js';
import { allExpressibleDifferences } from '../generate/expressible.js';

export interface PushDifferences {
  /** Also what is inside of objects that differ as a whole. */
  readonly differences: readonly CatalogDifference[];
  /** Names of what the database has besides, and keeps. */
  readonly leftAlone: readonly string[];
}

/**
 * Where a database is not what a schema means, as far as a schema can say it. What it cannot say is left alone, and so are
 * tables of other tools, and schemas of the database that it does not name and `include` does not. Pure.
 */
export function pushDifferences(meant: Catalog, live: Catalog, include: readonly string[]): PushDifferences {
  const { differences, leftOut } = withoutOthers(allExpressibleDifferences(meant, live), meant, live);
  const own = new Set(['public', ...include]);
  for (const { kind, schema, parts } of meant.values()) own.add(kind === 'schema' ? (parts[0] ?? '') : schema);
  const isForeign = (object: CatalogObject | undefined): boolean =>
    object !== undefined && !own.has(object.kind === 'schema' ? (object.parts[0] ?? '') : object.schema);
  const [kept, foreign] = [[], []] as [CatalogDifference[], CatalogDifference[]];
  for (const difference of differences) {
    const isUnasked = difference.change === 'unexpected' && isForeign(live.get(difference.key));
    (isUnasked ? foreign : kept).push(difference);
  }
  const inside = new Set(foreign.map(({ key }) => key));
  return {
    differences: kept,
    leftAlone: [
      ...leftOut.map(({ name, owner }) => `${name} of ${owner}`),
      ...foreign.filter(({ of }) => of === undefined || !inside.has(of)).map(({ kind, name }) => `${kind} ${name}`),
    ],
  };
}

/** What a database is to become: of what no schema says, a table or column keeps what it has. Pure. */
export function keepingUnsaid(meant: Catalog, live: Catalog): Catalog {
  return new Map(
    [...meant].map(([key, object]): [string, CatalogObject] => {
      const before = live.get(key);
      if (object.kind === 'table' && before?.kind === 'table')
        return [key, { ...object, facts: { ...before.facts, rowSecurity: object.facts.rowSecurity } }];
      if (object.kind !== 'column' || before?.kind !== 'column') return [key, object];
      const isOfSameType = object.facts.type === before.facts.type;
      const { statistics, options, storage, compression } = before.facts;
      const unsaid = {
        ...(statistics !== undefined && { statistics }),
        options,
        ...(isOfSameType && storage !== undefined && { storage }),
        ...(isOfSameType && compression !== undefined && { compression }),
      };
      return [key, { ...object, facts: { ...object.facts, ...unsaid } }];
    }),
  );
}

import type { Catalog, CatalogKind, CatalogObject } from '../catalog/index.js';
import { allExpressibleDifferences } from '../generate/expressible.js';
import { isOutside, type PushScope } from './scope.js';

/** What is the server's, or a role's. */
const NOT_COPIED: ReadonlySet<CatalogKind> = new Set([
  'owner',
  'grant',
  'default-privileges',
  'publication',
  'event-trigger',
]);

const NOTHING_STANDS_ON: ReadonlySet<CatalogKind> = new Set(['comment', 'policy', 'trigger', 'rule', 'statistics']);

/** What a copy of a database on scratch can have: a foreign table would ask the real server behind it. Pure. */
export function copyable(live: Catalog): Catalog {
  return without(live, (object) => isForeign(object) || NOT_COPIED.has(object.kind));
}

/** What of a database a schema may stand on, and does not make itself: functions, types, extensions, tables of others. Pure. */
export function foundationOf(live: Catalog, scope: PushScope): Catalog {
  const said = new Set(allExpressibleDifferences(new Map(), live).map(({ key }) => key));
  return without(live, (object) => {
    if (isForeign(object) || NOT_COPIED.has(object.kind) || NOTHING_STANDS_ON.has(object.kind)) return true;
    return object.kind !== 'schema' && said.has(object.key) && !isOutside(scope, wholeOf(object, live), 'unexpected');
  });
}

/** A catalog of what a schema means, without what it only stands on. Pure. */
export function ofScope(meant: Catalog, scope: PushScope, linkedPolicies: ReadonlySet<string>): Catalog {
  return new Map(
    [...meant].filter(([, object]) => {
      if (object.kind === 'policy' && linkedPolicies.has(object.parts.at(-1) ?? '')) return true;
      return !isOutside(scope, wholeOf(object, meant), 'unexpected');
    }),
  );
}

export function wholeOf(object: CatalogObject, catalog: Catalog): CatalogObject {
  const whole = object.of === undefined ? undefined : catalog.get(object.of);
  return whole ? wholeOf(whole, catalog) : object;
}

function isForeign(object: CatalogObject): boolean {
  return object.kind === 'foreign-server' || (object.kind === 'table' && object.facts.type === 'foreign');
}

/** Without some objects, and without what needs or belongs to them. */
function without(catalog: Catalog, isGone: (object: CatalogObject) => boolean): Catalog {
  const gone = new Set([...catalog.values()].filter(isGone).map(({ key }) => key));
  for (let before = -1; before !== gone.size; ) {
    before = gone.size;
    for (const { key, of, needs = [] } of catalog.values())
      if (!gone.has(key) && [...needs, ...(of === undefined ? [] : [of])].some((other) => gone.has(other)))
        gone.add(key);
  }
  return new Map([...catalog].filter(([key]) => !gone.has(key)));
}

import { type Catalog, type CatalogKind, type CatalogObject, objectName } from '../catalog/index.js';
import type { CompatibilityChange } from './types.js';

/** Kinds that statements of an application name, and what people call them. */
const NAMED: Readonly<Partial<Record<CatalogKind, string>>> = {
  table: 'table',
  column: 'column',
  view: 'view',
  'materialized-view': 'materialized view',
  sequence: 'sequence',
  enum: 'enum',
  domain: 'domain',
  'composite-type': 'type',
  'range-type': 'type',
  function: 'function',
  procedure: 'procedure',
  aggregate: 'aggregate',
  extension: 'extension',
};

/** What can be read by its name, whichever of these it is. */
const READABLE: readonly CatalogKind[] = ['table', 'view', 'materialized-view'];

/** Objects that no longer go by their name: dropped, renamed, moved or parked. What goes with something else is not told. */
export function gone(before: Catalog, after: Catalog): CompatibilityChange[] {
  const isThere = (object: CatalogObject) =>
    after.has(object.key) ||
    (READABLE.includes(object.kind) && READABLE.some((kind) => after.has(`${kind}:${objectName(...object.parts)}`)));
  return [...before.values()].flatMap((object): CompatibilityChange[] => {
    const what = NAMED[object.kind];
    if (what === undefined || isThere(object)) return [];
    const whole = object.of === undefined ? undefined : before.get(object.of);
    // A table that has become a view keeps its columns, as far as anybody can tell.
    if (whole && !after.has(whole.key)) return [];
    return [
      {
        effect: 'breaks',
        kind: 'gone',
        object: object.name,
        message: `The ${what} ${object.name} is gone or renamed.`,
      },
    ];
  });
}

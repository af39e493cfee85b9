import { sha256 } from '../core/hash.js';
import type { Catalog, CatalogDifference, CatalogObject } from './types.js';

/** What `actual` lacks, has besides, or has in another form, in the order of the keys. Both read with the same options. */
export function compareCatalogs(expected: Catalog, actual: Catalog): readonly CatalogDifference[] {
  const keys = [...new Set([...expected.keys(), ...actual.keys()])].sort();
  return keys.flatMap((key) => {
    const difference = compareObjects(expected.get(key), actual.get(key));
    return difference ? [difference] : [];
  });
}

function compareObjects(
  expected: CatalogObject | undefined,
  actual: CatalogObject | undefined,
): CatalogDifference | undefined {
  const either = expected ?? actual;
  if (!either || expected?.text === actual?.text) return undefined;
  const { key, kind, name, of } = either;
  return {
    key,
    kind,
    name,
    change: !actual ? 'missing' : !expected ? 'unexpected' : 'changed',
    ...(expected && { expected: expected.text }),
    ...(actual && { actual: actual.text }),
    ...(of !== undefined && { of }),
  };
}

/**
 * Without what follows from another difference: the columns of a missing table, the comment of an unexpected view. For
 * people; whether two catalogs are equal is told by `compareCatalogs`.
 */
export function topDifferences(differences: readonly CatalogDifference[]): readonly CatalogDifference[] {
  const whole = new Map(differences.flatMap(({ key, change }) => (change === 'changed' ? [] : [[key, change]])));
  return differences.filter(({ of, change }) => of === undefined || whole.get(of) !== change);
}

/** sha256 over all keys and texts, in hex: equal exactly if `compareCatalogs` finds nothing. */
export function hashCatalog(catalog: Catalog): string {
  const lines = [...catalog.values()].map(({ key, text }) => JSON.stringify([key, text])).sort();
  return sha256(lines.join('\n'));
}

import { sha256 } from '../core/hash.js';
import type { Catalog, CatalogDifference, CatalogObject } from './types.js';

/** What `actual` lacks, has besides, or has in another form, in the order of the keys. Both read with the same options. */
export function compareCatalogs(expected: Catalog, actual: Catalog): readonly CatalogDifference[] {
  const keys = [...new Set([...expected.keys(), ...actual.keys()])].sort();
  const differences = keys.flatMap((key) => {
    const difference = compareObjects(expected.get(key), actual.get(key));
    return difference ? [difference] : [];
  });
  const byKey = new Map(differences.map((difference) => [difference.key, difference]));
  return differences.map((difference) => {
    const parent = byKey.get(inheritedFrom(expected.get(difference.key) ?? actual.get(difference.key)) ?? '');
    const { change, expected: wanted, actual: found } = parent ?? {};
    const follows = change === difference.change && wanted === difference.expected && found === difference.actual;
    return parent && follows ? { ...difference, follows: parent.key } : difference;
  });
}

/** Key of the object of a parent table that an object is there for. */
export function inheritedFrom(object: CatalogObject | undefined): string | undefined {
  return object?.kind === 'column' || object?.kind === 'constraint' ? object.facts.inheritedFrom : undefined;
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
 * Without what follows from another difference: the columns of a missing table, the comment of an unexpected view, the column
 * of a partition. For people; whether two catalogs are equal is told by `compareCatalogs`.
 */
export function topDifferences(differences: readonly CatalogDifference[]): readonly CatalogDifference[] {
  const whole = new Map(differences.flatMap(({ key, change }) => (change === 'changed' ? [] : [[key, change]])));
  return differences.filter(
    ({ of, change, follows }) => follows === undefined && (of === undefined || whole.get(of) !== change),
  );
}

/** sha256 over all keys and texts, in hex: equal exactly if `compareCatalogs` finds nothing. */
export function hashCatalog(catalog: Catalog): string {
  const lines = [...catalog.values()].map(({ key, text }) => JSON.stringify([key, text])).sort();
  return sha256(lines.join('\n'));
}

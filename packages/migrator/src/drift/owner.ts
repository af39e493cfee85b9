import { type Catalog, type CatalogObject, catalogKey } from '../catalog/index.js';

/**
 * What migrations make belongs to whoever runs them, which on scratch is another role than on the database. Gives the catalog as
 * if `actual` had run them. What that role may do with its own things needs no grant. Pure.
 */
export function asOwnedBy(catalog: Catalog, scratchRole: string, actual: string): Catalog {
  if (scratchRole === actual) return catalog;
  const owned = new Set(
    [...catalog.values()].flatMap((object) =>
      object.kind === 'owner' && object.text === scratchRole ? [object.of ?? ''] : [],
    ),
  );
  const entries = [...catalog.values()].flatMap((object): [string, CatalogObject][] => {
    const renamed = rename(object, { scratchRole, actual, owned });
    return renamed ? [[renamed.key, renamed]] : [];
  });
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function rename(
  object: CatalogObject,
  {
    scratchRole,
    actual,
    owned,
  }: { readonly scratchRole: string; readonly actual: string; readonly owned: ReadonlySet<string> },
): CatalogObject | undefined {
  if (object.kind === 'owner') return object.text === scratchRole ? { ...object, text: actual } : object;
  if (object.kind === 'grant') return object.facts.role === actual && owned.has(object.of ?? '') ? undefined : object;
  if (object.kind !== 'default-privileges' || object.facts.owner !== scratchRole) return object;
  const parts = object.parts.with(-2, actual);
  return {
    ...object,
    key: catalogKey('default-privileges', ...parts),
    parts,
    name: object.name.replace(scratchRole, actual),
    facts: { ...object.facts, owner: actual },
  };
}

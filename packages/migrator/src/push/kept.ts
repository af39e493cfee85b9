import type { Catalog, CatalogKind, CatalogObject } from '../catalog/index.js';
import { attach, type CatalogStatement, revoke } from '../catalog-sql/index.js';

/**
 * Statements that give what was made anew, such as a view that has changed, the owner and the grants that it had. `live` must have been
 * read with both. Pure.
 */
export function keptAttachments(
  statements: readonly CatalogStatement[],
  live: Catalog,
  role: string,
): readonly string[] {
  const remade = new Set(statements.flatMap(({ key, action }) => (action === 'create' && live.has(key) ? [key] : [])));
  if (remade.size === 0) return [];
  const about = [...live.values()].filter(({ of }) => of !== undefined && remade.has(of));
  const owners = about.flatMap((object) => (object.kind === 'owner' && object.text !== role ? [object] : []));
  // Everybody may use a type and call a function, unless it was taken away.
  const grants = about.flatMap((object) => (object.kind === 'grant' && !isUsual(object) ? [object] : []));
  return [
    ...[...remade].flatMap((key) => closed(key, live)),
    ...[...owners, ...grants].flatMap((object) => attach(object, live) ?? []),
  ];
}

const OPEN_TO_ALL: Readonly<Partial<Record<CatalogKind, string>>> = {
  enum: 'usage',
  domain: 'usage',
  'composite-type': 'usage',
  'range-type': 'usage',
  function: 'execute',
  procedure: 'execute',
  aggregate: 'execute',
};

function isUsual({ facts: { role }, text, of = '' }: CatalogObject<'grant'>): boolean {
  return role === 'public' && OPEN_TO_ALL[of.slice(0, of.indexOf(':')) as CatalogKind] === text;
}

function closed(key: string, live: Catalog): readonly string[] {
  const object = live.get(key);
  return object && object.kind in OPEN_TO_ALL && !live.has(`grant:${key}:public`)
    ? [revoke(object, { role: 'public' })]
    : [];
}

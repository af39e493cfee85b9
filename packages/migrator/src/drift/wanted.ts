import type { CatalogDifference } from '../catalog/index.js';

/** Owners and grants count only when asked; those of an object that is missing are made with it all the same. Pure. */
export function wantedOf(
  differences: readonly CatalogDifference[],
  { owners, grants }: { readonly owners?: boolean | undefined; readonly grants?: boolean | undefined },
): readonly CatalogDifference[] {
  const wholes = new Map(differences.map(({ key, change }) => [key, change]));
  return differences.filter(({ key, kind, of, change, expected, actual }) => {
    const goesAlong = of !== undefined && change !== 'changed' && wholes.get(of) === change;
    if (kind === 'owner') return owners === true;
    if (kind === 'grant') return goesAlong ? !isByDefault(key, expected ?? actual) : grants === true;
    return kind !== 'default-privileges' || grants === true;
  });
}

/** What everybody may do with a new function or type, unless it is taken away. */
function isByDefault(key: string, text: string | undefined): boolean {
  const usual = /^grant:(?:function|procedure|aggregate):/.test(key) ? 'execute' : 'usage';
  return (
    /^grant:(?:function|procedure|aggregate|enum|domain|composite-type|range-type):.*:public$/s.test(key) &&
    text === usual
  );
}

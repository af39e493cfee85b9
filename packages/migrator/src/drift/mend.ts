import { type Catalog, type CatalogDifference, compareCatalogs, topDifferences } from '../catalog/index.js';
import { type CatalogStatement, statementsBetween } from '../catalog-sql/index.js';
import { gentle } from './gentle.js';
import type { DriftDifference, DriftScript } from './types.js';

export interface Mended {
  readonly differences: readonly DriftDifference[];
  /** Makes the database what its applied migrations make. */
  readonly mend: DriftScript;
  /** Makes, of what the applied migrations make, what the database is. */
  readonly adopt: DriftScript;
}

/**
 * The SQL for each difference, both ways, and for all of them in an order that works. Both catalogs must have been read with
 * `dependencies`, comments, owners and grants. Pure.
 */
export function withStatements(
  expected: Catalog,
  live: Catalog,
  differences: readonly CatalogDifference[],
  { owners }: { readonly owners: boolean },
): Mended {
  const wanted = new Set(differences.map(({ key }) => key));
  const back = compareCatalogs(live, expected).filter(({ key }) => wanted.has(key));
  const plain = statementsBetween(live, expected, { differences, grants: true });
  const mend = {
    ...plain,
    statements: plain.statements.flatMap((each) =>
      gentle(each, expected, live).map((sql): CatalogStatement => ({ ...each, sql })),
    ),
  };
  const adopt = statementsBetween(adoptable(expected, owners), adoptable(live, owners), {
    differences: back,
    grants: true,
  });
  const top = topDifferences(differences);
  const keys = new Set(top.map(({ key }) => key));
  const follows = new Map(differences.map((difference) => [difference.key, difference.follows]));
  /** The difference that a statement, or a part of an object, is about. */
  const rootOf = (key: string): string | undefined => {
    if (keys.has(key)) return key;
    const parent = follows.get(key);
    if (parent !== undefined) return rootOf(parent);
    const of = live.get(key)?.of ?? expected.get(key)?.of;
    return of === undefined ? undefined : rootOf(of);
  };
  const mending = group(mend.statements, ({ key }) => rootOf(key));
  const adopting = group(adopt.statements, ({ key }) => rootOf(key));
  const inside = group(
    differences.filter(({ key }) => !keys.has(key)),
    ({ key }) => rootOf(key),
  );
  const whys = new Map(mend.impossible.map(({ key, why }) => [rootOf(key) ?? key, why]));
  return {
    differences: top.map((difference) => {
      const statements = mending.get(difference.key) ?? [];
      const why = whys.get(difference.key);
      const risk = riskOf(statements);
      return {
        ...difference,
        parts: (inside.get(difference.key) ?? []).filter(({ kind }) => kind !== 'grant').map(({ name }) => name),
        mend: statements.map(({ sql }) => sql),
        adopt: (adopting.get(difference.key) ?? []).map(({ sql }) => sql),
        ...(risk !== undefined && { risk }),
        ...(why !== undefined && { impossible: why }),
      };
    }),
    mend: scriptOf(mend),
    adopt: scriptOf(adopt),
  };
}

/** A migration is run in places where the roles have other names: who owns what is left to whoever runs it. */
export function adoptable(catalog: Catalog, owners: boolean): Catalog {
  return owners ? catalog : new Map([...catalog].filter(([, { kind }]) => kind !== 'owner'));
}

function riskOf(statements: readonly CatalogStatement[]): DriftDifference['risk'] {
  if (statements.some(({ action, key }) => action === 'drop' && /^(?:table|column):/.test(key))) return 'destroys';
  if (statements.some(({ key, sql }) => key.startsWith('column:') && / type .* using /.test(sql))) return 'converts';
  return undefined;
}

function scriptOf({ statements, impossible }: ReturnType<typeof statementsBetween>): DriftScript {
  return { statements: statements.map(({ sql }) => sql.replace(/;\s*$/, '')), impossible };
}

function group<T>(items: readonly T[], keyOf: (item: T) => string | undefined): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const list = groups.get(key);
    if (list) list.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

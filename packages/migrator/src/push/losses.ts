import type { Catalog } from '../catalog/index.js';
import type { CatalogStatement } from '../catalog-sql/index.js';
import { isWidening } from '../compatibility/widening.js';
import type { CountQuery, CountTarget } from '../database/count-rows.js';
import { quoteName } from '../sql/quote.js';

/** What a push would destroy or convert; `target` says how to count it, by the names that the database has now. */
export interface PushRisk {
  readonly kind: 'table' | 'column' | 'conversion' | 'sequence';
  /** `public.songs`, `public.songs.title`. */
  readonly name: string;
  /** Of a conversion: the types. */
  readonly types?: { readonly from: string; readonly to: string };
  /** Of a sequence: 1 if a number was ever taken. */
  readonly target: CountTarget | CountQuery;
}

/** Whole numbers fit into what comes later. */
const NUMBERS = ['smallint', 'integer', 'bigint', 'numeric'];
const TEXTS = ['text', 'character varying'];

/**
 * What statements destroy, or convert so that digits may be lost. `oldTable` gives the name that a table has before the renames,
 * `oldColumn` that of a column. Pure.
 */
export function risksOf(
  statements: readonly CatalogStatement[],
  from: Catalog,
  to: Catalog,
  old: (parts: readonly string[]) => readonly string[],
): readonly PushRisk[] {
  const risks = new Map<string, PushRisk>();
  for (const { key, action, sql } of statements) {
    const object = from.get(key);
    if (object?.kind === 'table' && action === 'drop') {
      const [schema = '', table = ''] = old(object.parts);
      risks.set(key, { kind: 'table', name: object.name, target: { schema, table } });
    }
    if (object?.kind === 'sequence' && action === 'drop') {
      const [schema = '', name = ''] = old(object.parts);
      const count = `select count(*)::text as n from ${quoteName(schema, name)} where is_called`;
      risks.set(key, { kind: 'sequence', name: object.name, target: { count } });
    }
    if (object?.kind !== 'column' || object.facts.generated) continue;
    const [schema = '', table = '', column = ''] = old(object.parts);
    const about = { name: object.name, target: { schema, table, column } };
    if (action === 'drop') risks.set(key, { kind: 'column', ...about });
    const after = to.get(key);
    if (action !== 'alter' || after?.kind !== 'column' || !/ type .* using /is.test(sql)) continue;
    const types = { from: object.facts.type, to: after.facts.type };
    if (!keepsAll(types)) risks.set(key, { kind: 'conversion', ...about, types });
  }
  return [...risks.values()];
}

function keepsAll({ from, to }: { readonly from: string; readonly to: string }): boolean {
  // The first element of a list is taken.
  if (from.endsWith('[]') && !to.endsWith('[]')) return false;
  // An enum that is made anew under its name: a value that it lacks is refused, not lost.
  if (from === to || isWidening(from, to) || TEXTS.includes(to)) return true;
  const [a, b] = [NUMBERS.indexOf(from), NUMBERS.indexOf(to)];
  return a !== -1 && b > a;
}

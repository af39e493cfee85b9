import type { Catalog } from '../catalog/index.js';
import { quoteIdent } from '../sql/quote.js';

/** What a database has that only custom SQL can make, and that a schema may stand on: its extensions. Pure. */
export function extensionsOf(live: Catalog): string {
  return [...live.values()]
    .flatMap(({ kind, parts }) =>
      kind === 'extension' ? [`create extension if not exists ${quoteIdent(parts.at(-1) ?? '')};`] : [],
    )
    .join('\n');
}

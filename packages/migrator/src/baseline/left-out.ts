import type { CatalogDifference, CatalogOptions } from '../catalog/index.js';
import type { TrackingNames } from '../database/tracking.js';
import { parkedPatterns } from '../recoverable/index.js';

/** Schemas of tools that make and upgrade their objects themselves. */
const OF_OTHER_TOOLS = ['graphile_worker', 'graphile_migrate', 'pgboss', 'cron', 'pgmq'];

export interface LeftOutOptions {
  readonly tracking: TrackingNames;
  readonly trashSchema?: string | undefined;
  /** What the user leaves out: schemas (`audit_*`) or keys (`table:public.tmp_*`); `!pgboss` takes one of ours back in. */
  readonly ignore?: readonly string[] | undefined;
}

/** How to read a catalog that is to be compared with what migrations make. */
export function comparedCatalog({ tracking, trashSchema, ignore = [] }: LeftOutOptions): CatalogOptions {
  const kept = OF_OTHER_TOOLS.filter((name) => !ignore.includes(`!${name}`));
  const patterns = [...kept, ...ignore.filter((pattern) => !pattern.startsWith('!'))];
  return { tracking, ignore: [...patterns.flatMap(withItsSchema), ...parkedPatterns(trashSchema)] };
}

/** A pattern over schemas leaves out what is in them; they themselves are objects too. */
function withItsSchema(pattern: string): string[] {
  if (pattern.includes(':')) return [pattern];
  // Names that need quotes have them in keys.
  return [pattern, `schema:${pattern}`, `schema:"${pattern}"`];
}

/** Extensions that no migration makes are the administrator's: every hosted server has some. */
export function withoutExtensionsOfServer(differences: readonly CatalogDifference[]): {
  readonly differences: readonly CatalogDifference[];
  /** Names of those that were passed over. */
  readonly extensions: readonly string[];
} {
  const extra = differences.filter(({ kind, change }) => kind === 'extension' && change === 'unexpected');
  const keys = new Set(extra.map(({ key }) => key));
  return {
    differences: differences.filter(({ key, of }) => !keys.has(key) && !(of !== undefined && keys.has(of))),
    extensions: extra.map(({ name }) => name),
  };
}

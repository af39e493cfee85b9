import { BACKFILLS_TABLE, LOG_TABLE } from '../database/tracking.js';
import { catalogKey } from './key.js';
import type { CatalogObject, CatalogOptions } from './types.js';

/** Without what the options leave out, and without what belongs to that. */
export function withoutIgnored(objects: readonly CatalogObject[], options: CatalogOptions): readonly CatalogObject[] {
  const isIgnored = matcher(options);
  const ownerOf = new Map(objects.flatMap(({ key, of }) => (of === undefined ? [] : [[key, of]])));
  const leads = (key: string | undefined): boolean =>
    key !== undefined && (isIgnored.key(key) || leads(ownerOf.get(key)));
  return objects.filter(({ key, schema }) => !isIgnored.schema(schema) && !leads(key));
}

function matcher({ tracking, ignore = [] }: CatalogOptions): {
  readonly schema: (name: string) => boolean;
  readonly key: (key: string) => boolean;
} {
  const tracked = new Set(
    tracking && [
      catalogKey('table', tracking.schema, tracking.table),
      catalogKey('table', tracking.schema, LOG_TABLE),
      catalogKey('table', tracking.schema, BACKFILLS_TABLE),
      ...(tracking.schema === 'public' ? [] : [catalogKey('schema', tracking.schema)]),
    ],
  );
  const keys = ignore.filter((pattern) => pattern.includes(':')).map(toRegExp);
  const schemas = ignore.filter((pattern) => !pattern.includes(':')).map(toRegExp);
  return {
    schema: (name) => name !== '' && schemas.some((pattern) => pattern.test(name)),
    key: (key) => tracked.has(key) || keys.some((pattern) => pattern.test(key)),
  };
}

/** `*` stands for any text; everything else for itself. */
function toRegExp(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

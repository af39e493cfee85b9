import type { CatalogDifference, CatalogObject } from '../catalog/index.js';
import { catalogKey } from '../catalog/index.js';
import type { Snapshot } from '../generate/snapshot.js';
import { fitsFilter } from './name-filter.js';

/** What of a database a schema speaks for. */
export interface PushScope {
  /** Raw names of schemas whose other objects go. */
  readonly schemas: ReadonlySet<string>;
  /** Where the config has a `schemaFilter`: nothing is done in any other. */
  readonly only: ReadonlySet<string> | undefined;
  /** Keys of views that the schema says are there already. */
  readonly existing: ReadonlySet<string>;
  /** `tablesFilter` of the config: tables and views that do not fit are of somebody else. */
  readonly tables: readonly string[];
}

/** As drizzle.config.ts has them. */
export interface PushFilters {
  readonly schemas: readonly string[] | undefined;
  readonly tables: readonly string[];
}

/** `include`: schemas that the schema files do not name, and that are to be emptied all the same. Pure. */
export function scopeOf(schema: Snapshot, filters: PushFilters, include: readonly string[]): PushScope {
  const { tables, enums, sequences, views } = schema;
  const [own, existing] = [Object.values(views).filter(isOwn), Object.values(views).filter((view) => !isOwn(view))];
  const placed = [...[tables, enums, sequences].flatMap((record) => Object.values(record)), ...own];
  const named = [...placed.map((object) => object.schema || 'public'), ...Object.keys(schema.schemas), 'public'];
  const only = filters.schemas && new Set([...filters.schemas, ...include]);
  return {
    schemas: new Set([...named.filter((name) => only?.has(name) ?? true), ...include]),
    only,
    existing: new Set(
      existing.flatMap(({ schema: home, name }) =>
        (['view', 'materialized-view'] as const).map((kind) => catalogKey(kind, home || 'public', name)),
      ),
    ),
    tables: filters.tables,
  };
}

/** Whether it is not for the schema to change: `object` is what the difference is about, or the whole that it belongs to. Pure. */
export function isOutside(scope: PushScope, object: CatalogObject, change: CatalogDifference['change']): boolean {
  const home = object.kind === 'schema' ? (object.parts[0] ?? '') : object.schema;
  if (scope.only && !scope.only.has(home)) return true;
  if (change !== 'unexpected') return false;
  return !scope.schemas.has(home) || scope.existing.has(object.key) || !isOfFilter(scope, object);
}

function isOwn({ isExisting }: { readonly isExisting?: boolean }): boolean {
  return !isExisting;
}

function isOfFilter({ tables }: PushScope, { kind, parts }: CatalogObject): boolean {
  return !['table', 'view', 'materialized-view'].includes(kind) || fitsFilter(parts.at(-1) ?? '', tables);
}

import type { Catalog, CatalogDifference, CatalogObject } from '../catalog/index.js';
import { EMPTY_SNAPSHOT, type Snapshot } from '../generate/snapshot.js';

/**
 * As much of a catalog as the search for renames needs, in the form of a snapshot: tables with their columns, enums, views.
 * Only what is not left alone, so that nobody is asked whether the table of a job queue was renamed. Pure.
 */
export function renamePicture(catalog: Catalog, differences: readonly CatalogDifference[]): Snapshot {
  const asked = new Set(differences.flatMap(({ key, kind, of }) => (kind === 'column' && of ? [key, of] : [key])));
  const objects = [...catalog.values()];
  const columnsOf = (table: string) =>
    objects.flatMap((object) => {
      if (object.kind !== 'column' || object.of !== table) return [];
      const { column: name, type, notNull, default: value } = object.facts;
      return [[name, { name, type, notNull, primaryKey: false, ...(value !== undefined && { default: value }) }]];
    });
  const tables = objects.flatMap((object) => {
    if (object.kind !== 'table' || !asked.has(object.key)) return [];
    return [
      [
        object.parts.join('.'),
        { ...EMPTY_TABLE, ...placeOf(object), columns: Object.fromEntries(columnsOf(object.key)) },
      ],
    ];
  });
  const enums = objects.flatMap((object) =>
    object.kind === 'enum' && asked.has(object.key)
      ? [[object.parts.join('.'), { ...placeOf(object), schema: object.schema, values: object.facts.values }]]
      : [],
  );
  return { ...EMPTY_SNAPSHOT, tables: Object.fromEntries(tables), enums: Object.fromEntries(enums) };
}

function placeOf({ parts: [schema = '', name = ''] }: CatalogObject) {
  return { name, schema: schema === 'public' ? '' : schema };
}

const EMPTY_TABLE = {
  indexes: {},
  foreignKeys: {},
  compositePrimaryKeys: {},
  uniqueConstraints: {},
  policies: {},
  checkConstraints: {},
  isRLSEnabled: false,
};

import type { Catalog, CatalogDifference, CatalogObject } from '../catalog/index.js';
import { EMPTY_SNAPSHOT, type Snapshot } from '../generate/snapshot.js';
import type { PushScope } from './scope.js';

/**
 * As much of a catalog as the search for renames needs, in the form of a snapshot: tables with their columns and policies, enums,
 * sequences, views, schemas. Only what is not left alone, so that nobody is asked whether the table of a job queue was renamed;
 * `schemas`: those that may have been renamed. Pure.
 */
export function renamePicture(
  catalog: Catalog,
  differences: readonly CatalogDifference[],
  schemas: ReadonlySet<string>,
): Snapshot {
  const asked = new Set(
    differences.flatMap(({ key, kind, of }) => ((kind === 'column' || kind === 'policy') && of ? [key, of] : [key])),
  );
  // The sequence of a column is called what the column is called.
  const objects = [...catalog.values()].filter(
    (object) =>
      (asked.has(object.key) || schemas.has(object.schema)) && (object.kind !== 'sequence' || !object.facts.ownedBy),
  );
  const inside = (table: string) => [...catalog.values()].filter(({ of }) => of === table);
  const tables = objects.flatMap((object) => {
    if (object.kind !== 'table') return [];
    const parts = inside(object.key);
    const key = parts.flatMap((part) =>
      part.kind === 'constraint' && part.facts.type === 'primary-key' && part.facts.columns.length === 1
        ? part.facts.columns
        : [],
    );
    const columns = Object.fromEntries(
      parts.flatMap((part) => (part.kind === 'column' ? [columnOf(part, key.includes(part.facts.column))] : [])),
    );
    const policies = Object.fromEntries(
      parts.flatMap(({ kind, parts: names }) => {
        const name = names.at(-1) ?? '';
        return kind === 'policy' ? [[name, { name }]] : [];
      }),
    );
    return [[object.parts.join('.'), { ...EMPTY_TABLE, ...placeOf(object), columns, policies }]];
  });
  const of = <Kind extends CatalogObject['kind'], Value>(
    kinds: readonly Kind[],
    value: (object: CatalogObject<Kind>) => Value,
  ) =>
    Object.fromEntries(
      objects.flatMap((object) =>
        (kinds as readonly string[]).includes(object.kind)
          ? [[object.parts.join('.'), { ...placeOf(object), ...value(object as CatalogObject<Kind>) }]]
          : [],
      ),
    );
  return {
    ...EMPTY_SNAPSHOT,
    schemas: Object.fromEntries([...schemas].filter((name) => hasSchema(catalog, name)).map((name) => [name, name])),
    tables: Object.fromEntries(tables),
    enums: of(['enum'], ({ schema, facts }) => ({ schema, values: facts.values })),
    sequences: of(['sequence'], ({ schema, facts }) => ({ schema, options: facts.options })),
    views: of(['view', 'materialized-view'], ({ schema, kind }) => ({
      schema,
      columns: {},
      isExisting: false,
      materialized: kind === 'materialized-view',
    })),
  };
}

/**
 * Schemas that may be one under two names: new ones, and those that the schema files do not name and that have half of the tables of
 * a new one, or that a flag names. Others, such as that of a job queue, are nobody's question.
 */
export function renamedSchemas(
  meant: Catalog,
  live: Catalog,
  scope: PushScope,
  flags: readonly string[],
): ReadonlySet<string> {
  const made = schemasOf(meant).filter((name) => !hasSchema(live, name));
  const gone = schemasOf(live).filter(
    (name) => !hasSchema(meant, name) && !scope.schemas.has(name) && !(scope.only && !scope.only.has(name)),
  );
  const isLike = (old: string) =>
    flags.some((flag) => flag.replace(/^schema:/, '').startsWith(`${old}=`)) ||
    made.some((name) => {
      const [before, after] = [tablesIn(live, old), tablesIn(meant, name)];
      const shared = after.filter((table) => before.includes(table)).length;
      return shared > 0 && shared >= Math.min(before.length, after.length) / 2;
    });
  const likely = gone.filter(isLike);
  return new Set(likely.length > 0 ? [...made, ...likely] : []);
}

function schemasOf(catalog: Catalog): readonly string[] {
  return [...catalog.values()].flatMap(({ kind, parts }) => (kind === 'schema' ? [parts[0] ?? ''] : []));
}

function hasSchema(catalog: Catalog, name: string): boolean {
  return schemasOf(catalog).includes(name);
}

function tablesIn(catalog: Catalog, schema: string): readonly string[] {
  return [...catalog.values()].flatMap((object) =>
    object.kind === 'table' && object.schema === schema ? [object.parts.at(-1) ?? ''] : [],
  );
}

/** What Postgres names after a table is renamed with it: the sequence of a column, and the primary key. */
function columnOf({ facts }: CatalogObject<'column'>, primaryKey: boolean) {
  const { column: name, notNull, default: value, identity, sequence, sequenceParts: [, own = ''] = [] } = facts;
  const type = sequence !== undefined && !identity ? (SERIAL[facts.type] ?? facts.type) : facts.type;
  const said = {
    ...(value !== undefined && { default: value }),
    ...(identity && { identity: { type: identity === 'always' ? 'always' : 'byDefault', name: own } }),
  };
  return [name, { name, type, notNull, primaryKey, ...said }];
}

const SERIAL: Readonly<Record<string, string>> = { smallint: 'smallserial', integer: 'serial', bigint: 'bigserial' };

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

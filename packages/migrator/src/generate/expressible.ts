import {
  type Catalog,
  type CatalogDifference,
  type CatalogKind,
  type CatalogObject,
  compareCatalogs,
  topDifferences,
} from '../catalog/index.js';

/** Kinds that a schema in TypeScript can say. Functions, triggers, domains and the like are for custom SQL. */
const KINDS: ReadonlySet<CatalogKind> = new Set([
  'schema',
  'table',
  'column',
  'constraint',
  'index',
  'view',
  'materialized-view',
  'sequence',
  'enum',
  'policy',
]);

/**
 * Where a database is not what a schema means, as far as the schema could have said it: an object that only custom SQL can
 * make is none, nor is a property of an object that only custom SQL can give it.
 */
export function expressibleDifferences(schema: Catalog, database: Catalog): readonly CatalogDifference[] {
  return topDifferences(allExpressibleDifferences(schema, database));
}

/** The same with what is inside of objects that differ as a whole. */
export function allExpressibleDifferences(schema: Catalog, database: Catalog): readonly CatalogDifference[] {
  return compareCatalogs(expressible(schema, schema), expressible(database, schema));
}

/** A partitioned table that the schema has is a table to it; only how it is cut up is for custom SQL. */
function expressible(catalog: Catalog, schema: Catalog): Catalog {
  const isSaid = (object: CatalogObject): boolean => {
    if (!KINDS.has(object.kind)) return false;
    if (isOfCustomForm(object) && !(object.kind === 'table' && schema.has(object.key))) return false;
    const whole = object.of === undefined ? undefined : catalog.get(object.of);
    // drizzle knows no index of a materialized view.
    if (object.kind === 'index' && whole?.kind === 'materialized-view') return false;
    return whole === undefined || isSaid(whole);
  };
  return new Map(
    [...catalog]
      .filter(([, object]) => isSaid(object))
      .map(([key, object]) => [key, { ...object, text: said(object) }]),
  );
}

function isOfCustomForm(object: CatalogObject): boolean {
  switch (object.kind) {
    case 'table':
      return object.facts.type !== 'table' || object.facts.parents.length > 0;
    case 'constraint':
      return object.facts.type === 'exclusion';
    // That of a serial or identity column is said by the column.
    case 'sequence':
      return object.facts.ownedBy !== undefined;
    default:
      return false;
  }
}

/** The text without what no schema says: storage parameters, statistics targets, what is not validated yet. */
function said(object: CatalogObject): string {
  switch (object.kind) {
    case 'table':
      return object.facts.rowSecurity ? 'table, row level security' : 'table';
    case 'column': {
      const { type, notNull, default: value, generated, identity, sequenceOptions } = object.facts;
      return [
        type,
        notNull && 'not null',
        value !== undefined && `default ${value}`,
        generated && `generated always as (${generated.expression})${generated.stored ? ' stored' : ''}`,
        identity && `generated ${identity} as identity${sequenceOptions && ` (${sequenceOptions})`}`,
      ]
        .filter(Boolean)
        .join(' ');
    }
    case 'constraint':
      return object.text.replace(/ (?:NOT VALID|DEFERRABLE(?: INITIALLY DEFERRED)?)(?= |$)/g, '');
    case 'index':
      return object.facts.definition;
    default:
      return object.text;
  }
}

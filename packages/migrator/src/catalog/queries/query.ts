import { quoteLiteral } from '../../sql/quote.js';
import { catalogKey, objectName } from '../key.js';
import type { CatalogFacts, CatalogKind, CatalogObject, CatalogOptions } from '../types.js';

/** What a query may depend on. */
export interface Scope {
  /** Major version of the server, such as 16. */
  readonly version: number;
  readonly options: CatalogOptions;
}

/** Reads the objects of one kind, or of some that stand in one system catalog, with one statement. */
export interface CatalogQuery {
  /** The system catalog that the column `oid` of the rows is from; comments, owners and grants are found by it. */
  readonly catalog: string;
  /** A condition that is false where there is nothing to read, and asks for next to nothing. Default: there always is something. */
  isThere?(options: CatalogOptions): string;
  /** A select; its rows arrive as JSON. */
  sql(scope: Scope): string;
  read(row: CatalogRow, scope: Scope): CatalogObject;
}

export interface CatalogRow {
  readonly oid: string;
  /** Number of a column. */
  readonly sub?: number;
  /** The system catalog of the oid, where it is not that of the query. */
  readonly catalog?: string;
}

interface PartRow extends CatalogRow {
  readonly part: number;
  readonly row: CatalogRow;
}

/** One statement for kinds of which a database has few: it costs as much as one of them. */
export function together(queries: readonly CatalogQuery[]): CatalogQuery {
  return defineQuery<PartRow>({
    catalog: '',
    isThere: (options) => queries.map((query) => query.isThere?.(options) ?? 'true').join(' or '),
    sql: (scope) =>
      queries
        .map(
          (query, part) =>
            `select oid, '${query.catalog}' as catalog, ${part} as part, to_json(q) as row from (${query.sql(scope)}) q`,
        )
        .join(' union all '),
    read: ({ part, row }, scope) => {
      const query = queries[part];
      if (!query) throw new Error(`There is no part ${part}.`);
      return query.read(row, scope);
    },
  });
}

/** Row types are a promise of the SQL beside it; nothing checks them. */
export function defineQuery<R extends CatalogRow>(query: {
  readonly catalog: string;
  isThere?(options: CatalogOptions): string;
  sql(scope: Scope): string;
  read(row: R, scope: Scope): CatalogObject;
}): CatalogQuery {
  return query as unknown as CatalogQuery;
}

interface Contents {
  readonly text: string;
  /** Default: none. */
  readonly schema?: string;
  readonly of?: string;
}

export function makeObject<K extends CatalogKind>(
  kind: K,
  parts: readonly string[],
  { text, schema = '', of }: Contents,
  ...[facts]: K extends keyof CatalogFacts ? [CatalogFacts[K]] : []
): CatalogObject {
  return {
    key: catalogKey(kind, ...parts),
    kind,
    name: objectName(...parts),
    schema,
    parts,
    ...(of !== undefined && { of }),
    text: text.replace(/\r\n/g, '\n').trim(),
    facts,
  } as CatalogObject;
}

/** What `initdb` makes has lower ones. */
export const FIRST_OWN_OID = 16_384;

/** Key of a relation, by pg_class.relkind. */
export function relationKey(relkind: string, schema: string, name: string): string {
  return catalogKey(RELATION_KINDS[relkind] ?? 'table', schema, name);
}

const RELATION_KINDS: Readonly<Record<string, CatalogKind>> = {
  v: 'view',
  m: 'materialized-view',
  S: 'sequence',
  c: 'composite-type',
};

/** The schemas of users, for an alias of pg_namespace. Names that begin with `pg_` are reserved for Postgres. */
export function isUserSchema(alias: string, { options: { trashSchema } }: Scope): string {
  const own = `${alias}.nspname !~ '^pg_' and ${alias}.nspname <> 'information_schema'`;
  if (trashSchema === undefined) return own;
  return `${own} and ${alias}.nspname <> ${quoteLiteral(trashSchema)} and not starts_with(${alias}.nspname, ${quoteLiteral(`${trashSchema}_`)})`;
}

/** What `create extension` has made comes and goes with it, and changes with its version. `also`: further dependency types. */
export function isNotExtensions(catalog: string, oid: string, also = ''): string {
  return `not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype in ('e'${also}))`;
}

/** Neither made by `initdb` nor by `create extension`. */
export function isUsers(catalog: string, oid: string, also = ''): string {
  return `${oid} >= ${FIRST_OWN_OID} and ${isNotExtensions(catalog, oid, also)}`;
}

/** Whether a system catalog has a row that `initdb` has not made: found by its index. */
export function hasOwn(catalog: string, where = 'true', oid = 'oid'): string {
  return `exists (select from ${catalog} where ${oid} >= ${FIRST_OWN_OID} and ${where})`;
}

/** ` with (a=1, b=2)`; the order in which options were set is not kept. */
export function withOptions(options: readonly string[] | null): string {
  return options && options.length > 0 ? ` with (${[...options].sort().join(', ')})` : '';
}

/** What pg_trigger, pg_rewrite and pg_event_trigger say about when something fires; the usual is said by nothing. */
export function firing(enabled: string): string {
  const words: Readonly<Record<string, string>> = { D: ' disabled', R: ' enabled replica', A: ' enabled always' };
  return words[enabled] ?? '';
}

export function joinWords(...words: readonly (string | false | null | undefined)[]): string {
  return words.filter(Boolean).join(' ');
}

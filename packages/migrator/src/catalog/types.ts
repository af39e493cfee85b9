/**
 * What a database holds, as a map of its objects to Postgres' own text for each. Plain readonly data: no oids, no order of
 * creation, no order of columns, so that two databases with an equal schema have equal catalogs.
 */

/** Columns, constraints, triggers, rules and policies belong to the relation in `of`; so do indexes. */
export type CatalogKind =
  | 'schema'
  | 'extension'
  | 'role'
  | 'table'
  | 'column'
  | 'constraint'
  | 'index'
  | 'view'
  | 'materialized-view'
  | 'sequence'
  | 'enum'
  | 'domain'
  | 'composite-type'
  | 'range-type'
  | 'function'
  | 'procedure'
  | 'aggregate'
  | 'trigger'
  | 'rule'
  | 'policy'
  | 'statistics'
  | 'event-trigger'
  | 'publication'
  | 'comment'
  | 'owner'
  | 'grant'
  | 'default-privileges';

/** Facts for programs that `text` holds for people; names are raw, without quotes. */
export interface CatalogFacts {
  readonly table: {
    readonly type: 'table' | 'partitioned' | 'partition' | 'foreign';
    readonly rowSecurity: boolean;
    /** Name of the table it is a partition of, as in keys. */
    readonly partitionOf?: string;
  };
  readonly column: {
    readonly column: string;
    /** As `format_type` prints it. */
    readonly type: string;
    readonly notNull: boolean;
    /** The expression of a default, as Postgres prints it; absent for generated columns. */
    readonly default?: string;
    readonly generated?: { readonly expression: string; readonly stored: boolean };
    readonly identity?: 'always' | 'by default';
    /** Its own sequence, that of an identity or serial column: `schema.name` as in keys. */
    readonly sequence?: string;
  };
  readonly constraint: {
    readonly type: 'check' | 'foreign-key' | 'primary-key' | 'unique' | 'exclusion';
    readonly validated: boolean;
    readonly columns: readonly string[];
    /** Name of the table a foreign key points at, as in keys. */
    readonly references?: string;
  };
  readonly index: { readonly unique: boolean; readonly valid: boolean; readonly method: string };
  readonly sequence: { readonly type: string; readonly ownedBy?: string };
  readonly enum: { readonly values: readonly string[] };
  readonly domain: { readonly type: string; readonly notNull: boolean };
}

type FactsOf<K extends CatalogKind> = K extends keyof CatalogFacts ? CatalogFacts[K] : undefined;

/** One object. A union over `kind`, so that a check of it makes `facts` known. */
export type CatalogObject<K extends CatalogKind = CatalogKind> = {
  readonly [Kind in K]: {
    /** `kind:name`. */
    readonly key: string;
    readonly kind: Kind;
    /** For people: `public.songs.title`, `public.add(integer, integer)`. See `objectName`. */
    readonly name: string;
    /** Its schema, raw; empty for what lives in none. */
    readonly schema: string;
    /** Key of the object it belongs to and goes with: the table of a column, the object of a comment. */
    readonly of?: string;
    /** Canonical, as Postgres prints it; equal texts mean equal objects. */
    readonly text: string;
    readonly facts: FactsOf<Kind>;
  };
}[K];

/** Objects by key, in the order of the keys. */
export type Catalog = ReadonlyMap<string, CatalogObject>;

export interface CatalogOptions {
  /** drizzle's tracking table; it, our log beside it, and its schema (unless that is `public`) are left out. */
  readonly tracking?: { readonly schema: string; readonly table: string };
  /** Schema of the trash; it and the schemas whose names begin with it and `_`, which hold parked drops, are left out. */
  readonly trashSchema?: string;
  /**
   * What else to leave out: patterns with `*`, over schemas (`pgboss`, `graphile_*`) or, with a colon, over keys
   * (`table:public.tmp_*`). What belongs to an object that is left out goes with it.
   */
  readonly ignore?: readonly string[];
  /** Roles to read as objects. Roles are the server's, not the database's, so none is read unasked. */
  readonly roles?: readonly string[];
  /** Versions of extensions count. Default: only their names. */
  readonly extensionVersions?: boolean;
  readonly comments?: boolean;
  readonly owners?: boolean;
  /** Privileges of others than the owner, and default privileges. */
  readonly grants?: boolean;
}

export interface CatalogDifference {
  readonly key: string;
  readonly kind: CatalogKind;
  readonly name: string;
  /** Seen from `actual`: it lacks the object, has one more, or has another. */
  readonly change: 'missing' | 'unexpected' | 'changed';
  readonly expected?: string;
  readonly actual?: string;
  /** Key of the object it belongs to. */
  readonly of?: string;
}

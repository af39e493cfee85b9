/**
 * What a database holds, as a map of its objects to Postgres' own text for each. Plain readonly data: no oids, no order of
 * creation, no order of columns, so that two databases with an equal schema have equal catalogs.
 */

/** `other`: what is only known to be there. Columns, constraints, triggers, rules and policies belong to the relation in `of`; so do indexes. */
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
  | 'collation'
  | 'cast'
  | 'operator'
  | 'text-search-dictionary'
  | 'text-search-configuration'
  | 'foreign-server'
  | 'other'
  | 'comment'
  | 'owner'
  | 'grant'
  | 'default-privileges';

/** Facts for programs that `text` holds for people; names are raw, without quotes. */
export interface CatalogFacts {
  readonly table: {
    readonly type: 'table' | 'partitioned' | 'partition' | 'foreign';
    readonly rowSecurity: boolean;
    readonly forcedRowSecurity: boolean;
    readonly unlogged: boolean;
    /** Raw names: schema and table. */
    readonly parents: readonly Parts[];
    readonly bound?: string;
    readonly partitionKey?: string;
    /** Access method, where it is not `heap`. */
    readonly method?: string;
    readonly ofType?: string;
    readonly server?: string;
    /** `name=value`. */
    readonly foreignOptions: readonly string[];
    /** `name=value`, with `toast.` where it is about that. */
    readonly options: readonly string[];
    /** As ALTER TABLE takes it. */
    readonly replicaIdentity: string;
    /** Name of the table it is a partition of, as in keys. */
    readonly partitionOf?: string;
    /** Triggers that are switched off behind the back of what they are for: names of constraints, and of triggers of the whole. */
    readonly asleep: readonly { readonly of: 'constraint' | 'trigger'; readonly name: string }[];
  };
  readonly column: {
    readonly column: string;
    /** Key of the parent's column, where it is there only because the parent has it: statements about that one reach it. */
    readonly inheritedFrom?: string;
    /** Where it stands in its table; not part of the text. */
    readonly position: number;
    /** Raw: schema and name, where it is not the type's. */
    readonly collation?: Parts;
    /** False while a NOT NULL is not validated. */
    readonly notNullValidated: boolean;
    /** As `format_type` prints it. */
    readonly type: string;
    readonly notNull: boolean;
    /** The expression of a default, as Postgres prints it; absent for generated columns. */
    readonly default?: string;
    readonly generated?: { readonly expression: string; readonly stored: boolean };
    readonly identity?: 'always' | 'by default';
    /** Its own sequence, that of an identity or serial column: `schema.name` as in keys. */
    readonly sequence?: string;
    readonly sequenceParts?: Parts;
    /** Of its own sequence, where they are not the usual ones. */
    readonly sequenceOptions: string;
    readonly storage?: string;
    readonly compression?: string;
    readonly statistics?: number;
    /** `name=value`; those of a foreign table are the server's. */
    readonly options: readonly string[];
  };
  readonly constraint: {
    readonly type: 'check' | 'foreign-key' | 'primary-key' | 'unique' | 'exclusion';
    /** Key of the parent's check, as with columns. */
    readonly inheritedFrom?: string;
    readonly validated: boolean;
    readonly columns: readonly string[];
    /** Name of the table a foreign key points at, as in keys. */
    readonly references?: string;
  };
  readonly index: {
    readonly unique: boolean;
    readonly valid: boolean;
    readonly method: string;
    readonly clustered: boolean;
    readonly definition: string;
  };
  readonly sequence: {
    readonly type: string;
    readonly ownedBy?: string;
    readonly owner?: Parts;
    readonly unlogged: boolean;
    /** Those that are not the usual ones. */
    readonly options: string;
  };
  readonly enum: { readonly values: readonly string[] };
  readonly domain: {
    readonly type: string;
    readonly notNull: boolean;
    readonly collation?: string;
    readonly default?: string;
    /** `constraint "name" CHECK (…)`. */
    readonly checks: readonly string[];
  };
  readonly 'composite-type': { readonly attributes: readonly string[] };
  /** What stands between the brackets of CREATE TYPE … AS RANGE. */
  readonly 'range-type': { readonly options: string };
  readonly view: { readonly options: readonly string[]; readonly definition: string };
  readonly 'materialized-view': { readonly options: readonly string[]; readonly definition: string };
  readonly function: { readonly arguments: string };
  readonly procedure: { readonly arguments: string };
  /** `definition`: what follows the name in CREATE AGGREGATE; missing where it cannot be said so. */
  readonly aggregate: { readonly arguments: string; readonly definition?: string };
  readonly trigger: { readonly definition: string; readonly enabled: Enabled };
  readonly rule: { readonly definition: string; readonly enabled: Enabled };
  readonly policy: {
    readonly permissive: boolean;
    readonly command: string;
    readonly roles: readonly string[];
    readonly using?: string;
    readonly check?: string;
  };
  readonly statistics: { readonly definition: string; readonly target?: number };
  readonly 'event-trigger': {
    readonly event: string;
    readonly function: string;
    readonly tags: readonly string[];
    readonly enabled: Enabled;
  };
  /** `options`: what follows the name in CREATE PUBLICATION. */
  readonly publication: { readonly options: string };
  /** What stands between the brackets of CREATE COLLATION. */
  readonly collation: { readonly definition: string };
  /** What follows the types in CREATE CAST; `parts` are those. */
  readonly cast: { readonly definition: string };
  /** `address`: its name as SQL has it, which is no identifier; `arguments`: the types, `none` for one that is not there. */
  readonly operator: { readonly address: string; readonly arguments: string; readonly definition: string };
  /** `name = 'value'`, as SQL has them. */
  readonly 'text-search-dictionary': { readonly template: string; readonly options: readonly string[] };
  /** Dictionaries of each kind of token, as SQL has them. */
  readonly 'text-search-configuration': {
    readonly parser: string;
    readonly mappings: readonly (readonly [token: string, dictionaries: string])[];
  };
  /** `name=value`, without those that hold a secret. */
  readonly 'foreign-server': {
    readonly wrapper: string;
    readonly type?: string;
    readonly version?: string;
    readonly options: readonly string[];
  };
  readonly extension: { readonly schema: string; readonly version: string };
  /** `sequence`: that of the column it belongs to. */
  readonly grant: { readonly role: string; readonly column?: string; readonly sequence?: true };
  readonly comment: { readonly column?: string };
  readonly 'default-privileges': {
    readonly owner: string;
    readonly objects: string;
    /** `select to name`, besides the usual. */
    readonly grants: readonly string[];
    /** Of what is usual. */
    readonly revokes: readonly string[];
  };
}

/** Raw names, from the outside in: a schema and what lives there. */
export type Parts = readonly string[];

/** When a trigger or rule fires: `O`rigin, which is the usual, `D`isabled, `R`eplica, `A`lways. */
export type Enabled = 'O' | 'D' | 'R' | 'A';

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
    /** What `name` is made of, raw; for comments, owners and grants the parts of what they are about. */
    readonly parts: Parts;
    /** Key of the object it belongs to and goes with: the table of a column, the object of a comment. */
    readonly of?: string;
    /** Keys of objects that must be there before it; read where asked for. */
    readonly needs?: readonly string[];
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
  /** What needs what (`needs`), from pg_depend. */
  readonly dependencies?: boolean;
  /** Versions of extensions count. Default: only their names. */
  readonly extensionVersions?: boolean;
  /** Triggers that were switched off behind the back of a constraint or a whole table count; pg_dump does not keep that. */
  readonly switchedOff?: boolean;
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
  /** Key of the same difference of a parent table, which brings it about. */
  readonly follows?: string;
}

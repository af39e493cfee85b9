/** What the earlier migrations have made, as far as their text tells: enough for rules, not a catalog. */
import type { Node } from '../syntax.js';

export interface Column {
  name: string;
  /** As `typeText` writes it. */
  type: string;
  notNull: boolean;
  hasDefault: boolean;
  collation?: string;
}

export interface TableConstraint {
  name: string;
  readonly kind: 'check' | 'foreign-key' | 'unique' | 'primary-key' | 'exclusion' | 'not-null';
  columns: readonly string[];
  readonly expression?: Node;
  /** The key of the table that a foreign key points at. */
  references?: string;
  validated: boolean;
  /** Which statement has added it: see `Place`. */
  readonly place: Place;
}

export interface Index {
  name: string;
  /** Plain columns in order; an expression ends the list. */
  columns: readonly string[];
  /** Columns behind its first expression, and those that its expressions and its condition mention. */
  mentioned: readonly string[];
  readonly unique: boolean;
  /** It has a WHERE. */
  readonly partial: boolean;
  readonly hasExpression: boolean;
  readonly place: Place;
}

export interface Table {
  schema: string;
  name: string;
  readonly columns: Map<string, Column>;
  readonly constraints: Map<string, TableConstraint>;
  readonly indexes: Map<string, Index>;
  readonly isPartitioned: boolean;
  partitionOf?: string;
  isDefaultPartition: boolean;
  rowSecurity: boolean;
  readonly policies: Set<string>;
  readonly place: Place;
}

export interface View {
  readonly isMaterialized: boolean;
  /** Keys of what it reads. */
  readonly reads: ReadonlySet<string>;
  /** Columns that it mentions; `*` for all. */
  readonly columns: ReadonlySet<string>;
}

export interface EnumType {
  readonly kind: 'enum';
  readonly values: readonly string[];
  readonly place: Place;
}

export interface DomainType {
  readonly kind: 'domain';
  readonly base: string;
  isChecked: boolean;
  readonly place: Place;
}

/** Position of a migration in the journal, and of a statement in it. -1 for what was there before the first migration. */
export interface Place {
  readonly migration: number;
  readonly statement: number;
}

export interface Schema {
  /** By `schema.name`. */
  readonly tables: Map<string, Table>;
  readonly views: Map<string, View>;
  readonly types: Map<string, EnumType | DomainType>;
  /** The table of each index. */
  readonly indexes: Map<string, string>;
  /** By `schema.name`; `volatile` as soon as one of several under a name is. */
  readonly functions: Map<string, 'volatile' | 'stable'>;
}

export function emptySchema(): Schema {
  return { tables: new Map(), views: new Map(), types: new Map(), indexes: new Map(), functions: new Map() };
}

/** Adds what another model knows and this one does not: a history may begin with tables that no migration makes. */
export function fillGaps(schema: Schema, other: Schema): void {
  for (const [key, table] of other.tables) {
    if (schema.tables.has(key)) continue;
    schema.tables.set(key, table);
    for (const name of table.indexes.keys()) schema.indexes.set(`${table.schema}.${name}`, key);
  }
  for (const [key, view] of other.views) if (!schema.views.has(key)) schema.views.set(key, view);
  for (const [key, type] of other.types) if (!schema.types.has(key)) schema.types.set(key, type);
}

/** The names of the views that read a table, or one column of it, and so hold its type fast. */
export function viewsReading({ views }: Schema, table: string, column?: string): string[] {
  return [...views]
    .filter(
      ([, view]) =>
        view.reads.has(table) && (column === undefined || view.columns.has(column) || view.columns.has('*')),
    )
    .map(([name]) => name.replace(/^public\./, ''));
}

/** The foreign keys that point at a table, with the table that has them. */
export function referencesTo({ tables }: Schema, target: string): { table: Table; constraint: TableConstraint }[] {
  return [...tables.values()].flatMap((table) =>
    [...table.constraints.values()]
      .filter(({ references }) => references === target)
      .map((constraint) => ({ table, constraint })),
  );
}

/** The columns whose type is a given one, array or not. */
export function columnsOfType({ tables }: Schema, type: string): { table: string; column: Column }[] {
  const wanted = type.replace(/^public\./, '');
  return [...tables].flatMap(([table, { columns }]) =>
    [...columns.values()]
      .filter((column) => column.type.replace(/\[\]$/, '') === wanted)
      .map((column) => ({ table, column })),
  );
}

/** Types are written without `public`. */
export function typeOf({ types }: Pick<Schema, 'types'>, type: string): EnumType | DomainType | undefined {
  const name = type.replace(/\(.*\)|\[\]/g, '');
  return types.get(name.includes('.') ? name : `public.${name}`);
}

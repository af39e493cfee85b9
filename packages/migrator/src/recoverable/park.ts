import { quoteIdent, quoteLiteral, quoteName } from '../sql/quote.js';
import { DEFAULT_TRASH, parkedColumnName, parkingSchema, REGISTRY } from './names.js';

/** Where a migration parks what it drops. */
export interface ParkingPlace {
  /** Tag of the migration; its number becomes part of the names. */
  readonly migration: string;
  /** Default `migrator_trash`. */
  readonly trash?: string | undefined;
}

/** Statements without `;`. `up` stands in the place of a DROP, `down` in that of the CREATE or ADD that undoes it. */
export interface Parking {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

export interface ColumnToPark {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly notNull: boolean;
  /** Expression of its default, as SQL. A serial column has one. */
  readonly default?: string | undefined;
  /** GENERATED … AS IDENTITY: it goes on filling itself, so nothing is relaxed. */
  readonly identity?: boolean | undefined;
  /** A primary key, unique constraint or unique index holds it; dropped by statements of their own, before these. */
  readonly unique?: boolean | undefined;
}

export interface TableToPark {
  readonly schema: string;
  readonly table: string;
  /** Foreign keys, its own and those that point at it, that no other statement drops: a parked table must not hold back rows. */
  readonly foreignKeys?: readonly ForeignKeyToDrop[] | undefined;
}

export interface ForeignKeyToDrop {
  /** The table that has it. */
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  /** As SQL: `FOREIGN KEY ("album_id") REFERENCES "public"."albums" ("id")`. */
  readonly definition: string;
}

/** A type, or a sequence that no column owns: what is parked may still be made of it, so it cannot be dropped. */
export interface ObjectToPark {
  readonly schema: string;
  readonly name: string;
}

/** What a file that parks anything begins with, once. Like drizzle-kit itself it needs the right to create schemas. */
export function openTrash(trash: string = DEFAULT_TRASH): readonly string[] {
  return [
    `CREATE SCHEMA IF NOT EXISTS ${quoteIdent(trash)}`,
    `CREATE TABLE IF NOT EXISTS ${quoteName(trash, REGISTRY)} (
	"id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"relation" regclass,
	"parked_as" text NOT NULL,
	"migration" text NOT NULL,
	"parked_at" timestamp with time zone DEFAULT now() NOT NULL,
	"purged_at" timestamp with time zone
)`,
  ];
}

/**
 * Renames a column out of the way. It may then be left out of new rows: a NOT NULL that no default satisfies goes, and so does
 * a constant default of a unique column, which no second row could have. Takes no time, whatever the size of the table.
 */
export function parkColumn(place: ParkingPlace, column: ColumnToPark): Parking {
  const table = quoteName(column.schema, column.table);
  const name = quoteIdent(column.column);
  const parkedAs = parkedColumnName(place.migration, column.column);
  const entry = {
    kind: 'column',
    name: `${column.schema}.${column.table}.${column.column}`,
    relation: table,
    parkedAs,
  } as const;
  const constant = column.default !== undefined && !column.default.includes('(');
  const dropDefault = column.unique === true && constant;
  const fillsItself = column.identity === true || (column.default !== undefined && !dropDefault);
  const relax = column.notNull && !fillsItself;
  return {
    up: [
      ...(dropDefault ? [`ALTER TABLE ${table} ALTER COLUMN ${name} DROP DEFAULT`] : []),
      ...(relax ? [`ALTER TABLE ${table} ALTER COLUMN ${name} DROP NOT NULL`] : []),
      `ALTER TABLE ${table} RENAME COLUMN ${name} TO ${quoteIdent(parkedAs)}`,
      registerSql(place, entry),
    ],
    down: [
      `ALTER TABLE ${table} RENAME COLUMN ${quoteIdent(parkedAs)} TO ${name}`,
      ...(dropDefault ? [`ALTER TABLE ${table} ALTER COLUMN ${name} SET DEFAULT ${column.default}`] : []),
      ...(relax ? [`ALTER TABLE ${table} ALTER COLUMN ${name} SET NOT NULL`] : []),
      forgetSql(place, entry),
    ],
  };
}

/** Moves a table to a schema of its own, with its rows, indexes, constraints, triggers, policies and own sequences. */
export function parkTable(place: ParkingPlace, { schema, table, foreignKeys = [] }: TableToPark): Parking {
  const { up, down } = moved(place, 'TABLE', schema, table);
  const owner = (key: ForeignKeyToDrop) => `ALTER TABLE ${quoteName(key.schema, key.table)}`;
  return {
    up: [...foreignKeys.map((key) => `${owner(key)} DROP CONSTRAINT ${quoteIdent(key.name)}`), ...up],
    down: [
      ...down,
      ...foreignKeys.map((key) => `${owner(key)} ADD CONSTRAINT ${quoteIdent(key.name)} ${key.definition}`),
    ],
  };
}

export function parkType(place: ParkingPlace, { schema, name }: ObjectToPark): Parking {
  return moved(place, 'TYPE', schema, name);
}

export function parkSequence(place: ParkingPlace, { schema, name }: ObjectToPark): Parking {
  return moved(place, 'SEQUENCE', schema, name);
}

function moved(place: ParkingPlace, what: 'TABLE' | 'TYPE' | 'SEQUENCE', schema: string, name: string): Parking {
  const there = parkingSchema(place.trash ?? DEFAULT_TRASH, place.migration, schema, name);
  const entry = {
    kind: what.toLowerCase(),
    name: `${schema}.${name}`,
    ...(what !== 'TYPE' && { relation: quoteName(there, name) }),
    parkedAs: there,
  };
  return {
    up: [
      `CREATE SCHEMA ${quoteIdent(there)}`,
      `ALTER ${what} ${quoteName(schema, name)} SET SCHEMA ${quoteIdent(there)}`,
      registerSql(place, entry),
    ],
    down: [
      `ALTER ${what} ${quoteName(there, name)} SET SCHEMA ${quoteIdent(schema)}`,
      `DROP SCHEMA ${quoteIdent(there)}`,
      forgetSql(place, entry),
    ],
  };
}

interface Entry {
  readonly kind: string;
  /** What it was called, for people. */
  readonly name: string;
  /** The table, as SQL: its oid is kept, so that it is found again when it was renamed. */
  readonly relation?: string;
  /** The column's name now, or the schema that it was moved to. */
  readonly parkedAs: string;
}

function registerSql({ migration, trash = DEFAULT_TRASH }: ParkingPlace, entry: Entry): string {
  const relation = entry.relation === undefined ? 'NULL' : `${literal(entry.relation)}::regclass`;
  const values = [literal(entry.kind), literal(entry.name), relation, literal(entry.parkedAs), literal(migration)];
  return `INSERT INTO ${quoteName(trash, REGISTRY)} ("kind", "name", "relation", "parked_as", "migration") VALUES (${values.join(', ')})`;
}

function forgetSql({ trash = DEFAULT_TRASH }: ParkingPlace, { name, parkedAs }: Entry): string {
  return `DELETE FROM ${quoteName(trash, REGISTRY)} WHERE "parked_as" = ${literal(parkedAs)} AND "name" = ${literal(name)}`;
}

function literal(text: string): string {
  return quoteLiteral(text).trim();
}

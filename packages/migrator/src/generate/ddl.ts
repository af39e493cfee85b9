/** Snapshot objects as SQL, without the semicolon at the end. One function a statement; pure. */
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import type {
  Check,
  Column,
  Enum,
  ForeignKey,
  Identity,
  Index,
  IndexColumn,
  Policy,
  Role,
  Sequence,
  SequenceOptions,
  Table,
  Unique,
  View,
} from './snapshot.js';
import { typeSql } from './types.js';

/** Quoted; what lies in `public` is written without it, as drizzle-kit does. */
export function relation({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return schema && schema !== 'public' ? `${quoteIdent(schema)}.${quoteIdent(name)}` : quoteIdent(name);
}

/** Quoted and always qualified: types and the targets of keys. */
export function qualified({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${quoteIdent(schema || 'public')}.${quoteIdent(name)}`;
}

export function list(names: readonly string[]): string {
  return names.map(quoteIdent).join(', ');
}

export function defaultSql(value: unknown): string {
  return typeof value === 'object' && value !== null ? quoteLiteral(JSON.stringify(value)).trim() : String(value);
}

export function createTable(table: Table): string {
  const columns = Object.values(table.columns).map((column) => columnSql(column, table));
  const constraints = [
    ...Object.values(table.compositePrimaryKeys).map(
      (key) => `CONSTRAINT ${quoteIdent(key.name)} PRIMARY KEY (${list(key.columns)})`,
    ),
    ...uniquesOf(table).map((unique) => uniqueSql(unique)),
    ...Object.values(table.checkConstraints).map((check) => checkSql(check)),
  ];
  const lines = [...columns, ...constraints].map((line) => `\t${line}`);
  return `CREATE TABLE ${relation(table)} (\n${lines.join(',\n')}\n)`;
}

/** Uniques with the name that drizzle-kit leaves out where the key has it. */
export function uniquesOf(table: Table): (Unique & { readonly name: string })[] {
  return Object.entries(table.uniqueConstraints).map(([key, unique]) => ({ ...unique, name: unique.name ?? key }));
}

/** One column as in CREATE TABLE and ADD COLUMN. */
export function columnSql(column: Column, table: Table): string {
  return [
    quoteIdent(column.name),
    typeSql(column),
    column.primaryKey && 'PRIMARY KEY',
    column.generated && `GENERATED ALWAYS AS (${column.generated.as}) STORED`,
    column.default !== undefined && `DEFAULT ${defaultSql(column.default)}`,
    column.notNull && 'NOT NULL',
    column.identity && identitySql(column.identity, table),
  ]
    .filter(Boolean)
    .join(' ');
}

export function identitySql(identity: Identity, table: Table): string {
  const options = [
    `SEQUENCE NAME ${qualified({ schema: table.schema, name: identity.name })}`,
    ...sequenceOptions(identity),
  ].join(' ');
  return `GENERATED ${identityKind(identity)} AS IDENTITY (${options})`;
}

export function identityKind({ type }: Identity): string {
  return type === 'always' ? 'ALWAYS' : 'BY DEFAULT';
}

/** Each with what Postgres would take by itself left to it. */
export function sequenceOptions(options: SequenceOptions): string[] {
  const { increment, minValue, maxValue, startWith, cache, cycle } = options;
  return [
    increment !== undefined && `INCREMENT BY ${increment}`,
    minValue !== undefined && `MINVALUE ${minValue}`,
    maxValue !== undefined && `MAXVALUE ${maxValue}`,
    startWith !== undefined && `START WITH ${startWith}`,
    cache !== undefined && `CACHE ${cache}`,
    cycle !== undefined && (cycle ? 'CYCLE' : 'NO CYCLE'),
  ].filter((part) => typeof part === 'string');
}

/** A sequence that counts the other way cannot go on from where it is. */
export function turned(from: SequenceOptions, to: SequenceOptions): string[] {
  return Number(from.increment ?? 1) < 0 === Number(to.increment ?? 1) < 0 ? [] : ['RESTART'];
}

export function uniqueSql({ name, columns, nullsNotDistinct }: Unique & { readonly name: string }): string {
  return `CONSTRAINT ${quoteIdent(name)} UNIQUE${nullsNotDistinct ? ' NULLS NOT DISTINCT' : ''} (${list(columns)})`;
}

export function checkSql({ name, value }: Check): string {
  return `CONSTRAINT ${quoteIdent(name)} CHECK (${value})`;
}

export function foreignKeySql(key: ForeignKey): string {
  const { name, columnsFrom, tableTo, schemaTo, columnsTo, onDelete, onUpdate } = key;
  const target = qualified({ schema: schemaTo ?? '', name: tableTo });
  return [
    `CONSTRAINT ${quoteIdent(name)} FOREIGN KEY (${list(columnsFrom)}) REFERENCES ${target} (${list(columnsTo)})`,
    onDelete && onDelete !== 'no action' && `ON DELETE ${onDelete.toUpperCase()}`,
    onUpdate && onUpdate !== 'no action' && `ON UPDATE ${onUpdate.toUpperCase()}`,
  ]
    .filter(Boolean)
    .join(' ');
}

export function createIndex(index: Index, table: Table, options: { readonly concurrently: boolean }): string {
  const { name, columns, isUnique, where, method } = index;
  const storage = Object.entries(index.with ?? {}).map(([key, value]) => `${key} = ${String(value)}`);
  return [
    `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX ${options.concurrently ? 'CONCURRENTLY ' : ''}${quoteIdent(name)}`,
    `ON ${relation(table)} USING ${method} (${columns.map((column) => indexColumn(column, method)).join(', ')})`,
    storage.length > 0 && `WITH (${storage.join(', ')})`,
    where && `WHERE ${where}`,
  ]
    .filter(Boolean)
    .join(' ');
}

function indexColumn({ expression, isExpression, asc, nulls, opclass }: IndexColumn, method: string): string {
  if (isExpression) return opclass ? `${expression} ${opclass}` : expression;
  const ordered = method === 'btree' && (!asc || nulls === 'first');
  const order = ordered ? `${asc ? '' : ' DESC'} NULLS ${(nulls ?? 'last').toUpperCase()}` : '';
  return `${quoteIdent(expression)}${opclass ? ` ${opclass}` : ''}${order}`;
}

export function createPolicy(policy: Policy, on: string): string {
  const { name, as = 'PERMISSIVE', to = ['public'], using, withCheck } = policy;
  return [
    `CREATE POLICY ${quoteIdent(name)} ON ${on} AS ${as} FOR ${policy.for ?? 'ALL'}`,
    `TO ${(to.length > 0 ? to : ['public']).map(grantee).join(', ')}`,
    using && `USING (${using})`,
    withCheck && `WITH CHECK (${withCheck})`,
  ]
    .filter(Boolean)
    .join(' ');
}

function grantee(role: string): string {
  return ['current_user', 'current_role', 'session_user', 'public'].includes(role) ? role : quoteIdent(role);
}

export function createView(view: View): string {
  const options = Object.entries(view.with ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)} = ${String(value)}`);
  return [
    `CREATE ${view.materialized ? 'MATERIALIZED ' : ''}VIEW ${qualified(view)}`,
    view.using && `USING ${quoteIdent(view.using)}`,
    options.length > 0 && `WITH (${options.join(', ')})`,
    view.tablespace && `TABLESPACE ${quoteIdent(view.tablespace)}`,
    `AS (${view.definition ?? ''})`,
    view.withNoData && 'WITH NO DATA',
  ]
    .filter(Boolean)
    .join(' ');
}

export function createEnum(type: Enum): string {
  return `CREATE TYPE ${qualified(type)} AS ENUM (${type.values.map(enumLabel).join(', ')})`;
}

/** The parser of SQL knows no `E''` there. */
export function enumLabel(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export function createSequence(sequence: Sequence): string {
  return [`CREATE SEQUENCE ${qualified(sequence)}`, ...sequenceOptions(sequence)].join(' ');
}

export function createRole(role: Role): string {
  return `CREATE ROLE ${quoteIdent(role.name)}${roleOptions(role, EVERYDAY)}`;
}

export function alterRole(role: Role): string {
  return `ALTER ROLE ${quoteIdent(role.name)}${roleOptions(role, undefined)}`;
}

const EVERYDAY = { createDb: false, createRole: false, inherit: true };

function roleOptions({ createDb, createRole: make, inherit }: Role, besides: typeof EVERYDAY | undefined): string {
  const words = [
    besides?.createDb !== (createDb ?? false) && (createDb ? 'CREATEDB' : 'NOCREATEDB'),
    besides?.createRole !== (make ?? false) && (make ? 'CREATEROLE' : 'NOCREATEROLE'),
    besides?.inherit !== (inherit ?? true) && ((inherit ?? true) ? 'INHERIT' : 'NOINHERIT'),
  ].filter(Boolean);
  return words.length > 0 ? ` WITH ${words.join(' ')}` : '';
}

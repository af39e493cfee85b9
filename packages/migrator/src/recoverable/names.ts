import { sha256 } from '../core/hash.js';
import { quoteLiteral } from '../sql/quote.js';

/** Schema of the registry, and first part of the names of the schemas that parked tables and types are moved to. */
export const DEFAULT_TRASH = 'migrator_trash';

/** The registry's name within the trash schema. */
export const REGISTRY = 'parked';

const PARKED_COLUMN = /^__dropped_[0-9a-z]+_/;

/** Postgres cuts longer names without a word. */
const MAX_BYTES = 63;

/** Name that a parked column has within its table: `__dropped_0007_title`. The same name dropped later gets another one. */
export function parkedColumnName(migration: string, column: string): string {
  return fit(`__dropped_${idOf(migration)}_${column}`);
}

/**
 * Schema that one table, type or sequence is parked in: `migrator_trash_0007_songs`. One for each, so that its name and those
 * of its indexes, which move along, are never taken.
 */
export function parkingSchema(trash: string, migration: string, schema: string, name: string): string {
  return fit(`${trash}_${idOf(migration)}_${schema === 'public' ? '' : `${schema}_`}${name}`);
}

/** Whether a column has the name of a parked one. */
export function isParked(column: string): boolean {
  return PARKED_COLUMN.test(column);
}

/** Whether a schema is the trash schema or holds something parked. */
export function isTrash(schema: string, trash: string = DEFAULT_TRASH): boolean {
  return schema === trash || schema.startsWith(`${trash}_`);
}

/** What a catalog has to leave out for parked things not to be seen: to be given as `ignore` of `readCatalog`. */
export function parkedPatterns(trash: string = DEFAULT_TRASH): readonly string[] {
  // Names that need quotes have them in keys.
  const keys = [`schema:${trash}`, `schema:"${trash}"`, `schema:${trash}_*`, `schema:"${trash}_*`];
  return [trash, `${trash}_*`, ...keys, 'column:*.__dropped_*', 'column:*."__dropped_*'];
}

/** The number of a tag, or a digest of a tag that has none. */
function idOf(migration: string): string {
  return /^\d+(?=_|$)/.exec(migration)?.[0] ?? sha256(migration).slice(0, 8);
}

function fit(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= MAX_BYTES) return name;
  const digest = `_${sha256(name).slice(0, 6)}`;
  return bytes.toString('utf8', 0, MAX_BYTES - digest.length).replace(/\uFFFD+$/, '') + digest;
}

/** Whether SQL, of a migration or of its way back, parks or brings back what the registry calls so. */
export function parks(sql: string, { name, parkedAs }: { readonly name: string; readonly parkedAs: string }): boolean {
  return sql.includes(quoteLiteral(parkedAs).trim()) && sql.includes(quoteLiteral(name).trim());
}

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'postgres-array';
import { importModule } from '../config/import-module.js';
import { loadModule } from '../config/load-module.js';
import type { PrintedRows, Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { OpenedBackfill } from '../execute/context.js';
import { textCodecs } from './codecs.js';
import type { BackfillDefinition } from './define.js';

/** What is used of the project's own drizzle-orm. */
interface Drizzle {
  readonly [name: string]: unknown;
  readonly sql: { raw(text: string): unknown };
  readonly getTableConfig: (table: unknown) => { readonly name: string; readonly schema: string | undefined };
  readonly drizzle: (
    query: (
      text: string,
      parameters: readonly unknown[],
      method: string,
    ) => Promise<{ readonly rows: readonly unknown[] }>,
    config?: { readonly codecs: unknown },
  ) => {
    select(): { from(table: unknown): { where(condition: unknown): { for(strength: 'update'): Promise<unknown[]> } } };
  };
}

/** Loads `NNNN_name.backfill.ts`, or takes what the caller has imported already. Throws `config-failed` or `invalid-config`. */
export async function openBackfill(path: string, given?: unknown): Promise<OpenedBackfill> {
  const definition = definitionIn(given ?? (await loadModule(path)), path);
  const orm = await loadDrizzle(path);
  const { name, schema } = orm.getTableConfig(definition.table);
  const codecs = textCodecs(orm);
  let arrays: ReadonlySet<number> | undefined;
  return {
    table: schema === undefined ? { table: name } : { schema, table: name },
    ...(definition.key && { key: definition.key }),
    ...(definition.batch !== undefined && { batch: definition.batch }),
    change: async (session, condition) => {
      arrays ??= await arrayTypes(session);
      const database = orm.drizzle(queryOn(session, arrays), ...(codecs === undefined ? [] : [{ codecs }]));
      try {
        const rows = await database.select().from(definition.table).where(orm.sql.raw(condition)).for('update');
        if (rows.length > 0) await definition.run(database as never, rows as never);
        return rows.length;
      } catch (error) {
        throw unwrapped(error);
      }
    },
  };
}

/** Drizzle wraps what the server says in the text of the query; whether to try again depends on what is inside. */
function unwrapped(error: unknown): unknown {
  const isWrapper = error instanceof Error && error.constructor.name === 'DrizzleQueryError';
  return isWrapper && error.cause !== undefined ? unwrapped(error.cause) : error;
}

function definitionIn(module: unknown, path: string): BackfillDefinition {
  const found = isRecord(module) && 'default' in module ? module.default : module;
  const definition = isRecord(found) && isRecord(found.default) ? found.default : found;
  if (isRecord(definition) && typeof definition.run === 'function' && isRecord(definition.table))
    return definition as unknown as BackfillDefinition;
  throw new MigratorError('invalid-config', {
    message: 'The file exports no backfill.',
    where: path,
    state: 'Nothing of it was run.',
    fix: 'Write `export default defineBackfill({ table: songs, run: async (tx, rows) => { … } })`.',
  });
}

async function loadDrizzle(path: string): Promise<Drizzle> {
  const require = createRequire(path);
  const load = async (name: string) =>
    importModule(pathToFileURL(require.resolve(name)).href).catch((cause: unknown) => {
      throw new MigratorError('config-failed', {
        message: `${name} could not be loaded.`,
        where: dirname(path),
        fix: 'Add drizzle-orm to the project.',
        cause,
      });
    });
  const [core, pg, proxy] = await Promise.all([
    load('drizzle-orm'),
    load('drizzle-orm/pg-core'),
    load('drizzle-orm/pg-proxy'),
  ]);
  return { ...core, ...pg, ...proxy } as unknown as Drizzle;
}

const MOST = { rows: 1_000_000, bytes: 2 ** 28, untyped: true };

/** Queries of Drizzle in the transaction that the session is in. */
function queryOn(session: Session, arrays: ReadonlySet<number>) {
  return async (text: string, parameters: readonly unknown[], method: string) => {
    const answer = await session.ask(text, parameters.map(asText), MOST);
    return { rows: method === 'execute' ? asObjects(answer) : asArrays(answer, arrays) };
  };
}

/** Types of arrays, but of rows, of which there is one for each table. */
async function arrayTypes(session: Session): Promise<ReadonlySet<number>> {
  const rows = await session.rows<{ oid: string }>(
    `select a.oid::text from pg_type a join pg_type e on e.oid = a.typelem where a.typcategory = 'A' and e.typtype <> 'c'`,
  );
  return new Set(rows.map(({ oid }) => Number(oid)));
}

/** As text of an unknown type: the server knows which is meant, and nothing is written as JSON twice. */
function asText(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const BOOLEAN = 16;
const BOOLEANS = 1000;
const BOXES = 1020;
const NUMBERS: ReadonlySet<number> = new Set([21, 23, 26, 700, 701]);
const JSONS: ReadonlySet<number> = new Set([114, 3802]);

/**
 * Drizzle reads its columns' values from text, but for booleans. Arrays are taken apart here: its own reader makes the text `NULL` of a
 * NULL within one, which would then be written.
 */
function asArrays({ columns, rows }: PrintedRows, arrays: ReadonlySet<number>): unknown[][] {
  const read = (value: string | null, type = 0): unknown => {
    if (value === null) return null;
    if (type === BOOLEAN) return value === 't';
    // Of `int2vector` and `box` the text is another.
    if (!arrays.has(type) || !/^[{[]/.test(value) || type === BOXES) return value;
    return parse<unknown>(value, type === BOOLEANS ? (item) => item === 't' : String);
  };
  return rows.map((row) => row.map((value, at) => read(value, columns[at]?.type)));
}

/** Rows of `execute`, with the types that JSON has. */
function asObjects({ columns, rows }: PrintedRows): Record<string, unknown>[] {
  const read = (value: string | null, type: number): unknown => {
    if (value === null) return null;
    if (type === BOOLEAN) return value === 't';
    if (NUMBERS.has(type)) return Number(value);
    return JSONS.has(type) ? JSON.parse(value) : value;
  };
  return rows.map((row) =>
    Object.fromEntries(columns.map(({ name, type }, at) => [name, read(row[at] ?? null, type)])),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

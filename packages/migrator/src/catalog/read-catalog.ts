import type { Session } from '../database/session.js';
import { withoutIgnored } from './ignore.js';
import { type Address, ATTACHMENTS, type AttachmentRow } from './queries/attachments.js';
import { DEPENDENCIES, type DependencyRow } from './queries/dependencies.js';
import { QUERIES } from './queries/index.js';
import type { CatalogRow, Scope } from './queries/query.js';
import type { Catalog, CatalogObject, CatalogOptions } from './types.js';

/**
 * Reads what the database holds, in two round trips and at most one statement for each kind, whatever its size. One read-only
 * snapshot: it works on a standby, and sees no half of a migration. To be called outside of a transaction; nothing of the
 * session is changed. Throws what Postgres says (`PostgresError`).
 *
 * Not read: user mappings and subscriptions, which hold passwords, tablespaces, security labels, large objects, and what is set
 * for databases and roles. Of the kinds in `queries/others.ts` it is read only whether they are there.
 */
export async function readCatalog(session: Session, options: CatalogOptions = {}): Promise<Catalog> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readOnce(session, options);
    } catch (error) {
      if (attempt === ATTEMPTS || !isVanished(error)) throw error;
    }
  }
}

/** While others drop what is being read: Postgres prints definitions as of now, whatever the snapshot is. */
const ATTEMPTS = 10;

/** An object of the snapshot is gone: `cache lookup failed for index 32367`, `could not open relation with OID 32367`. */
function isVanished(error: unknown): boolean {
  return error instanceof VanishedError || (error as { readonly code?: unknown } | null)?.code === 'XX000';
}

class VanishedError extends Error {}

async function readOnce(session: Session, options: CatalogOptions): Promise<Catalog> {
  const ground = await begin(session, options).catch(async (error: unknown) => {
    await session.run('rollback').catch(() => {});
    throw error;
  });
  return readObjects(session, ground, options, true);
}

/** The same in the transaction that the session is in, whose settings it changes until its end. */
export async function readCatalogInside(session: Session, options: CatalogOptions = {}): Promise<Catalog> {
  return readObjects(session, groundOf(await session.rows<Ground>(settings(options))), options, false);
}

/** What decides which statements are sent. */
type Ground = {
  /** Major version of the server. */
  readonly version: number;
  /** By index in `QUERIES`: whether there is anything to read. */
  readonly there: readonly boolean[];
};

async function readObjects(
  session: Session,
  { version, there }: Ground,
  options: CatalogOptions,
  commits: boolean,
): Promise<Catalog> {
  const scope: Scope = { version, options };
  const attachments = ATTACHMENTS.filter((query) => query.isWanted(scope));
  // Sent together: after an error Postgres refuses the rest, and `commit` ends the transaction all the same.
  const [objectRows, attachmentRows, dependencyRows] = await Promise.all([
    Promise.all(QUERIES.map((query, index) => (there[index] ? readJson<CatalogRow>(session, query.sql(scope)) : []))),
    Promise.all(attachments.map((query) => readJson<AttachmentRow>(session, query.sql))),
    options.dependencies ? readJson<DependencyRow>(session, DEPENDENCIES) : [],
    commits && session.run('commit'),
  ]);
  const objects: CatalogObject[] = [];
  const byAddress = new Map<string, CatalogObject>();
  QUERIES.forEach((query, index) => {
    for (const row of objectRows[index] ?? []) {
      // That of a view that is gone is nothing, and no error.
      if ((row as { definition?: unknown }).definition === null)
        throw new VanishedError(`An object is gone: ${row.oid}`);
      const object = query.read(row, scope);
      objects.push(object);
      byAddress.set(addressKey({ catalog: row.catalog ?? query.catalog, oid: row.oid, sub: row.sub ?? 0 }), object);
    }
  });
  const find = (address: Address) =>
    byAddress.get(addressKey(address)) ?? byAddress.get(addressKey({ ...address, sub: 0 }));
  attachments.forEach((query, index) => {
    for (const row of attachmentRows[index] ?? []) {
      const about = find(row);
      if (about) objects.push(query.read(row, about));
    }
  });
  const needs = new Map<string, Set<string>>();
  for (const { ref_catalog: catalog, ref_oid: oid, ref_sub: sub, ...row } of dependencyRows) {
    const [object, needed] = [find(row), find({ catalog, oid, sub })];
    if (!object || !needed || object === needed) continue;
    needs.set(object.key, (needs.get(object.key) ?? new Set()).add(needed.key));
  }
  const kept = withoutIgnored(objects, options).map((object): [string, CatalogObject] => [
    object.key,
    options.dependencies ? { ...object, needs: [...(needs.get(object.key) ?? [])].sort() } : object,
  ]);
  return new Map(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function begin(session: Session, options: CatalogOptions): Promise<Ground> {
  return groundOf(await session.rows<Ground>(`begin isolation level repeatable read read only; ${settings(options)}`));
}

function groundOf([row]: readonly Ground[]): Ground {
  if (!row) throw new Error('A select without FROM has given no row.');
  return { version: Number(row.version), there: row.there };
}

/**
 * Names come out qualified, whatever the search path was, and constants in expressions the same, whatever the session
 * thinks of dates, floats and quotes. Where the system catalogs were never analyzed, as on a new server, nested loops over
 * them take 17 s for what hash joins do in 0.7 (120 tables); joins are written in a good order, and to look for a better
 * one takes longer than they do.
 */
const SETTINGS = `select set_config('search_path', '', true), set_config('quote_all_identifiers', 'off', true), set_config('timezone', 'UTC', true),
   set_config('datestyle', 'ISO, MDY', true), set_config('intervalstyle', 'postgres', true), set_config('bytea_output', 'hex', true),
   set_config('extra_float_digits', '1', true), set_config('xmlbinary', 'base64', true), set_config('jit', 'off', true),
   set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('join_collapse_limit', '1', true),
   set_config('from_collapse_limit', '1', true), set_config('standard_conforming_strings', 'on', true),
   current_setting('server_version_num')::int / 10000 as version`;

/** And, in the same round trip, of which kinds there is anything. */
function settings(options: CatalogOptions): string {
  const there = QUERIES.map((query) => query.isThere?.(options) ?? 'true');
  return `${SETTINGS}, array_to_json(array[${there.join(', ')}]) as there`;
}

/** One value instead of a row each, which is read ten times as fast. */
async function readJson<R>(session: Session, sql: string): Promise<readonly R[]> {
  const [row] = await session.rows<{ rows: string }>(
    `select coalesce(json_agg(q), '[]')::text as rows from (${sql}) q`,
  );
  return JSON.parse(row?.rows ?? '[]') as R[];
}

function addressKey({ catalog, oid, sub }: Address): string {
  return `${catalog}/${oid}/${sub}`;
}

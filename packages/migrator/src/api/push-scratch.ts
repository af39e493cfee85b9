import { standInRoles } from '../baseline/stand-ins.js';
import { type Catalog, type CatalogOptions, catalogKey, readCatalog } from '../catalog/index.js';
import { type CatalogStatement, statementsBetween } from '../catalog-sql/index.js';
import type { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import { preludeOf, schemasIn } from '../generate/custom.js';
import { type GenerateProject, strangeRoles } from '../generate/generate.js';
import { readHistory } from '../generate/history.js';
import { build } from '../generate/prove.js';
import { EMPTY_SNAPSHOT, type Snapshot } from '../generate/snapshot.js';
import { copyable, foundationOf, ofScope, type PushScope } from '../push/index.js';
import { type RehearsedStatement, rehearse } from '../rehearsal/index.js';
import type { Scratch, ScratchDatabase } from '../scratch/index.js';
import { quoteIdent } from '../sql/quote.js';
import type { Project } from './project.js';
import type { PushOptions } from './push.js';

/** The database's own server has its version and its extensions; a role must not be made there for a try. */
export async function scratchUrlOf(
  { database }: Project,
  session: Session,
  { scratchUrl, makesRoles }: PushOptions & { readonly makesRoles: boolean },
): Promise<string | undefined> {
  const own = typeof database === 'string' ? database : database.url;
  if (scratchUrl !== undefined || makesRoles || !own) return scratchUrl;
  const [row] = await session.rows<{ may: boolean }>(
    'select rolsuper or rolcreatedb as may from pg_roles where rolname = current_user',
  );
  return row?.may ? own : undefined;
}

export interface PushPlace {
  readonly scratch: Scratch;
  /** In the database that is to be changed. */
  readonly session: Session;
  /** Of the scratch server; undefined: one of our own. */
  readonly url: string | undefined;
  /** How catalogs are read. */
  readonly read: CatalogOptions;
}

export interface Meaning extends PushPlace {
  readonly live: Catalog;
  readonly scope: PushScope;
}

/**
 * What a schema means, made in an empty database; where that fails, in one that has what the schema may stand on: functions, types and tables
 * of others as the database has them, or what custom SQL of the migrations makes. Throws `generate-unproven`.
 */
export async function meantBy(schema: Snapshot, place: Meaning, project: GenerateProject): Promise<Catalog> {
  const linked = new Set(Object.values(schema.policies).map(({ name }) => name));
  const attempts = [
    () => madeOf(schema, place, { prelude: [] }),
    () => madeOnFoundation(schema, place),
    () => madeOf(schema, place, { prelude: preludeOf(historyOf(project), schemasIn(schema)) }),
  ];
  let failure: MigratorError | undefined;
  for (const attempt of attempts) {
    try {
      return ofScope(await attempt(), place.scope, linked);
    } catch (error) {
      if (!(error instanceof MigratorError) || error.code !== 'generate-unproven') throw error;
      // The first says more: it is of the schema as it is written.
      failure ??= error;
    }
  }
  throw failure;
}

async function madeOnFoundation(schema: Snapshot, place: Meaning): Promise<Catalog> {
  const foundation = foundationOf(place.live, place.scope);
  const empty = await place.scratch.create();
  let prelude: readonly string[];
  try {
    prelude = statementsBetween(await readCatalog(empty.session, place.read), foundation).statements.map(
      withoutSemicolon,
    );
  } finally {
    await empty.drop();
  }
  const there = Object.entries(schema.schemas).filter(([name]) => foundation.has(catalogKey('schema', name)));
  return madeOf(schema, place, { prelude, made: { ...EMPTY_SNAPSHOT, schemas: Object.fromEntries(there) } });
}

async function madeOf(
  schema: Snapshot,
  { scratch, session, url, read }: PushPlace,
  { prelude, made }: { readonly prelude: readonly string[]; readonly made?: Snapshot },
): Promise<Catalog> {
  const roles = strangeRoles(schema).map((role) => `create role ${quoteIdent(role)}`);
  const path = await session.rows<{ name: string }>('select unnest(current_schemas(false))::text as name');
  const database = await scratch.create();
  try {
    await lookIn(database.session, ['public', ...path.map(({ name }) => name)]);
    await build(database, schema, [...roles, ...prelude], made);
    if (url === undefined) await standInRoles(session, database.session);
    return await readCatalog(database.session, read);
  } finally {
    await database.drop();
  }
}

/** A project that only ever pushes has no migrations; in those that there are, functions and extensions may be made. */
function historyOf({ migrationsFolder, relativeTo }: GenerateProject): readonly string[] {
  try {
    const { folder } = readHistory(migrationsFolder, relativeTo, Date.now());
    return folder.migrations.flatMap(({ file }) => file?.sql ?? []);
  } catch (error) {
    if (error instanceof MigratorError) return [];
    throw error;
  }
}

/** What drizzle-kit writes for `public` names no schema, and a role may have a search path of its own. */
async function lookIn(session: Session, schemas: readonly string[]): Promise<void> {
  await session.run(`set search_path = ${[...new Set(schemas)].map(quoteIdent).join(', ')}`);
}

/** The database without its rows, and without what is the server's or a role's. */
export async function copyOf(live: Catalog, { scratch, session, url, read }: PushPlace): Promise<ScratchDatabase> {
  const database = await scratch.create();
  if (url === undefined) await standInRoles(session, database.session);
  // Every database is born with a schema and an extension.
  const { statements } = statementsBetween(await readCatalog(database.session, read), copyable(live));
  try {
    await database.run(statements.map(withoutSemicolon));
    return database;
  } catch (error) {
    if (!(error instanceof MigratorError)) throw error;
    throw unproven(`The database cannot be copied to scratch: ${error.message}`, error);
  }
}

export async function renamed(
  replica: ScratchDatabase,
  renaming: readonly string[],
  { scratch, read }: PushPlace,
): Promise<Catalog> {
  const copy = await scratch.create({ from: replica });
  try {
    await lookIn(copy.session, ['public']);
    await copy.run(renaming);
    return await readCatalog(copy.session, read);
  } catch (error) {
    if (!(error instanceof MigratorError) || error.code !== 'statement-failed') throw error;
    throw unproven(`On a copy without rows, a rename fails: ${error.message}`, error);
  } finally {
    await copy.drop();
  }
}

/** Tries the statements. Where there is no table yet, none can be locked or written anew, and nothing is watched for that. */
export async function rehearsePush(
  replica: ScratchDatabase,
  statements: readonly string[],
  { serverVersion, from }: { readonly serverVersion: number; readonly from: Catalog },
): Promise<readonly RehearsedStatement[]> {
  const sql = statements.join(';\n--> statement-breakpoint\n');
  await lookIn(replica.session, ['public']);
  const migration = { tag: 'push', path: 'push', sql };
  try {
    if ([...from.values()].some(({ kind }) => kind === 'table'))
      return (await rehearse(replica, migration, serverVersion)).statements;
    await replica.run(migration);
    return [];
  } catch (error) {
    if (!(error instanceof MigratorError) || error.code !== 'statement-failed') throw error;
    throw unproven(`On a copy without rows, a statement fails: ${error.message}`, error);
  }
}

export function unproven(message: string, cause?: MigratorError, detail = cause?.detail): MigratorError {
  return new MigratorError('push-unproven', {
    message,
    ...(detail && { detail }),
    state: 'Nothing was changed.',
    fix: 'Change that object by hand, or with a migration; if the scratch server lacks what the schema needs, name another: `--scratch-url`.',
    cause,
  });
}

export function withoutSemicolon({ sql }: Pick<CatalogStatement, 'sql'>): string {
  return sql.replace(/;\s*$/, '');
}

import { comparedCatalog } from '../baseline/left-out.js';
import { standInRoles } from '../baseline/stand-ins.js';
import { type Catalog, type CatalogOptions, readCatalog } from '../catalog/index.js';
import { type CatalogStatement, statementsBetween } from '../catalog-sql/index.js';
import { countRows } from '../database/count-rows.js';
import type { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import { diffSnapshots } from '../generate/diff.js';
import type { GenerateProject } from '../generate/generate.js';
import { readHistory } from '../generate/history.js';
import { loadSchema } from '../generate/load-schema.js';
import { renameStatements } from '../generate/rename-statements.js';
import { inverted, type Rename } from '../generate/renames.js';
import { resolveRenames } from '../generate/resolve-renames.js';
import { buildSchema } from '../generate/schema-against-replay.js';
import { EMPTY_SNAPSHOT, type Snapshot } from '../generate/snapshot.js';
import { extensionsOf, keepingUnsaid, type PushRisk, pushDifferences, renamePicture, risksOf } from '../push/index.js';
import { type RehearsedStatement, rehearse } from '../rehearsal/index.js';
import { type Scratch, type ScratchDatabase, withScratch } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';
import { quoteLiteral } from '../sql/quote.js';
import type { Project } from './project.js';
import { trackingOf } from './project.js';
import type { PushLoss, PushOptions } from './push.js';

export interface PlannedPush {
  readonly statements: readonly string[];
  /** What each statement did on a scratch copy of the database: locks and rewrites. */
  readonly rehearsed: readonly RehearsedStatement[];
  readonly losses: readonly PushLoss[];
  readonly renames: readonly Rename[];
  readonly leftAlone: readonly string[];
  /** What the database was when this was planned. */
  readonly live: Catalog;
}

/** How `push` reads the database. */
export function pushCatalog(project: Project): CatalogOptions {
  const { trashSchema, ignore } = project;
  const compared = comparedCatalog({ tracking: trackingOf(project), trashSchema, ignore });
  return { ...compared, dependencies: true, comments: true };
}

/**
 * Compares the schema with the database, on scratch: a copy of the database without its rows is made there, renamed, changed, and
 * must then be what the schema means. Throws `push-unproven` and what `generate` throws about the schema and renames.
 */
export async function planPush(
  project: Project & GenerateProject,
  session: Session,
  options: PushOptions,
): Promise<PlannedPush> {
  const { signal, onProgress } = options;
  const history = historyOf(project);
  const [schema, live] = await Promise.all([
    loadSchema(project.generate, project.root, EMPTY_SNAPSHOT.id),
    readCatalog(session, pushCatalog(project)),
    loadParser(),
  ]);
  const roles = await newRoles(schema, session);
  const url = await scratchUrlOf(project, session, { ...options, makesRoles: roles.length > 0 });
  return withScratch({ url, signal, onProgress, small: true }, async (scratch) => {
    const meant = await meantBy(schema, { scratch, session, url, history: [...history, extensionsOf(live)] }, project);
    const replica = await copyOf(live, { scratch, session, url }, pushCatalog(project));
    const before = await readCatalog(replica.session, pushCatalog(project));
    const found = pushDifferences(meant, before, options.include ?? []);
    const picture = (catalog: Catalog) => renamePicture(catalog, found.differences);
    const renames = await resolveRenames(picture(before), picture(meant), {
      given: options.renames ?? [],
      none: options.noRenames === true,
      ask: options.askRename,
    });
    const renaming = renameStatements(picture(before), renames).map(({ sql }) => sql);
    const from = renames.length > 0 ? await renamed(scratch, replica, renaming, project) : before;
    const { differences, leftAlone } = pushDifferences(meant, from, options.include ?? []);
    const to = keepingUnsaid(meant, from);
    const { statements, impossible } = statementsBetween(from, to, { differences });
    const [first] = impossible;
    if (first) throw unproven(`No statement of ours does what the schema says: ${first.key}. ${first.why}`);
    const sql = [...roles, ...renaming, ...statements.map(withoutSemicolon)];
    const rehearsed = sql.length === 0 ? [] : await rehearsePush(replica, sql, scratch.serverVersion);
    if (sql.length > 0) assertReached(meant, await readCatalog(replica.session, pushCatalog(project)), options);
    const risks = risksOf(statements, from, to, oldNames(renames));
    return { statements: sql, rehearsed, renames, leftAlone, live, losses: await counted(session, risks, signal) };
  });
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

/** Roles of the schema that the server does not have: they are made first. */
async function newRoles(schema: Snapshot, session: Session): Promise<readonly string[]> {
  const names = Object.keys(schema.roles);
  if (names.length === 0) return [];
  const rows = await session.rows<{ name: string }>(
    `select rolname::text as name from pg_roles where rolname = any(${quoteLiteral(names)})`,
  );
  const there = new Set(rows.map(({ name }) => name));
  const missing = Object.fromEntries(Object.entries(schema.roles).filter(([name]) => !there.has(name)));
  return diffSnapshots(EMPTY_SNAPSHOT, { ...EMPTY_SNAPSHOT, roles: missing }).map(({ sql }) =>
    withoutSemicolon({ sql }),
  );
}

/** The database's own server has its version and its extensions; a role must not be made there for a try. */
async function scratchUrlOf(
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

interface Place {
  readonly scratch: Scratch;
  readonly session: Session;
  readonly url: string | undefined;
}

async function meantBy(
  schema: Snapshot,
  { scratch, session, url, history }: Place & { readonly history: readonly string[] },
  project: Project,
): Promise<Catalog> {
  const database = await buildSchema(scratch, schema, history);
  if (database instanceof MigratorError) throw database;
  try {
    if (url === undefined) await standInRoles(session, database.session);
    return await readCatalog(database.session, pushCatalog(project));
  } finally {
    await database.drop();
  }
}

const NOT_COPIED: readonly string[] = ['owner', 'grant', 'default-privileges', 'publication', 'event-trigger'];

/** The database without its rows, and without what is the server's or a role's. */
async function copyOf(live: Catalog, { scratch, session, url }: Place, read: CatalogOptions): Promise<ScratchDatabase> {
  const copied = new Map([...live].filter(([, { kind }]) => !NOT_COPIED.includes(kind)));
  const database = await scratch.create();
  if (url === undefined) await standInRoles(session, database.session);
  // Every database is born with a schema and an extension.
  const { statements } = statementsBetween(await readCatalog(database.session, read), copied);
  try {
    await database.run(statements.map(withoutSemicolon));
    return database;
  } catch (error) {
    if (!(error instanceof MigratorError)) throw error;
    throw unproven(`The database cannot be copied to scratch: ${error.message}`, error);
  }
}

async function renamed(
  scratch: Scratch,
  replica: ScratchDatabase,
  renaming: readonly string[],
  project: Project,
): Promise<Catalog> {
  const copy = await scratch.create({ from: replica });
  try {
    await copy.run(renaming);
    return await readCatalog(copy.session, pushCatalog(project));
  } finally {
    await copy.drop();
  }
}

async function rehearsePush(
  replica: ScratchDatabase,
  statements: readonly string[],
  serverVersion: number,
): Promise<readonly RehearsedStatement[]> {
  const sql = statements.join(';\n--> statement-breakpoint\n');
  try {
    return (await rehearse(replica, { tag: 'push', path: 'push', sql }, serverVersion)).statements;
  } catch (error) {
    if (!(error instanceof MigratorError) || error.code !== 'statement-failed') throw error;
    throw unproven(`On a copy without rows, a statement fails: ${error.message}`, error);
  }
}

function assertReached(meant: Catalog, reached: Catalog, { include = [] }: PushOptions): void {
  const { differences } = pushDifferences(meant, reached, include);
  if (differences.length === 0) return;
  const names = differences.map(({ key, change }) => `- ${change}: ${key}`);
  throw unproven('The statements do not lead to what the schema means.', undefined, names.join('\n'));
}

function unproven(message: string, cause?: MigratorError, detail = cause?.detail): MigratorError {
  return new MigratorError('push-unproven', {
    message,
    ...(detail && { detail }),
    state: 'Nothing was changed.',
    fix: 'Change that object by hand, or with a migration; if the scratch server lacks what the schema needs, name another: `--scratch-url`.',
    cause,
  });
}

/** By what names the database has now what renames have moved. */
function oldNames(renames: readonly Rename[]): (parts: readonly string[]) => readonly string[] {
  const back = inverted(renames);
  return ([schema = '', table = '', column]) => {
    const place = `${schema}.${table}`;
    const was = back.find(({ kind, from }) => kind === 'table' && from === place)?.to ?? place;
    const at = was.indexOf('.');
    const name = back.find(({ kind, from, within }) => kind === 'column' && from === column && within === was)?.to;
    return [was.slice(0, at), was.slice(at + 1), ...(column === undefined ? [] : [name ?? column])];
  };
}

async function counted(
  session: Session,
  risks: readonly PushRisk[],
  signal: AbortSignal | undefined,
): Promise<readonly PushLoss[]> {
  const targets = risks.map(({ target }) => target);
  const counts = await countRows(session, targets, signal);
  return risks.flatMap(({ target: _, ...risk }, index): PushLoss[] => {
    const count = counts[index];
    return count && count.rows === 0 && !count.estimated
      ? []
      : [{ ...risk, rows: count?.rows, estimated: count?.estimated ?? true }];
  });
}

function withoutSemicolon({ sql }: Pick<CatalogStatement, 'sql'>): string {
  return sql.replace(/;\s*$/, '');
}

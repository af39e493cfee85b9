import { comparedCatalog } from '../baseline/left-out.js';
import { type Catalog, type CatalogOptions, catalogKey, readCatalog } from '../catalog/index.js';
import { statementsBetween } from '../catalog-sql/index.js';
import { type CountQuery, type CountTarget, countRows } from '../database/count-rows.js';
import type { Session } from '../database/session.js';
import { diffSnapshots } from '../generate/diff.js';
import type { GenerateProject } from '../generate/generate.js';
import { loadSchema } from '../generate/load-schema.js';
import { renameStatements } from '../generate/rename-statements.js';
import type { Rename } from '../generate/renames.js';
import { resolveRenames } from '../generate/resolve-renames.js';
import { EMPTY_SNAPSHOT, type Snapshot } from '../generate/snapshot.js';
import { conversion } from '../generate/types.js';
import {
  keepingUnsaid,
  keptAttachments,
  oldNames,
  type PushFilters,
  type PushRisk,
  type PushScope,
  pushDifferences,
  renamedSchemas,
  renamePicture,
  risksOf,
  scopeOf,
  valuesFirst,
} from '../push/index.js';
import type { RehearsedStatement } from '../rehearsal/index.js';
import { withScratch } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import type { Project } from './project.js';
import { trackingOf } from './project.js';
import type { PushLoss, PushOptions } from './push.js';
import { copyOf, meantBy, rehearsePush, renamed, scratchUrlOf, unproven, withoutSemicolon } from './push-scratch.js';

export type PushProject = Project &
  GenerateProject & {
    /** `schemaFilter` and `tablesFilter` of the config. */
    readonly filters?: PushFilters | undefined;
  };

export interface PlannedPush {
  readonly statements: readonly string[];
  /** What each statement did on a scratch copy of the database: locks and rewrites. */
  readonly rehearsed: readonly RehearsedStatement[];
  readonly losses: readonly PushLoss[];
  readonly renames: readonly Rename[];
  readonly leftAlone: readonly string[];
  /** What the database was when this was planned. */
  readonly live: Catalog;
  /** What goes and holds nothing yet, so that nobody was told of it. */
  readonly empty: readonly (CountTarget | CountQuery)[];
}

/** How `push` reads catalogs that it compares. */
export function pushCatalog(project: Project): CatalogOptions {
  const { trashSchema, ignore } = project;
  const compared = comparedCatalog({ tracking: trackingOf(project), trashSchema, ignore });
  return { ...compared, dependencies: true, comments: true };
}

/** How it reads the database, whose owners and grants are to stay. */
export function liveCatalog(project: Project): CatalogOptions {
  return { ...pushCatalog(project), owners: true, grants: true };
}

/**
 * Compares the schema with the database, on scratch: a copy of the database without its rows is made there, renamed, changed, and
 * must then be what the schema means. Throws `push-unproven` and what `generate` throws about the schema and renames.
 */
export async function planPush(project: PushProject, session: Session, options: PushOptions): Promise<PlannedPush> {
  const { signal, onProgress, include = [] } = options;
  const [schema, live] = await Promise.all([
    loadSchema(project.generate, project.root, EMPTY_SNAPSHOT.id),
    readCatalog(session, liveCatalog(project)),
    loadParser(),
  ]);
  const scope = scopeOf(schema, project.filters ?? { schemas: undefined, tables: [] }, include);
  const roles = await newRoles(schema, session);
  const url = await scratchUrlOf(project, session, { ...options, makesRoles: roles.length > 0 });
  return withScratch({ url, signal, onProgress }, async (scratch) => {
    const place = { scratch, session, url, read: pushCatalog(project) };
    const meant = await meantBy(schema, { ...place, live, scope }, project);
    const replica = await copyOf(live, place);
    const before = await readCatalog(replica.session, place.read);
    const renames = await renamesBetween(before, meant, scope, options);
    const renaming = [
      ...schemasFor(renames.found, before),
      ...renameStatements(renames.before, renames.found).map(({ sql }) => sql),
    ];
    const from = renaming.length > 0 ? await renamed(replica, renaming, place) : before;
    const { differences, leftAlone } = pushDifferences(meant, from, scope);
    const to = keepingUnsaid(meant, from);
    const { statements, impossible } = statementsBetween(from, to, {
      differences,
      losesColumns: true,
      conversion: converted,
      serverVersion: scratch.serverVersion,
    });
    const [first] = impossible;
    if (first) throw unproven(`No statement of ours does what the schema says: ${first.key}. ${first.why}`);
    const changes = valuesFirst(statements).map(withoutSemicolon);
    const sql = [...roles, ...renaming, ...changes, ...keptAttachments(statements, live, await roleOf(session))];
    const rehearsed =
      sql.length === 0 ? [] : await rehearsePush(replica, sql, { serverVersion: scratch.serverVersion, from });
    if (sql.length > 0) assertReached(meant, await readCatalog(replica.session, place.read), scope);
    const risks = risksOf(statements, from, to, oldNames(renames.found));
    const { losses, empty } = await counted(session, risks, signal);
    return { statements: sql, rehearsed, renames: renames.found, leftAlone, live, losses, empty };
  });
}

async function renamesBetween(before: Catalog, meant: Catalog, scope: PushScope, options: PushOptions) {
  const { renames: given = [], noRenames: none = false, askRename: ask } = options;
  const { differences } = pushDifferences(meant, before, scope);
  const schemas = renamedSchemas(meant, before, scope, given);
  const [old, now] = [before, meant].map((catalog) => renamePicture(catalog, differences, schemas)) as [
    Snapshot,
    Snapshot,
  ];
  return { before: old, found: await resolveRenames(old, now, { given, none, ask }) };
}

/** What is renamed into a schema that is not there yet needs it first. */
function schemasFor(renames: readonly Rename[], before: Catalog): readonly string[] {
  const renamedTo = new Set(renames.flatMap(({ kind, to }) => (kind === 'schema' ? [to] : [])));
  const homes = renames.flatMap(({ kind, within, to }) =>
    within === '' && kind !== 'schema' ? [to.slice(0, to.indexOf('.'))] : [],
  );
  return [...new Set(homes)]
    .filter((name) => !renamedTo.has(name) && !before.has(catalogKey('schema', name)))
    .map((name) => `create schema ${quoteIdent(name)}`);
}

/** As `generate` converts. */
function converted(column: string, from: string, to: string): string {
  const typed = (type: string) => ({ name: column, type, primaryKey: false, notNull: false });
  return conversion(column, typed(from), typed(to));
}

async function roleOf(session: Session): Promise<string> {
  const [row] = await session.rows<{ role: string }>('select current_user::text as role');
  return row?.role ?? '';
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

function assertReached(meant: Catalog, reached: Catalog, scope: PushScope): void {
  const { differences } = pushDifferences(meant, reached, scope);
  if (differences.length === 0) return;
  const names = differences.map(({ key, change, expected, actual }) => {
    const texts = change === 'changed' ? `\n    expected ${expected}\n    but has  ${actual}` : '';
    return `- ${change}: ${key}${texts}`;
  });
  throw unproven('The statements do not lead to what the schema means.', undefined, names.join('\n'));
}

async function counted(
  session: Session,
  risks: readonly PushRisk[],
  signal: AbortSignal | undefined,
): Promise<Pick<PlannedPush, 'losses' | 'empty'>> {
  const targets = risks.map(({ target }) => target);
  const counts = await countRows(session, targets, signal);
  const holdsNothing = (index: number) => counts[index]?.rows === 0 && !counts[index]?.estimated;
  return {
    losses: risks.flatMap(({ target: _, ...risk }, index): PushLoss[] => {
      const count = counts[index];
      return holdsNothing(index) ? [] : [{ ...risk, rows: count?.rows, estimated: count?.estimated ?? true }];
    }),
    empty: targets.filter((_, index) => holdsNothing(index)),
  };
}

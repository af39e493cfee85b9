import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { comparedCatalog } from '../baseline/left-out.js';
import { standInRoles } from '../baseline/stand-ins.js';
import { type Catalog, type CatalogDifference, compareCatalogs, readCatalog } from '../catalog/index.js';
import type { Finding } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import { readHistory, readRows, readStored } from '../database/history.js';
import type { Session } from '../database/session.js';
import { describeTarget } from '../database/target.js';
import type { TrackingNames } from '../database/tracking.js';
import {
  type AcceptedDifference,
  type AcceptedEntry,
  type AppliedHistory,
  appliedHistory,
  asOwnedBy,
  type DriftDifference,
  type DriftScript,
  type LeftOut,
  parseAccepted,
  rowsWithoutText,
  sift,
  unusedFindings,
  wantedOf,
  withoutOthers,
  withStatements,
} from '../drift/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { MigrationsFolder } from '../folder/read-folder.js';
import { hashHistory } from '../plan/compare.js';
import type { Scratch, ScratchDatabase, ScratchMigration } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import { type DriftGround, withDriftGround } from './drift-ground.js';
import { withoutWords } from './drift-in-words.js';
import { pendingFindings } from './drift-pending.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { assertJournal, comparePrecisely, readProjectFolder, untrackedFindings } from './read-state.js';
import { refuseOnErrors } from './run.js';

export interface DriftOptions {
  /** What is not of this history, besides what the project says: schemas (`audit_*`) or objects (`table:public.tmp_*`). */
  readonly ignore?: readonly string[] | undefined;
  /** Who owns an object counts. Default: false. */
  readonly owners?: boolean | undefined;
  /** What roles may do counts. Default: false. */
  readonly grants?: boolean | undefined;
  /** Absolute path of the file of accepted drift; it need not be there. */
  readonly acceptedFile?: string | undefined;
  /** Shared with other comparisons; `scratchUrl` is then that of its server. Default: one of its own. */
  readonly ground?: DriftGround | undefined;
  /** A server to make the scratch database on. Default: an embedded one, gone afterwards. */
  readonly scratchUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

export interface DriftReport {
  /** `user@host:port/database`, without password. */
  readonly database: string;
  /** Migrations that the database has, by their tags. */
  readonly applied: readonly string[];
  /** Migrations that it does not have: what they make is no drift. */
  readonly pending: readonly string[];
  /** What is not as the applied migrations make it, and is not accepted. */
  readonly differences: readonly DriftDifference[];
  /** Turns the database into what its migrations make. Nothing runs it but you. */
  readonly mend: DriftScript;
  /** As a migration makes what the database has. */
  readonly adopt: DriftScript;
  readonly accepted: readonly AcceptedDifference[];
  /** Objects of others, which were not compared. */
  readonly leftOut: readonly LeftOut[];
  /** What is not known for sure, and entries of the file that nothing needs. */
  readonly findings: readonly Finding[];
  /** Major versions. */
  readonly servers: { readonly live: number; readonly scratch: number };
  /** Milliseconds: to run the migrations on scratch, to read both catalogs, and to find out what differs and mends it. */
  readonly durations: { readonly replay: number; readonly read: number; readonly compare: number };
  readonly drifted: boolean;
}

/** Everything that was found out, while the scratch database is still there. */
export interface FoundDrift {
  readonly report: DriftReport;
  /** Also what belongs to the objects of the report. */
  readonly open: readonly CatalogDifference[];
  readonly entries: readonly AcceptedEntry[];
  readonly expected: Catalog;
  readonly live: Catalog;
  /** Holds what the applied migrations make. */
  readonly scratch: ScratchDatabase;
  readonly readScratch: () => Promise<Catalog>;
}

export async function withDrift<T>(
  project: Project,
  options: DriftOptions,
  use: (found: FoundDrift) => Promise<T>,
): Promise<T> {
  const folder = readProjectFolder(project, { snapshots: false });
  assertJournal(project, folder);
  const { acceptedFile, signal, scratchUrl, onProgress } = options;
  const entries = acceptedFile !== undefined && existsSync(acceptedFile) ? readAccepted(acceptedFile) : [];
  return withSession(targetOf(project), { applicationName: 'migrator drift', signal }, (session) =>
    withCancel(session, signal, async () => {
      const known = await readApplied(project, folder, session);
      const { migrations } = known.applied;
      const inGround = async (ground: DriftGround) => {
        const started = performance.now();
        const database = await ground.copyOf(
          migrations.map((migration) => migration.kept ?? migration.sql),
          async (made) => {
            if (scratchUrl === undefined) await standInRoles(session, made.session);
            onProgress?.(
              `Running ${migrations.length} applied migration${migrations.length === 1 ? '' : 's'} on a scratch database.`,
            );
            await replay(made, known.applied);
          },
        );
        // Those of a database that has the same history, on another server, are others.
        if (scratchUrl === undefined) await standInRoles(session, database.session);
        const replayMs = Math.round(performance.now() - started);
        const servers = { live: known.serverVersion, scratch: ground.scratch.serverVersion };
        const sides = { project, session, scratch: ground.scratch, known, entries, servers, replayMs };
        const result = await use(await compareWith(database, sides, options));
        await database.drop();
        return result;
      };
      return options.ground ? inGround(options.ground) : withDriftGround(options, inGround);
    }),
  );
}

interface Known {
  readonly applied: AppliedHistory;
  /** Those of which nothing has run. */
  readonly pendingMigrations: readonly ScratchMigration[];
  /** Role that migrations run as. */
  readonly runner: string;
  readonly serverVersion: number;
  readonly historyHash: string;
}

/** What the tracking rows say that the database went through. */
async function readApplied(project: Project, folder: MigrationsFolder, session: Session): Promise<Known> {
  const tracking = trackingOf(project);
  const [history, runner] = await Promise.all([
    readHistory(session, tracking),
    runnerOf(session, tracking),
    loadParser(),
  ]);
  const comparison = await comparePrecisely(folder, history, session, tracking);
  refuseOnErrors({ findings: await untrackedFindings(session, tracking, comparison), steps: [], direction: 'up' });
  const stored = await readStored(session, tracking, rowsWithoutText(comparison));
  return {
    applied: appliedHistory(comparison, stored),
    pendingMigrations: comparison.statuses.flatMap(({ row, missing, halfApplied, migration: { tag, path, file } }) =>
      file && !row && !missing && !halfApplied ? [{ tag, path, sql: file.sql }] : [],
    ),
    runner,
    serverVersion: history.server.version,
    historyHash: comparison.historyHash,
  };
}

interface Sides {
  readonly project: Project;
  readonly session: Session;
  readonly scratch: Scratch;
  readonly known: Known;
  readonly entries: readonly AcceptedEntry[];
  readonly servers: DriftReport['servers'];
  readonly replayMs: number;
}

async function compareWith(
  database: ScratchDatabase,
  { project, session, scratch, known, entries, servers, replayMs }: Sides,
  options: DriftOptions,
): Promise<FoundDrift> {
  const { applied, runner, historyHash } = known;
  const started = performance.now();
  const scratchRole = await currentRole(database.session);
  const read = comparedWith(project, options, database.roles);
  const readOf = async ({ session: at }: ScratchDatabase) =>
    asOwnedBy(await readCatalog(at, read), scratchRole, runner);
  const readScratch = () => readOf(database);
  const [expected, live] = await Promise.all([readScratch(), readCatalog(session, read)]);
  const got = performance.now();
  if (hashHistory((await readRows(session, trackingOf(project))).rows) !== historyHash) throw moved();
  const found = compareCatalogs(expected, live);
  const meant =
    servers.live === servers.scratch
      ? found
      : await withoutWords(scratch, database, { expected, live, differences: found, read });
  const wanted = wantedOf(meant, options);
  const { differences: ours, leftOut } = withoutOthers(wanted, expected, live);
  const { differences: open, accepted, unused } = sift(ours, entries);
  const pending = await pendingFindings(scratch, database, {
    expected,
    live,
    open,
    pending: known.pendingMigrations,
    read: readOf,
  });
  const acceptedPath = relative(project.relativeTo ?? process.cwd(), options.acceptedFile ?? '');
  const report: DriftReport = {
    database: describeTarget(targetOf(project)),
    applied: applied.migrations.map(({ tag }) => tag),
    pending: applied.pending,
    ...withStatements(expected, live, open, { owners: options.owners === true }),
    accepted,
    leftOut,
    findings: [
      ...applied.findings,
      ...pending,
      ...(open.length > 0 ? otherVersion(servers) : []),
      ...unusedFindings(unused, acceptedPath),
    ],
    servers,
    durations: {
      replay: replayMs,
      read: Math.round(got - started),
      compare: Math.round(performance.now() - got),
    },
    drifted: open.length > 0,
  };
  return { report, open, entries, expected, live, scratch: database, readScratch };
}

/** Owners and grants are always read: what has to be made anew gets back those that it had. */
function comparedWith(project: Project, { ignore = [] }: DriftOptions, roles: readonly string[]) {
  return {
    ...comparedCatalog({
      tracking: trackingOf(project),
      trashSchema: project.trashSchema,
      ignore: [...(project.ignore ?? []), ...ignore],
    }),
    roles,
    dependencies: true,
    switchedOff: true,
    comments: true,
    owners: true,
    grants: true,
  };
}

async function replay(database: ScratchDatabase, { migrations }: AppliedHistory): Promise<void> {
  for (const migration of migrations) {
    try {
      await database.run(migration.kept ?? migration);
    } catch (error) {
      if (!(error instanceof MigratorError) || error.code !== 'statement-failed') throw error;
      throw doesNotRun(migration.tag, error);
    }
  }
}

function doesNotRun(tag: string, error: MigratorError): MigratorError {
  return new MigratorError('refused', {
    message: `\`${tag}\` is applied here, but does not run on a new database, so that nobody can say what the database should be: ${error.message}`,
    ...(error.where && { where: error.where }),
    ...(error.detail && { detail: error.detail }),
    state: 'Nothing was changed.',
    fix: "Correct the file; if it needs an extension or a setting that the scratch server does not have, name a server that has it with `--scratch-url` (the database's own will do, if the role may create databases).",
    cause: error,
  });
}

function moved(): MigratorError {
  return new MigratorError('history-moved', {
    message: 'Another run has changed the tracking rows while the database was compared.',
    state: 'Nothing was changed.',
    fix: 'Wait until it is done, and run `migrator drift` again.',
  });
}

/** Whoever owns the tracking table is taken for the role that migrations run as. */
async function runnerOf(session: Session, { schema, table }: TrackingNames): Promise<string> {
  const name = quoteLiteral(`${quoteIdent(schema)}.${quoteIdent(table)}`);
  const [row] = await session.rows<{ role: string }>(
    `select coalesce((select pg_get_userbyid(relowner) from pg_class where oid = to_regclass(${name})), current_user)::text as role`,
  );
  return row?.role ?? '';
}

async function currentRole(session: Session): Promise<string> {
  const [row] = await session.rows<{ role: string }>('select current_user::text as role');
  return row?.role ?? '';
}

function otherVersion({ live, scratch }: DriftReport['servers']): Finding[] {
  if (live === scratch) return [];
  return [
    {
      code: 'drift-other-version',
      severity: 'warning',
      message: `The database is on Postgres ${live}, and was compared on Postgres ${scratch}. Definitions that only read otherwise there are left out; not all can be told apart.`,
      consequence: 'A difference may still be one of words only.',
      fix: "Compare on the same version: `--scratch-url` with a server of it (the database's own will do, if the role may create databases).",
    },
  ];
}

function readAccepted(path: string): readonly AcceptedEntry[] {
  return parseAccepted(readFileSync(path, 'utf8'), path);
}

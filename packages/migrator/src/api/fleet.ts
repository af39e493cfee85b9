import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { HeldBack, RunResult } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import { MigratorError } from '../errors/migrator-error.js';
import {
  type FleetCounts,
  type FleetDatabase,
  type FleetEntry,
  nameAll,
  parseList,
  readDoneFile,
  runFleet,
} from '../fleet/index.js';
import { writeFileAtomically } from '../folder/write-file.js';
import { type DriftOptions, type DriftReport, drift } from './drift.js';
import { withDriftGround } from './drift-ground.js';
import { type MigrateOptions, migrate } from './migrate.js';
import { type Project, targetOf, withSession } from './project.js';
import { assertJournal, readProjectFolder } from './read-state.js';
import { type StatusReport, status } from './status.js';

export type { FleetCounts, FleetDatabase, FleetEntry };

/** What the databases have in common. */
export type FleetProject = Omit<Project, 'database'>;

export interface FleetOptions<T> {
  /** How many at once. Default 4. Each takes two connections while it works, three with a backup. */
  readonly concurrency?: number | undefined;
  /** How many go first, or the name of the one that does: if one of them fails, no other begins. */
  readonly canary?: number | string | undefined;
  /** After so many failures no other begins. Default 1. */
  readonly maxFailures?: number | undefined;
  /** No other begins; what runs is stopped in order. */
  readonly signal?: AbortSignal | undefined;
  readonly onEntry?: ((entry: FleetEntry<T>, counts: FleetCounts) => void) | undefined;
}

/** What became of one database; `heldBack` is what `phase` leaves pending there. */
export interface FleetRunResult extends RunResult {
  readonly heldBack: readonly HeldBack[];
}

export interface FleetMigrateOptions extends FleetOptions<FleetRunResult> {
  /** As `migrate` has them. */
  readonly migrate?:
    | Pick<MigrateOptions, 'outOfOrder' | 'to' | 'phase' | 'waitMs' | 'lockWaitMs' | 'timeouts'>
    | undefined;
  /** Absolute path of a file of what is done: a later run with the same goal does not go there again. */
  readonly doneFile?: string | undefined;
  /** Back each up into this folder before anything is applied to it. */
  readonly backup?: { readonly folder: string; readonly options: NonNullable<MigrateOptions['backup']> } | undefined;
}

/** The databases of a text with a URL, or `name=URL`, a line. Throws `fleet-list`; `source` says where the text is from. */
export function readFleetList(text: string, source: string): FleetDatabase[] {
  return nameAll(parseList(text), source);
}

/**
 * The databases that rows of a query name: of URLs, or of names and URLs. Throws `fleet-list` where the rows are others, and what the
 * database says.
 */
export async function readFleetRows(
  project: Project,
  query: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<FleetDatabase[]> {
  const source = 'rows of `--query`';
  const rows = await withSession(targetOf(project), { applicationName: 'migrator fleet', signal }, (session) =>
    withCancel(session, signal, () => session.rows(query)),
  );
  const listed = rows.map((row, index) => {
    const place = `row ${index + 1}`;
    const cells = Object.values(row);
    const [first, second] = cells;
    if (cells.length === 1 && typeof first === 'string') return { url: first, place };
    if (cells.length === 2 && typeof first === 'string' && typeof second === 'string')
      return { name: first, url: second, place };
    throw new MigratorError('fleet-list', {
      message: 'The row is neither a URL, nor a name and a URL, as texts.',
      where: `${source}, ${place}`,
      fix: 'Write the query as `select name, url from …`.',
    });
  });
  return nameAll(listed, source);
}

/**
 * `migrate` on each of them. Does not throw for one that fails: its entry holds the error.
 *
 * @example
 * const entries = await migrateFleet(project, readFleetList(process.env.TENANTS ?? '', 'TENANTS'), { canary: 1, concurrency: 8 });
 * process.exitCode = entries.some(({ state }) => state === 'failed') ? 1 : 0;
 */
export async function migrateFleet(
  project: FleetProject,
  databases: readonly FleetDatabase[],
  options: FleetMigrateOptions = {},
): Promise<FleetEntry<FleetRunResult>[]> {
  const { doneFile, backup, onEntry, signal, migrate: own = {} } = options;
  const goal = goalOf(project, own);
  const kept = doneFile === undefined ? undefined : readDoneFile(doneFile, goal);
  const done = { ...kept?.done };
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  return runFleet(databases, {
    ...withDefaults(options),
    done: new Set(Object.keys(done)),
    work: async ({ name, url }) => {
      let heldBack: readonly HeldBack[] = [];
      const file = `${fileName(name)}-${stamp}.backup`;
      const result = await migrate(
        { ...project, database: url },
        {
          ...own,
          signal,
          onPlan: (planned) => {
            heldBack = planned.heldBack ?? [];
          },
          ...(backup && { backup: { ...backup.options, file: join(backup.folder, file) } }),
        },
      );
      return { ...result, heldBack };
    },
    onEntry: (entry, counts) => {
      if (doneFile !== undefined && entry.state === 'done') {
        done[entry.name] = new Date().toISOString();
        writeFileAtomically(doneFile, `${JSON.stringify({ version: 1, goal, done }, null, 2)}\n`);
      }
      onEntry?.(entry, counts);
    },
  });
}

/** `status` of each of them. */
export async function statusFleet(
  project: FleetProject,
  databases: readonly FleetDatabase[],
  options: FleetOptions<StatusReport> = {},
): Promise<FleetEntry<StatusReport>[]> {
  return runFleet(databases, {
    ...withDefaults(options),
    work: ({ url }) => status({ ...project, database: url }, { signal: options.signal }),
  });
}

/** `drift` of each of them. What one history makes is made once, and compared with all that have it. */
export async function driftFleet(
  project: FleetProject,
  databases: readonly FleetDatabase[],
  { drift: driftOptions = {}, ...options }: FleetOptions<DriftReport> & { readonly drift?: DriftOptions } = {},
): Promise<FleetEntry<DriftReport>[]> {
  const { signal } = options;
  return withDriftGround({ ...driftOptions, signal }, (ground) =>
    runFleet(databases, {
      ...withDefaults(options),
      work: ({ url }) => drift({ ...project, database: url }, { ...driftOptions, signal, ground }),
    }),
  );
}

function withDefaults<T>({ concurrency = 4, maxFailures = 1, canary, signal, onEntry }: FleetOptions<T>) {
  return { concurrency, maxFailures, canary, signal, onEntry };
}

/** Another folder, or other options, are another goal. */
function goalOf(project: FleetProject, { outOfOrder, to, phase }: NonNullable<FleetMigrateOptions['migrate']>): string {
  const folder = readProjectFolder({ ...project, database: '' }, { snapshots: false });
  assertJournal({ ...project, database: '' }, folder);
  const migrations = folder.migrations.map(({ tag, when, file }) => [tag, when, file?.hash]);
  const { migrationsSchema, migrationsTable } = project;
  return createHash('sha256')
    .update(JSON.stringify([migrations, migrationsSchema, migrationsTable, { outOfOrder, to, phase }]))
    .digest('hex');
}

function fileName(name: string): string {
  return name.replace(/[^\w.-]+/g, '_');
}

import type { BackfillProgress, Comparison, Finding, HeldBack, Migration, Phase } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import { readBackfills } from '../database/backfills.js';
import { readHistory } from '../database/history.js';
import { runLockHolder } from '../database/lock.js';
import type { Session } from '../database/session.js';
import { describeTarget } from '../database/target.js';
import type { TrackingNames } from '../database/tracking.js';
import { percentOf } from '../plan/backfills.js';
import { historyFindings } from '../plan/history-findings.js';
import { heldBackOf, phaseOf } from '../plan/phases.js';
import { settleStamps } from '../plan/settled-stamps.js';
import { readDirectives } from '../sql/directives.js';
import { loadParser } from '../sql/parse.js';
import { foreseeRun } from './foresee.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { comparePrecisely, readProjectFolder, untrackedFindings } from './read-state.js';

export interface StatusReport {
  /** `user@host:port/database`, without password. */
  readonly database: string;
  readonly tracking: TrackingNames;
  readonly trackingExists: boolean;
  readonly comparison: Comparison;
  /** The phase of each migration, by its tag. */
  readonly phases: ReadonlyMap<string, Phase>;
  /** What `migrate --phase expand` would leave pending. */
  readonly heldBack: readonly HeldBack[];
  /** Backfills that were begun and are not done, by the tag of their migration. */
  readonly backfills: ReadonlyMap<string, BegunBackfill>;
  readonly findings: readonly Finding[];
  /** False where the migrations folder has no journal: a new project, or a folder that is not where `out` says. */
  readonly hasJournal: boolean;
  /** True if there is a journal and nothing is pending, out of order or edited. */
  readonly upToDate: boolean;
}

export interface BegunBackfill extends BackfillProgress {
  /** `stopped`: it was interrupted or killed; nobody works on it. */
  readonly now: 'running' | 'paused' | 'stopped' | 'failed';
  /** Of its rows, in hundredths. */
  readonly percent: number;
}

/**
 * Compares folder and database. Writes nothing, needs no right to create anything, and works in a read-only session or on a
 * standby. Throws a `MigratorError` if the folder or the database cannot be read.
 *
 * @example
 * const report = await status({ database: process.env.DATABASE_URL, migrationsFolder: './drizzle' });
 * if (!report.upToDate) console.warn(report.findings.map(({ message }) => message).join('\n'));
 */
export async function status(
  project: Project,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<StatusReport> {
  const folder = readProjectFolder(project, { snapshots: true });
  const target = targetOf(project);
  const tracking = trackingOf(project);
  return withSession(target, { applicationName: 'migrator status', signal: options.signal }, async (session) => {
    const { history, comparison, untracked, foreseen, backfills } = await withCancel(
      session,
      options.signal,
      async () => {
        const read = await readHistory(session, tracking);
        const compared = await comparePrecisely(folder, read, session, tracking);
        if (read.rows.length === 0) await loadParser();
        const found = read.rows.length === 0 ? await untrackedFindings(session, tracking, compared) : [];
        // Where nobody has tracked anything, that is the one thing to say.
        const next = found.length > 0 ? [] : await foreseeRun(session, read, compared.statuses);
        const begun = await begunBackfills(session, tracking, compared);
        return { history: read, comparison: compared, untracked: found, foreseen: next, backfills: begun };
      },
    );
    return {
      database: describeTarget(target),
      tracking,
      trackingExists: history.tableExists,
      comparison,
      phases: new Map(comparison.statuses.map(({ migration }) => [migration.tag, phaseOf(migration)])),
      heldBack: heldBackOf(comparison.statuses.filter(({ state }) => state === 'pending' || state === 'out-of-order')),
      backfills,
      findings: [
        ...untracked,
        ...historyFindings(comparison, { outOfOrder: false, allowEdited: false }),
        ...foreseen,
        ...settleStamps(folder.findings, comparison.statuses),
      ],
      hasJournal: folder.hasJournal,
      upToDate: folder.hasJournal && comparison.statuses.every(isDone),
    };
  });
}

async function begunBackfills(
  session: Session,
  tracking: TrackingNames,
  { statuses }: Comparison,
): Promise<ReadonlyMap<string, BegunBackfill>> {
  const open = statuses.filter(({ migration, state }) => state !== 'applied' && isBackfill(migration));
  if (open.length === 0) return new Map();
  const records = await readBackfills(session, tracking);
  const holder = await runLockHolder(session, tracking);
  const begun = open.flatMap(({ migration: { tag, when } }): BegunBackfill[] => {
    const record = records.find((one) => one.tag === tag && one.when === when && one.status !== 'done');
    if (!record) return [];
    const { hash, status, visited, changed, estimated, batches, cursor, error, startedAt, updatedAt } = record;
    const worked = status === 'failed' || holder !== undefined;
    return [
      {
        ...{ tag, when, hash, status, visited, changed, estimated, batches, cursor, error, startedAt, updatedAt },
        now: worked && status !== 'done' ? status : 'stopped',
        percent: percentOf(record),
      },
    ];
  });
  return new Map(begun.map((one) => [one.tag, one]));
}

function isBackfill({ file }: Migration): boolean {
  return file !== undefined && readDirectives(file.sql).backfill !== undefined;
}

function isDone({ state, edit, halfRolledBack }: Comparison['statuses'][number]): boolean {
  if (halfRolledBack) return false;
  return (
    state === 'applied' ||
    state === 'restamped' ||
    (state === 'edited' && (edit === 'line-endings' || edit === 'formatting'))
  );
}

import { join, relative, resolve } from 'node:path';
import type { Comparison, Finding, History, Plan, PlanOptions } from '../core/types.js';
import { forgetBackfillSql, readBackfills } from '../database/backfills.js';
import { existingRelations, hasRelations } from '../database/existing.js';
import { endsOpen, readAppliedSql, readHistory, readLog, readRows, type TrackingState } from '../database/history.js';
import { projectOf } from '../database/identity.js';
import type { Session } from '../database/session.js';
import type { TrackingNames } from '../database/tracking.js';
import { closest } from '../errors/closest.js';
import { MigratorError } from '../errors/migrator-error.js';
import { type MigrationsFolder, readFolder } from '../folder/read-folder.js';
import { begunBackfills } from '../plan/backfills.js';
import { compare } from '../plan/compare.js';
import { editKind } from '../plan/edit-kind.js';
import { notBaselined, tablesToMake } from '../plan/not-baselined.js';
import { planUp } from '../plan/plan.js';
import { ownersOf } from '../plan/shared-table.js';
import { loadParser } from '../sql/parse.js';
import { type Project, trackingOf } from './project.js';

export function readProjectFolder(
  project: Project,
  options: { readonly snapshots: boolean; readonly downs?: boolean },
): MigrationsFolder {
  return readFolder(resolve(project.migrationsFolder), {
    relativeTo: project.relativeTo ?? process.cwd(),
    now: Date.now(),
    snapshots: options.snapshots,
    downs: options.downs === true,
  });
}

/**
 * A folder without a journal is a new project, or an image into which nobody copied the migrations: only the second must
 * stop a deploy, and nothing tells them apart, so a run stops at both. Throws `journal-missing`.
 */
export function assertJournal(project: Project, folder: MigrationsFolder): void {
  if (folder.hasJournal) return;
  throw new MigratorError('journal-missing', {
    message: 'There are no migrations: the folder has no journal.',
    where: relative(project.relativeTo ?? process.cwd(), join(folder.directory, 'meta', '_journal.json')),
    state: 'Nothing was changed.',
    fix: 'Make the first one with `migrator generate`; if there are some, correct `out` in drizzle.config.ts, or copy the folder to this machine.',
  });
}

export interface PlannedState {
  readonly plan: Plan;
  readonly history: History & TrackingState;
  readonly comparison: Comparison;
}

/** Reads the database and plans. Reads as little as the answer needs: the log only where something is to run or to explain. */
export async function planState(
  project: Project,
  folder: MigrationsFolder,
  session: Session,
  options: PlanOptions,
): Promise<PlannedState> {
  const tracking = trackingOf(project);
  assertTag(folder, options.to);
  assertTag(folder, options.force);
  const [rows, isOpen] = await Promise.all([readRows(session, tracking), endsOpen(session, tracking)]);
  const quick = { ...rows, log: [] };
  const comparison = compare(folder.migrations, quick);
  if (
    options.force === undefined &&
    !isOpen &&
    comparison.unknown.length === 0 &&
    comparison.statuses.every(({ state }) => state === 'applied' || state === 'restamped')
  ) {
    return { plan: planUp(comparison, folder.findings, options), history: quick, comparison };
  }
  const [log] = await Promise.all([readLog(session, tracking), loadParser()]);
  const history = { ...rows, log };
  const precise = await comparePrecisely(folder, history, session, tracking);
  const untracked = await untrackedFindings(session, tracking, precise);
  const planned = planUp(precise, [...untracked, ...folder.findings], options, rows.server.version);
  if (!rows.backfillsExist) return { plan: planned, history, comparison: precise };
  const begun = begunBackfills(planned.steps, await readBackfills(session, tracking), {
    forget: (step) => forgetBackfillSql(tracking, step),
    allowEdited: options.allowEdited === true,
  });
  return { plan: { ...planned, findings: [...planned.findings, ...begun] }, history, comparison: precise };
}

/** Whether a database without tracking rows has what the migrations would make. Needs `loadParser`. */
export async function untrackedFindings(
  session: Session,
  tracking: TrackingNames,
  comparison: Comparison,
): Promise<readonly Finding[]> {
  if (comparison.newest !== null || comparison.unknown.length > 0) return [];
  if (!(await hasRelations(session, tracking))) return [];
  const wanted = tablesToMake(comparison);
  const there = await existingRelations(
    session,
    wanted.map(({ name }) => name),
  );
  const finding = notBaselined(wanted.filter(({ name }) => there.has(name)));
  if (!finding) return [];
  // Another run may have made them since the rows were read.
  const { rows, log } = await readHistory(session, tracking);
  return rows.length > 0 || log.some(({ status }) => status === 'running') ? [] : [finding];
}

/**
 * Also tells edits of formatting from edits of meaning, where our log has the text that was applied; and, where the folder's place is
 * given, rows of other projects.
 */
export async function comparePrecisely(
  folder: Pick<MigrationsFolder, 'migrations'> & Partial<Pick<MigrationsFolder, 'directory'>>,
  history: History,
  session: Session,
  tracking: TrackingNames,
): Promise<Comparison> {
  const compared = compare(folder.migrations, history);
  const project = folder.directory === undefined ? null : projectOf(folder.directory);
  const comparison = { ...compared, owners: ownersOf(compared.unknown, history.log, project) };
  const unclear = comparison.statuses.filter(({ edit }) => edit === 'unknown');
  if (unclear.length === 0) return comparison;
  const hashes = unclear.flatMap(({ row }) => row?.hash ?? []);
  const [applied] = await Promise.all([readAppliedSql(session, tracking, hashes), loadParser()]);
  const statuses = comparison.statuses.map((entry) => {
    const before = entry.edit === 'unknown' && entry.row ? applied.get(entry.row.hash) : undefined;
    return before !== undefined && entry.migration.file
      ? { ...entry, edit: editKind(before, entry.migration.file.sql) }
      : entry;
  });
  return { ...comparison, statuses };
}

export function assertTag(folder: Pick<MigrationsFolder, 'migrations' | 'directory'>, tag: string | undefined): void {
  const tags = folder.migrations.map((migration) => migration.tag);
  if (tag === undefined || tags.includes(tag)) return;
  const guess = closest(tag, tags);
  throw new MigratorError('unknown-migration', {
    message: `There is no migration \`${tag}\`.`,
    where: folder.directory,
    fix: guess
      ? `Did you mean \`${guess}\`? \`migrator status\` lists all of them.`
      : '`migrator status` lists all migrations.',
  });
}

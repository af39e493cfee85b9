import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import type { Comparison, Finding, History, Migration } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import { readHistory, type TrackingState } from '../database/history.js';
import { describeTarget } from '../database/target.js';
import type { TrackingNames } from '../database/tracking.js';
import { changeTracking, historyMoved } from '../database/tracking-edits.js';
import { type RowName, upgradeTrackingSql } from '../database/upgrade-tracking.js';
import { MigratorError } from '../errors/migrator-error.js';
import { applyEdits, type FileEdit } from '../folder/edits.js';
import type { MigrationsFolder } from '../folder/read-folder.js';
import { compare, hashHistory } from '../plan/compare.js';
import { convertSnapshots } from '../upgrade/convert-snapshots.js';
import { type Move, planFolderUpgrade } from '../upgrade/folder-edits.js';
import { conversionFindings, upgradeFindings } from '../upgrade/upgrade-findings.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { assertJournal, comparePrecisely, readProjectFolder } from './read-state.js';
import { assertWritable, DEFAULT_TIMEOUTS, type RunOptions, refuseOnErrors, runLocked } from './run.js';

/** What going to drizzle 1.0 would change. Pure data. */
export interface UpgradePlan {
  /** `user@host:port/database`, without password. */
  readonly database: string;
  readonly tracking: TrackingNames;
  /** Empty where the folder has that layout already. */
  readonly moves: readonly Move[];
  readonly edits: readonly FileEdit[];
  /** The columns `name` and `applied_at` are added. */
  readonly addColumns: boolean;
  /** Rows that get a name. */
  readonly rows: readonly RowName[];
  /** Tags, as they are called afterwards. */
  readonly applied: readonly string[];
  /** What drizzle 1.0 would run at its next `migrate`. */
  readonly pending: readonly string[];
  readonly findings: readonly Finding[];
  readonly historyHash: string;
}

export interface UpgradeOptions extends RunOptions {
  /** Folder that drizzle-kit is looked for in, to convert the snapshots. Default: the working folder. */
  readonly root?: string | undefined;
}

/**
 * What bringing the folder and the tracking table to drizzle 1.0 would do, found out without changing either. It is proved
 * upon the upgraded names that what is applied stays applied, and that nothing would run twice. Throws `refused` for a
 * folder with faults that stand in the way, and where a migration has stopped half way.
 */
export async function planUpgrade(project: Project, options: UpgradeOptions = {}): Promise<UpgradePlan> {
  const folder = readProjectFolder(project, { snapshots: true, downs: true });
  assertJournal(project, folder);
  const target = targetOf(project);
  return withSession(target, { applicationName: 'migrator plan', signal: options.signal }, async (session) => {
    const { history, comparison } = await withCancel(session, options.signal, async () => {
      const read = await readHistory(session, trackingOf(project));
      return { history: read, comparison: await comparePrecisely(folder, read, session, trackingOf(project)) };
    });
    return { database: describeTarget(target), ...(await planOf(project, folder, history, comparison, options)) };
  });
}

async function planOf(
  project: Project,
  folder: MigrationsFolder,
  history: History & TrackingState,
  comparison: Comparison,
  options: UpgradeOptions,
): Promise<Omit<UpgradePlan, 'database'>> {
  const upgrade = folder.layout === 'folders' ? undefined : planFolderUpgrade(oldFolder(project, folder));
  const names = upgrade
    ? new Map(upgrade.folders.map(({ migration, name }) => [migration, name]))
    : new Map(folder.migrations.map((migration) => [migration, migration.tag]));
  const rows = comparison.statuses.flatMap(({ migration, row }) => {
    const name = names.get(migration);
    return row && name !== undefined && row.name !== name ? [{ id: row.id, name }] : [];
  });
  const after = compareAfter(folder, names, history, rows);
  const found = upgradeFindings({ folder, comparison, upgrade, names });
  refuseOnErrors({ findings: found, steps: [], direction: 'up' });
  assertSameState(comparison, after, names);
  const conversion = upgrade
    ? await convertSnapshots(upgrade.edits, options.root ?? process.cwd(), options.signal)
    : { edits: [] };
  const findings = [...found, ...conversionFindings(conversion, folder)];
  const tagsOf = (isDone: boolean) =>
    after.statuses.filter(({ row }) => (row !== undefined) === isDone).map(({ migration }) => migration.tag);
  return {
    tracking: trackingOf(project),
    moves: upgrade?.moves ?? [],
    edits: conversion.edits,
    addColumns: history.tableExists && !history.hasNames,
    rows: history.tableExists ? rows : [],
    applied: tagsOf(true),
    pending: tagsOf(false),
    findings,
    historyHash: comparison.historyHash,
  };
}

function oldFolder(project: Project, { directory, migrations }: MigrationsFolder) {
  const relativeTo = project.relativeTo ?? process.cwd();
  const within = (path: string) => relative(directory, resolve(relativeTo, path)).split(sep).join('/');
  const snapshots = new Map(
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .map((path) => path.split(sep).join('/'))
      .filter((path) => /^meta\/[^/]+_snapshot\.json$|^[^/]+\/snapshot\.json$/.test(path))
      .map((path) => [path, readFileSync(join(directory, path), 'utf8')]),
  );
  return { migrations, within, snapshots };
}

/** The pairing as it will be, by the same rules that every run goes by. */
function compareAfter(
  { migrations }: MigrationsFolder,
  names: ReadonlyMap<Migration, string>,
  history: History,
  rows: readonly RowName[],
): Comparison {
  const nameOf = new Map(rows.map(({ id, name }) => [id, name]));
  const renamed = migrations.map((migration): Migration => {
    const name = names.get(migration) ?? migration.tag;
    return { ...migration, tag: name, name };
  });
  return compare(renamed, {
    ...history,
    hasNames: true,
    rows: history.rows.map((row) => ({ ...row, name: nameOf.get(row.id) ?? row.name ?? null })),
  });
}

/** Throws `bug` unless each migration has the same row before and after, and each of those rows its name. */
function assertSameState(before: Comparison, after: Comparison, names: ReadonlyMap<Migration, string>): void {
  const differs = before.statuses.find(({ migration, row }, index) => {
    const then = after.statuses[index];
    return then?.row?.id !== row?.id || (then?.row !== undefined && then.row.name !== names.get(migration));
  });
  if (!differs) return;
  throw new MigratorError('bug', {
    message: `\`${differs.migration.tag}\` would not be known by its row any more.`,
    state: 'Nothing was changed.',
    fix: 'This is a fault of migrator. Please report it.',
  });
}

/**
 * Does what `planUpgrade` has shown: first the tracking table, in one transaction under the run lock, then the folder, all of it
 * or nothing. The columns and names do not disturb drizzle 0.31, so a stop between the two leaves a project that works; the
 * same command goes on. Throws `history-moved` if the rows have changed since, `lock-timeout`, or `folder-unwritable`.
 */
export async function upgrade(project: Project, plan: UpgradePlan, options: UpgradeOptions = {}): Promise<void> {
  const [target, tracking, directory] = [targetOf(project), trackingOf(project), resolve(project.migrationsFolder)];
  if (plan.addColumns || plan.rows.length > 0) {
    await withSession(target, { applicationName: 'migrator', signal: options.signal }, async (session) => {
      const { server } = await withCancel(session, options.signal, () => readHistory(session, tracking));
      assertWritable(server, 'the tracking table has to be upgraded');
      await runLocked({ session, target, tracking, server, directory }, options, async ({ planBehind }) => {
        const state = await planBehind(() => readHistory(session, tracking));
        if (hashHistory(state.rows) !== plan.historyHash || state.hasNames === plan.addColumns) throw historyMoved();
        await changeTracking(session, tracking, upgradeTrackingSql(tracking, plan), {
          rows: state.rows,
          serverVersion: server.version,
          lockTimeoutMs: { ...DEFAULT_TIMEOUTS, ...options.timeouts }.lockTimeoutMs,
        });
      });
    });
  }
  if (plan.edits.length > 0) applyEdits(directory, plan.edits);
}

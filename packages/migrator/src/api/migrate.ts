import type { Plan, PlanOptions, RunResult } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import { type MigrationsFolder, readDown } from '../folder/read-folder.js';
import { assertSamePlan } from '../plan/saved-plan.js';
import type { BackupOptions, BackupReport } from './backup.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { assertJournal, planState, readProjectFolder } from './read-state.js';
import { assertWritable, type RunOptions, refuseOnErrors, runLocked, withPooler } from './run.js';

export interface MigrateOptions extends PlanOptions, RunOptions {
  /** Run exactly this plan, saved from `plan()`; its options count. Throws `history-moved` if it would come out differently now. */
  readonly plan?: Plan | undefined;
  /** Back up before anything is applied. Without a backup nothing is; every error after it names the way back. */
  readonly backup?: BackupOptions | undefined;
  readonly onBackup?: ((report: BackupReport) => void) | undefined;
  /** Told the plan before anything runs; findings of severity `error` have refused it already. */
  readonly onPlan?: ((plan: Plan) => void) | undefined;
}

/** What `migrate` would do now. Writes nothing. */
export async function plan(
  project: Project,
  options: PlanOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<Plan> {
  const planOptions = pickPlanOptions(options);
  const folder = readProjectFolder(project, { snapshots: false });
  assertJournal(project, folder);
  return withSession(
    targetOf(project),
    { applicationName: 'migrator plan', signal: options.signal },
    async (session) =>
      (await withCancel(session, options.signal, () => planState(project, folder, session, planOptions))).plan,
  );
}

/**
 * Applies what is pending. Safe to call from many processes at once: one of them works, the others wait for the run lock
 * and then find nothing to do. Resolves when all of it is applied. Throws a `MigratorError` otherwise: `refused`, with its
 * findings, before anything was changed; or the failure of a statement, with `result` telling what was applied.
 *
 * @example
 * await migrate({ database: process.env.DATABASE_URL, migrationsFolder: './drizzle' }, { onEvent: console.log });
 */
export async function migrate(project: Project, options: MigrateOptions = {}): Promise<RunResult> {
  const folder = readProjectFolder(project, { snapshots: false });
  assertJournal(project, folder);
  const target = targetOf(project);
  const tracking = trackingOf(project);
  const planOptions = options.plan?.options ?? pickPlanOptions(options);
  return withSession(target, { applicationName: 'migrator', signal: options.signal }, async (session) => {
    const planNow = async () => {
      const state = await planState(project, folder, session, planOptions);
      if (options.plan) assertSamePlan(options.plan, state.plan);
      refuseOnErrors(state.plan);
      return state;
    };
    const before = await withCancel(session, options.signal, planNow);
    if (before.plan.steps.length === 0) {
      session.leave();
      return nothingToDo(before.plan, options);
    }
    const { server } = before.history;
    assertWritable(server, `${before.plan.steps.length} to apply, from \`${before.plan.steps[0]?.tag}\` on`);
    return runLocked({ session, target, tracking, server, directory: folder.directory }, options, async (run) => {
      const { plan: planned, history } = await run.planBehind(planNow);
      // Another run may have done it all while this one waited.
      if (planned.steps.length === 0) return nothingToDo(planned, options);
      const steps = withDowns(planned, folder);
      const onReady = () => options.onPlan?.(withPooler(planned, run));
      if (!options.backup) return run.execute(steps, history, onReady);
      const { backupBefore, withWayBack } = await import('./backup.js');
      // Behind the lock: between the backup and the run nobody else migrates.
      onReady();
      const made = await backupBefore(project, planned.steps.length, { ...options.backup, signal: run.signal });
      options.onBackup?.(made);
      return run.execute(steps, history).catch((error: unknown) => {
        throw withWayBack(error, made);
      });
    });
  });
}

/** For the log to keep the ways back. Read only where a migration is applied: a run with nothing to do stays fast. */
export function withDowns(planned: Plan, { directory, migrations }: MigrationsFolder): Plan {
  const names = new Map(migrations.map(({ tag, name }) => [tag, name]));
  const steps = planned.steps.map((step) => {
    const down = readDown(directory, { tag: step.tag, name: names.get(step.tag), path: step.path });
    return down ? { ...step, downSql: down.sql } : step;
  });
  return { ...planned, steps };
}

function pickPlanOptions({ atomic, outOfOrder, allowEdited, to, force, phase }: PlanOptions): PlanOptions {
  return {
    ...(atomic && { atomic }),
    ...(outOfOrder && { outOfOrder }),
    ...(allowEdited && { allowEdited }),
    ...(to !== undefined && { to }),
    ...(force !== undefined && { force }),
    ...(phase !== undefined && { phase }),
  };
}

function nothingToDo(planned: Plan, options: MigrateOptions): RunResult {
  options.onPlan?.(planned);
  return { direction: planned.direction, done: [], notRun: [], durationMs: 0 };
}

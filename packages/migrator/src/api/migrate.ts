import type { Plan, PlanOptions, RunResult, Step } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import { type MigrationsFolder, readDown } from '../folder/read-folder.js';
import { assertSamePlan } from '../plan/saved-plan.js';
import type { BackupOptions, BackupReport } from './backup.js';
import { Gate, isGated, withGate } from './gate.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { assertJournal, type PlannedState, planState, readProjectFolder } from './read-state.js';
import { assertWritable, type LockedRun, type RunOptions, refuseOnErrors, runLocked, withPooler } from './run.js';

export interface MigrateOptions extends PlanOptions, RunOptions {
  /** Run exactly this plan, saved from `plan()`; its options count. Throws `history-moved` if it would come out differently now. */
  readonly plan?: Plan | undefined;
  /** Back up before anything is applied. Without a backup nothing is; every error after it names the way back. */
  readonly backup?: BackupOptions | undefined;
  readonly onBackup?: ((report: BackupReport) => void) | undefined;
  /** For `phase: 'contract'`: how long to wait for those who still use what goes away, in milliseconds. Default 0. */
  readonly waitMs?: number | undefined;
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
    async (session) => {
      const state = await withCancel(session, options.signal, () => planState(project, folder, session, planOptions));
      if (!isGated(state)) return state.plan;
      return withClosing(new Gate(project, { signal: options.signal }), async (gate) =>
        withGate(state.plan, await gate.look(state)),
      );
    },
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
    const again = () => withCancel(session, options.signal, planNow);
    const ownPid = session.isPooled(server.backendPid) ? undefined : server.backendPid;
    return withClosing(new Gate(project, { ...options, ownPid }), async (gate) => {
      for (;;) {
        // Without the lock: others may migrate meanwhile.
        if (isGated(before)) await gate.pass(before, { again });
        const place = { session, target, tracking, server, directory: folder.directory, backfill: project.backfill };
        const result = await runLocked(place, options, (run) => runBehind(run, { gate, planNow }));
        if (result) return result;
      }
    });
  });

  /** Undefined: nothing was run, because somebody came while the lock was waited for, and there is time left to wait. */
  async function runBehind(
    run: LockedRun,
    { gate, planNow }: { readonly gate: Gate; readonly planNow: () => Promise<PlannedState> },
  ): Promise<RunResult | undefined> {
    const state = await run.planBehind(planNow);
    // Another run may have done it all while this one waited.
    if (state.plan.steps.length === 0) return nothingToDo(state.plan, options);
    const gated = isGated(state);
    let asked = gated ? await gate.look(state) : undefined;
    if (asked && !asked.open) {
      if (gate.leftMs > 0) return undefined;
      asked = await gate.pass(state);
    }
    const planned = asked ? withGate(state.plan, asked) : state.plan;
    const steps = withDowns(planned, folder);
    const onReady = () => options.onPlan?.(withPooler(planned, run));
    const hooks = {
      allowEdited: planOptions.allowEdited,
      ...(gated && {
        gate: async (step: Step, { mayWait }: { readonly mayWait: boolean }) => {
          await gate.pass(state, { about: step, mayWait, signal: run.signal });
        },
      }),
    };
    if (!options.backup) return run.execute(steps, state.history, { onReady, ...hooks });
    const { backupBefore, withWayBack } = await import('./backup.js');
    // Behind the lock: between the backup and the run nobody else migrates.
    onReady();
    const made = await backupBefore(project, planned.steps.length, { ...options.backup, signal: run.signal });
    options.onBackup?.(made);
    return run.execute(steps, state.history, hooks).catch((error: unknown) => {
      throw withWayBack(error, made);
    });
  }
}

async function withClosing<T>(gate: Gate, use: (gate: Gate) => Promise<T>): Promise<T> {
  try {
    return await use(gate);
  } finally {
    await gate.close();
  }
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

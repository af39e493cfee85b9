import type { Plan, RollbackPlanOptions, RunResult } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import { MigratorError } from '../errors/migrator-error.js';
import { assertSamePlan } from '../plan/saved-plan.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { type RollbackPreview, rollbackState } from './read-rollback.js';
import { readProjectFolder } from './read-state.js';
import { assertWritable, behindPooler, type RunOptions, refuseOnErrors, runLocked } from './run.js';

export interface RollbackOptions extends RollbackPlanOptions, RunOptions {
  /** What was shown and confirmed. Throws `history-moved` if it would come out differently now. */
  readonly preview?: RollbackPreview | undefined;
  /** Told the plan before anything runs; findings of severity `error` have refused it already. */
  readonly onPlan?: ((preview: RollbackPreview) => void) | undefined;
}

/** What `rollback` would do now, and what data would be lost. Writes nothing. */
export async function planRollback(
  project: Project,
  options: RollbackPlanOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<RollbackPreview> {
  const folder = readProjectFolder(project, { snapshots: false, downs: true });
  const { signal } = options;
  return withSession(targetOf(project), { applicationName: 'migrator plan', signal: options.signal }, (session) =>
    withCancel(session, signal, async () => {
      const picked = pickRollbackOptions(options);
      const state = await rollbackState(project, folder, session, picked, { count: true, signal });
      const { plan, losses, uncounted } = state;
      return { plan, losses, uncounted };
    }),
  );
}

/**
 * Undoes what was applied last, newest first: by default one migration. Runs the down files, or what the log kept of them.
 * It asks nothing: what would be lost, `planRollback` tells. Throws a `MigratorError`: `refused`, with its findings, before
 * anything was changed; or the failure of a statement, with `result` telling what was rolled back.
 *
 * @example
 * const preview = await planRollback(project, { steps: 2 });
 * if (preview.losses.length === 0) await rollback(project, { steps: 2, preview });
 */
export async function rollback(project: Project, options: RollbackOptions = {}): Promise<RunResult> {
  const folder = readProjectFolder(project, { snapshots: false, downs: true });
  const [target, tracking] = [targetOf(project), trackingOf(project)];
  const picked = pickRollbackOptions(options);
  // What was found by counting is found only once.
  if (options.preview) refuseOnErrors(options.preview.plan);
  return withSession(target, { applicationName: 'migrator', signal: options.signal }, async (session) => {
    const planNow = async (count: boolean) => {
      const state = await rollbackState(project, folder, session, picked, { count, signal: options.signal });
      if (options.preview) assertSamePlan(options.preview.plan, state.plan);
      refuseOnErrors(state.plan);
      return state;
    };
    const before = await withCancel(session, options.signal, () => planNow(options.preview === undefined));
    const { losses, uncounted } = options.preview ?? before;
    if (before.plan.steps.length === 0) {
      options.onPlan?.({ plan: before.plan, losses, uncounted });
      return nothingDone;
    }
    const { server } = before.history;
    assertWritable(server, `${before.plan.steps.length} to roll back, from \`${before.plan.steps[0]?.tag}\` on`);
    return runLocked({ session, target, tracking, server, directory: folder.directory }, options, async (run) => {
      const { plan, history } = await run.planBehind(() => planNow(false));
      // What another run has rolled back meanwhile must not be made up for by rolling back more.
      assertSamePlan(before.plan, plan);
      return run.execute(plan, history, () =>
        options.onPlan?.({ plan: run.pooled ? withPooler(plan) : plan, losses, uncounted }),
      );
    });
  });
}

const nothingDone: RunResult = { direction: 'down', done: [], notRun: [], durationMs: 0 };

export function pickRollbackOptions({ steps, to, useFiles }: RollbackPlanOptions): RollbackPlanOptions {
  if (steps !== undefined && (!Number.isInteger(steps) || steps < 0 || to !== undefined)) {
    throw new MigratorError('wrong-usage', {
      message: to === undefined ? `${steps} is no number of migrations.` : '`steps` and `to` exclude each other.',
      fix: 'Give one of them: how many migrations to roll back, or the last one that stays.',
    });
  }
  return {
    ...(steps !== undefined && { steps }),
    ...(to !== undefined && { to }),
    ...(useFiles && { useFiles }),
  };
}

function withPooler(plan: Plan): Plan {
  return { ...plan, findings: [...plan.findings, behindPooler(plan)] };
}

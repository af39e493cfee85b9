import type { Finding, Plan, RollbackPlanOptions, Step } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import type { Session } from '../database/session.js';
import type { MigrationsFolder } from '../folder/read-folder.js';
import { assertSamePlan } from '../plan/saved-plan.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { type PlannedRollback, type RollbackPreview, rollbackState } from './read-rollback.js';
import { readProjectFolder } from './read-state.js';
import { pickRollbackOptions, type RollbackOptions } from './rollback-options.js';
import { assertWritable, type LockedRun, refuseOnErrors, runLocked, withPooler } from './run.js';

/** What `rollback` and `redo` do differently. */
export interface Undoing<T> {
  /** Behind the number of migrations, where nothing can be written: `to roll back`. */
  readonly waiting: string;
  /** What it gives where there is nothing to undo. */
  readonly nothing: T;
  /** Whether the rest of what was shown may run, where another run has undone some of it meanwhile. */
  readonly mayBeLess: boolean;
  /** What else stands in the way, known before anything is changed. */
  readonly findings?: (place: UndoPlace, plan: Plan) => Promise<readonly Finding[]>;
  /** Runs behind the lock; calls `onReady` when the first statement may begin. */
  readonly use: (run: LockedRun, place: UndoPlace, planned: PlannedRollback, onReady: () => void) => Promise<T>;
}

export interface UndoPlace {
  readonly folder: MigrationsFolder;
  readonly session: Session;
}

/** What would be undone, and lost; with all that stands in the way of it. Writes nothing. */
export async function planUndo(
  project: Project,
  options: RollbackPlanOptions & { readonly signal?: AbortSignal | undefined },
  findings?: Undoing<unknown>['findings'],
): Promise<RollbackPreview> {
  const folder = readProjectFolder(project, { snapshots: false, downs: true });
  const { signal } = options;
  return withSession(targetOf(project), { applicationName: 'migrator plan', signal }, (session) =>
    withCancel(session, signal, async () => {
      const picked = pickRollbackOptions(options);
      const state = await rollbackState(project, folder, session, picked, { count: true, signal });
      const more = (await findings?.({ folder, session }, state.plan)) ?? [];
      const plan = { ...state.plan, findings: [...state.plan.findings, ...more] };
      const pooled = session.isPooled(state.history.server.backendPid);
      return { plan: withPooler(plan, { pooled }), losses: state.losses, uncounted: state.uncounted };
    }),
  );
}

/** Plans, refuses, takes the lock, plans again, and runs: whatever undoes migrations does it in this order. */
export async function undo<T>(project: Project, options: RollbackOptions, undoing: Undoing<T>): Promise<T> {
  const folder = readProjectFolder(project, { snapshots: false, downs: true });
  const [target, tracking] = [targetOf(project), trackingOf(project)];
  const picked = pickRollbackOptions(options);
  // What was found by counting is found only once.
  if (options.preview) refuseOnErrors(options.preview.plan);
  return withSession(target, { applicationName: 'migrator', signal: options.signal }, async (session) => {
    const place = { folder, session };
    const planNow = async (count: boolean) => {
      const state = await rollbackState(project, folder, session, picked, { count, signal: options.signal });
      if (options.preview) assertShown(options.preview.plan, state.plan, undoing);
      const more = (await undoing.findings?.(place, state.plan)) ?? [];
      refuseOnErrors({ ...state.plan, findings: [...state.plan.findings, ...more] });
      return state;
    };
    const before = await withCancel(session, options.signal, () => planNow(options.preview === undefined));
    const { losses, uncounted } = options.preview ?? before;
    if (before.plan.steps.length === 0) {
      options.onPlan?.({ plan: before.plan, losses, uncounted });
      return undoing.nothing;
    }
    const { server } = before.history;
    assertWritable(server, `${before.plan.steps.length} ${undoing.waiting}, from \`${before.plan.steps[0]?.tag}\` on`);
    return runLocked(
      { session, target, tracking, server, directory: folder.directory, backfill: project.backfill },
      options,
      async (run) => {
        const planned = await run.planBehind(() => planNow(false));
        assertShown(before.plan, planned.plan, undoing);
        if (planned.plan.steps.length === 0) return undoing.nothing;
        return undoing.use(run, place, planned, () =>
          options.onPlan?.({ plan: withPooler(planned.plan, run), losses, uncounted }),
        );
      },
    );
  });
}

/**
 * Throws `history-moved` unless what would be undone now was shown. What another run has undone meanwhile must not be made up for by
 * undoing more; with `--to` the end is the same, and the rest of the way may be gone: a run that was killed may still be at work.
 */
function assertShown(shown: Plan, now: Plan, { mayBeLess }: Pick<Undoing<unknown>, 'mayBeLess'>): void {
  const rest = shown.steps.slice(shown.steps.length - now.steps.length);
  const isRest =
    mayBeLess &&
    shown.options.to !== undefined &&
    shown.atomic === now.atomic &&
    rest.length === now.steps.length &&
    rest.every((step, index) => isSameStep(step, now.steps[index]));
  if (!isRest) assertSamePlan(shown, now);
}

/** From the same statement, or from a later one. */
function isSameStep(shown: Step, now: Step | undefined): boolean {
  return (
    now !== undefined &&
    shown.removesRow === now.removesRow &&
    shown.sql === now.sql &&
    shown.hash === now.hash &&
    shown.startAt <= now.startAt
  );
}

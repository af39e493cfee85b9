import type { Finding, Plan, RollbackPlanOptions, RunResult } from '../core/types.js';
import { readHistory, type TrackingState } from '../database/history.js';
import type { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { MigrationsFolder } from '../folder/read-folder.js';
import { planUp } from '../plan/plan.js';
import { withDowns } from './migrate.js';
import { type Project, trackingOf } from './project.js';
import type { RollbackPreview } from './read-rollback.js';
import { comparePrecisely } from './read-state.js';
import type { RollbackOptions } from './rollback-options.js';
import { refuseOnErrors } from './run.js';
import { planUndo, type UndoPlace, undo } from './undo.js';

export interface RedoResult {
  readonly down: RunResult;
  readonly up: RunResult;
}

/** What `redo` would do now: what it would undo, and whether that could be applied again. Writes nothing. */
export async function planRedo(
  project: Project,
  options: RollbackPlanOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<RollbackPreview> {
  return planUndo(project, options, (place, plan) => whyNotAgain(project, place, plan));
}

/**
 * Rolls back and applies the same migrations again, under one lock, so that nobody comes in between. Refuses before anything was
 * changed if they could not be applied again. If that fails on the way, the error says what is rolled back and not applied.
 */
export async function redo(project: Project, options: RollbackOptions = {}): Promise<RedoResult> {
  return undo<RedoResult>(project, options, {
    waiting: 'to do again',
    nothing: { down: nothing('down'), up: nothing('up') },
    // What was undone by another would not be applied again.
    mayBeLess: false,
    findings: (place, plan) => whyNotAgain(project, place, plan),
    use: async (run, { folder, session }, { plan, history }, onReady) => {
      const down = await run.execute(plan, history, { onReady });
      try {
        const { plan: again, history: now } = await planAgain(project, folder, session, plan);
        refuseOnErrors(again);
        return { down, up: await run.execute(withDowns(again, folder), now) };
      } catch (error) {
        throw rolledBackOnly(error, down);
      }
    },
  });
}

async function whyNotAgain(project: Project, { folder, session }: UndoPlace, plan: Plan): Promise<Finding[]> {
  const again = await planAgain(project, folder, session, plan);
  return [...missingFiles(plan, folder), ...again.plan.findings];
}

/** The plan that applies what `undone` rolls back, and nothing else; also while it is still applied. */
async function planAgain(
  project: Project,
  folder: MigrationsFolder,
  session: Session,
  undone: Plan,
): Promise<{ readonly plan: Plan; readonly history: TrackingState }> {
  const history = await readHistory(session, trackingOf(project));
  const comparison = await comparePrecisely(folder, history, session, trackingOf(project));
  const tags = new Set(undone.steps.map(({ tag }) => tag));
  // As if rolled back already, whatever their `when`: one that was applied late must not be called out of order now.
  const statuses = comparison.statuses.flatMap(({ migration }) =>
    tags.has(migration.tag) ? [{ migration, state: 'pending' } as const] : [],
  );
  const plan = planUp({ ...comparison, statuses, unknown: [] }, folder.findings, {}, history.server.version);
  return { plan, history };
}

function missingFiles({ steps }: Plan, folder: MigrationsFolder): Finding[] {
  const there = new Set(folder.migrations.flatMap(({ tag, file }) => (file ? [tag] : [])));
  return steps
    .filter(({ tag }) => !there.has(tag))
    .map(({ tag }) => ({
      code: 'file-missing',
      severity: 'error',
      tag,
      message: `\`${tag}\` could be rolled back, but not applied again: its file is not in this folder.`,
      fix: 'Check out the branch that holds it; or only roll it back, with `migrator rollback`.',
    }));
}

function rolledBackOnly(error: unknown, { done }: RunResult): unknown {
  if (!(error instanceof MigratorError)) return error;
  const again = new Set(error.result?.done.map(({ tag }) => tag));
  const left = done.flatMap(({ tag }) => (again.has(tag) ? [] : [`\`${tag}\``]));
  return error.withState(`Rolled back, and not applied again: ${left.join(', ')}.`);
}

function nothing(direction: 'up' | 'down'): RunResult {
  return { direction, done: [], notRun: [], durationMs: 0 };
}

import type { RollbackPlanOptions, RunResult } from '../core/types.js';
import type { Project } from './project.js';
import type { RollbackPreview } from './read-rollback.js';
import type { RollbackOptions } from './rollback-options.js';
import { planUndo, undo } from './undo.js';

export type { RollbackOptions };

/** What `rollback` would do now, and what data would be lost. Writes nothing. */
export async function planRollback(
  project: Project,
  options: RollbackPlanOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<RollbackPreview> {
  return planUndo(project, options);
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
  return undo<RunResult>(project, options, {
    waiting: 'to roll back',
    nothing: { direction: 'down', done: [], notRun: [], durationMs: 0 },
    mayBeLess: true,
    use: (run, _place, { plan, history }, onReady) => run.execute(plan, history, { onReady }),
  });
}

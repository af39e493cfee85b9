import type { RollbackPlanOptions } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { RollbackPreview } from './read-rollback.js';
import type { RunOptions } from './run.js';

export interface RollbackOptions extends RollbackPlanOptions, RunOptions {
  /** What was shown and confirmed. Throws `history-moved` if it would come out differently now. */
  readonly preview?: RollbackPreview | undefined;
  /** Told the plan before anything runs; findings of severity `error` have refused it already. */
  readonly onPlan?: ((preview: RollbackPreview) => void) | undefined;
}

/** The options that decide what is undone. Throws `wrong-usage` where they make no sense. */
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

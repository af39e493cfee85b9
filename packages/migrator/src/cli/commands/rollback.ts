import { targetOf } from '../../api/project.js';
import type { RollbackPreview } from '../../api/read-rollback.js';
import { planRedo, redo } from '../../api/redo.js';
import { planRollback, rollback } from '../../api/rollback.js';
import { describeTarget } from '../../database/target.js';
import { exitCodes } from '../../errors/catalog.js';
import { progressReporter } from '../../report/progress.js';
import {
  previewJson,
  redoJson,
  renderLosses,
  renderPreview,
  rollbackJson,
  rollbackQuestion,
} from '../../report/rollback.js';
import { renderPlan } from '../../report/terminal.js';
import { confirm } from '../ask.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import { parseCount, parseDuration } from '../duration.js';
import type { Io } from '../io.js';
import { openProject } from '../open-project.js';

export interface RollbackFlags {
  readonly steps?: string;
  readonly to?: string;
  readonly useFiles?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly lockWait: string;
  readonly lockTimeout: string;
  readonly lockRetries: string;
}

export const runRollback: Run<RollbackFlags> = (flags, io) => undo('rollback', flags, io);

/** Rolls back and applies again; the same questions come before both. */
export const runRedo: Run<RollbackFlags> = (flags, io) => undo('redo', flags, io);

async function undo(command: 'rollback' | 'redo', flags: RollbackFlags & GlobalOptions, io: Io): Promise<number> {
  const options = {
    ...(flags.steps !== undefined && { steps: parseCount(flags.steps, '--steps', 1) }),
    ...(flags.to !== undefined && { to: flags.to }),
    ...(flags.useFiles && { useFiles: true }),
  };
  const timeouts = {
    lockTimeoutMs: parseDuration(flags.lockTimeout, '--lock-timeout', 1),
    lockRetries: parseCount(flags.lockRetries, '--lock-retries'),
  };
  const lockWaitMs = parseDuration(flags.lockWait, '--lock-wait');
  const { project, embedded } = await openProject(flags, io);
  const database = describeTarget(targetOf(project)) + (embedded ? ' (embedded)' : '');
  const again = command === 'redo';
  const preview = await (again ? planRedo : planRollback)(project, { ...options, signal: io.signal });
  const refused = preview.plan.findings.some(({ severity }) => severity === 'error');
  if (flags.dryRun) {
    if (flags.json) printJson(io, previewJson(command, preview, database));
    else io.out(`-- Database ${io.color.bold(database)}\n${dryRunText(preview, io, timeouts)}`);
    return refused ? exitCodes.refused : exitCodes.ok;
  }
  if (!refused) {
    if (!flags.json) io.out(`Database ${io.color.bold(database)}\n${textBefore(preview, io)}`);
    if (!flags.yes && preview.plan.steps.length > 0) await confirm(rollbackQuestion(preview, again), io);
  }
  const run = {
    ...options,
    preview,
    lockWaitMs,
    timeouts,
    signal: io.signal,
    ...(!flags.json && { onEvent: progressReporter({ write: io.out, live: io.isTty, columns: io.columns }, io.color) }),
  };
  if (again) {
    const result = await redo(project, run);
    if (flags.json) printJson(io, redoJson(result, preview, database));
  } else {
    const result = await rollback(project, run);
    if (flags.json) printJson(io, rollbackJson(result, preview, database));
  }
  return exitCodes.ok;
}

function textBefore(preview: RollbackPreview, io: Io): string {
  return preview.plan.steps.length === 0 ? 'Nothing to roll back.\n' : renderPreview(preview, io.color);
}

function dryRunText(preview: RollbackPreview, io: Io, timeouts: { readonly lockTimeoutMs: number }): string {
  const plan = renderPlan(preview.plan, io.color, timeouts);
  return preview.plan.steps.length === 0 ? plan : `${plan}${renderLosses(preview, io.color).join('\n')}\n`;
}

import { resolve } from 'node:path';
import { finishRestore, planFinish } from '../../api/finish-restore.js';
import type { Project } from '../../api/project.js';
import { planRestore, type RestoreOptions, restore } from '../../api/restore.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import {
  finishJson,
  renderFinish,
  renderFinishPlan,
  renderRestore,
  renderRestorePlan,
  restoreJson,
  restorePlanJson,
} from '../../report/backup.js';
import { confirm } from '../ask.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import { parseDuration } from '../duration.js';
import type { Io } from '../io.js';
import { openProject } from '../open-project.js';
import { reporterOf } from './backup.js';

export interface RestoreFlags {
  readonly file: string | undefined;
  readonly into?: string;
  /** False for `--no-owner`. */
  readonly owner: boolean;
  readonly finish?: boolean;
  readonly acceptDifferences?: boolean;
  readonly terminate?: boolean;
  readonly wait?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const runRestore: Run<RestoreFlags> = async (flags, io) => {
  const waitMs = flags.wait === undefined ? 0 : parseDuration(flags.wait, '--wait');
  if (flags.into === '')
    throw new MigratorError('wrong-usage', { message: '`--into` is empty.', fix: 'Name the database to make.' });
  if ((flags.file === undefined) !== (flags.finish === true))
    throw new MigratorError('wrong-usage', {
      message: flags.finish ? '`--finish` takes no file.' : 'The file is missing.',
      fix: 'Give the file of a backup, or `--finish` alone to swap in what an earlier restore has left ready.',
    });
  const { project } = await openProject(flags, io);
  if (flags.file === undefined) return finish(project, flags, waitMs, io);
  const options: RestoreOptions = {
    file: resolve(io.cwd, flags.file),
    into: flags.into,
    noOwner: !flags.owner,
    acceptDifferences: flags.acceptDifferences,
    terminate: flags.terminate,
    waitMs,
    signal: io.signal,
  };
  const onEvent = reporterOf(flags, io);
  if (flags.dryRun || !flags.yes) {
    const plan = await planRestore(project, options);
    if (flags.dryRun) {
      if (flags.json) printJson(io, restorePlanJson(plan));
      else io.out(`${renderRestorePlan(plan, io.color)}The file is whole. Nothing was changed.\n`);
      return exitCodes.ok;
    }
    if (!flags.json) io.out(renderRestorePlan(plan, io.color));
    if (plan.keptAs !== undefined) await confirm(`Replace \`${plan.name}\` by the backup?`, io);
  }
  const report = await restore(project, { ...options, onEvent });
  if (flags.json) printJson(io, restoreJson(report));
  else io.out(renderRestore(report, io.color));
  return exitCodes.ok;
};

async function finish(project: Project, flags: RestoreFlags & GlobalOptions, waitMs: number, io: Io): Promise<number> {
  const options = { into: flags.into, terminate: flags.terminate, waitMs, signal: io.signal };
  if (flags.dryRun || !flags.yes) {
    const plan = await planFinish(project, options);
    if (flags.dryRun) {
      if (flags.json) printJson(io, finishJson(plan, true));
      else io.out(`${renderFinishPlan(plan, io.color)}Nothing was changed.\n`);
      return exitCodes.ok;
    }
    if (!flags.json) io.out(renderFinishPlan(plan, io.color));
    if (plan.keptAs !== undefined) await confirm(`Replace \`${plan.name}\` by \`${plan.ready}\`?`, io);
  }
  const done = await finishRestore(project, options);
  if (flags.json) printJson(io, finishJson(done, false));
  else io.out(renderFinish(done, io.color));
  return exitCodes.ok;
}

import { resolve } from 'node:path';
import { planRestore, type RestoreOptions, restore } from '../../api/restore.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { renderRestore, renderRestorePlan, restoreJson, restorePlanJson } from '../../report/backup.js';
import { confirm } from '../ask.js';
import { printJson, type Run } from '../command.js';
import { parseDuration } from '../duration.js';
import { openProject } from '../open-project.js';
import { reporterOf } from './backup.js';

export interface RestoreFlags {
  readonly file: string;
  readonly into?: string;
  /** False for `--no-owner`. */
  readonly owner: boolean;
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
  const { project } = await openProject(flags, io);
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

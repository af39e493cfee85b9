import { relative } from 'node:path';
import { applyRebase, planRebase } from '../../api/rebase.js';
import { exitCodes } from '../../errors/catalog.js';
import { rebaseJson, rebaseQuestion, renderRebase, renderRebased } from '../../report/rebase.js';
import { confirm } from '../ask.js';
import { printJson, type Run } from '../command.js';
import { loadCommandConfig } from '../open-project.js';

export interface RebaseFlags {
  readonly onto?: string;
  readonly drop?: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly scratchUrl?: string;
}

export const runRebase: Run<RebaseFlags> = async (flags, io) => {
  const { root, migrationsFolder, generate, trashSchema } = await loadCommandConfig(flags, io);
  const project = { root, migrationsFolder, relativeTo: io.cwd, generate, trashSchema };
  const folder = relative(io.cwd, migrationsFolder);
  const plan = await planRebase(project, {
    onto: flags.onto,
    drop: flags.drop,
    scratchUrl: flags.scratchUrl,
    signal: io.signal,
    ...(!flags.json && { onProgress: (message: string) => io.err(`${io.color.dim(message)}\n`) }),
  });
  if (!plan) {
    if (flags.json) printJson(io, rebaseJson(plan, false, folder));
    else io.out(`${io.color.green('Nothing to do:')} no migrations of two branches stand side by side.\n`);
    return exitCodes.ok;
  }
  if (!flags.json) io.out(renderRebase(plan, folder, io.color));
  if (!flags.dryRun) {
    if (!flags.yes) await confirm(rebaseQuestion(plan), io);
    applyRebase(project, plan);
    if (!flags.json) io.out(renderRebased(plan, folder, io.color));
  } else if (!flags.json) io.out('Nothing was written (--dry-run).\n');
  if (flags.json) printJson(io, rebaseJson(plan, flags.dryRun !== true, folder));
  return exitCodes.ok;
};

import type { GenerateProject } from '../../api/generate.js';
import { type Project, targetOf } from '../../api/project.js';
import { applyRepair, type PlannedRepair, planRepair, type RepairChoices } from '../../api/repair.js';
import { type Config, projectOf } from '../../config/config.js';
import { describeTarget } from '../../database/target.js';
import { type ExitCode, exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { progressReporter } from '../../report/progress.js';
import { renderOutcome, renderRepair, repairJson } from '../../report/repair.js';
import { plural } from '../../report/text.js';
import { confirm } from '../ask.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import { parseDuration } from '../duration.js';
import type { Io } from '../io.js';
import { loadCommandConfig, openProject } from '../open-project.js';

export interface RepairFlags extends Omit<RepairChoices, 'forget'> {
  readonly folder?: boolean;
  readonly database?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly forget?: readonly string[];
  readonly scratchUrl?: string;
  readonly lockWait: string;
  readonly lockTimeout: string;
}

export const runRepair: Run<RepairFlags> = async (flags, io) => {
  const parts = flags.folder === flags.database ? 'both' : flags.folder ? 'folder' : 'database';
  const lockWaitMs = parseDuration(flags.lockWait, '--lock-wait');
  const timeouts = { lockTimeoutMs: parseDuration(flags.lockTimeout, '--lock-timeout', 1) };
  const { project, generate, database } = await open(flags, io, parts);
  const choices = { ...flags, forget: flags.forget?.map(parseId) };
  const onProgress = flags.json ? undefined : (message: string) => io.err(`${io.color.dim(message)}\n`);
  const plan = await planRepair(project, { ...choices, parts, generate, onProgress, signal: io.signal });
  if (!flags.json) {
    if (database !== undefined) io.out(`Database ${io.color.bold(database)}\n`);
    io.out(renderRepair(plan, io.color));
  }
  const done = plan.steps.length > 0 && !flags.dryRun;
  if (done) {
    if (!flags.yes) await confirm(`Do it (${plural(plan.steps.length, 'repair')})? No migration is run.`, io);
    const onEvent = progressReporter({ write: io.out, live: io.isTty, columns: io.columns }, io.color);
    try {
      await applyRepair(project, plan, { lockWaitMs, timeouts, signal: io.signal, ...(!flags.json && { onEvent }) });
    } catch (error) {
      const now = isMoved(error) ? await planRepair(project, { ...choices, parts, generate, signal: io.signal }) : plan;
      // Two that repair at once want the same: the second has nothing left to do.
      if (now.steps.length > 0) throw error;
      if (flags.json) printJson(io, repairJson(now, { database, done: false, dryRun: false }));
      else io.out(`Another run has done it meanwhile. ${renderOutcome(now, false, io.color)}`);
      return exitCodeOf(now);
    }
  }
  if (flags.json) printJson(io, repairJson(plan, { database, done, dryRun: flags.dryRun === true }));
  else io.out(renderOutcome(plan, done, io.color));
  return exitCodeOf(plan);
};

function exitCodeOf({ findings }: PlannedRepair): ExitCode {
  return findings.some(({ severity }) => severity === 'error') ? exitCodes.refused : exitCodes.ok;
}

function isMoved(error: unknown): boolean {
  return error instanceof MigratorError && error.code === 'history-moved';
}

/** No database is started, or asked, where only files are to be repaired. */
async function open(
  flags: GlobalOptions,
  io: Io,
  parts: 'folder' | 'database' | 'both',
): Promise<{
  readonly project: Project;
  readonly generate: GenerateProject;
  readonly database: string | undefined;
}> {
  if (parts === 'folder') {
    const config = await loadCommandConfig(flags, io);
    const project = projectOf(config, config.credentials ?? '', io.cwd);
    return { project, generate: generateProjectOf(config, io), database: undefined };
  }
  const { config, project, embedded } = await openProject(flags, io);
  return {
    project,
    generate: generateProjectOf(config, io),
    database: describeTarget(targetOf(project)) + (embedded ? ' (embedded)' : ''),
  };
}

function generateProjectOf(
  { root, migrationsFolder, generate, trashSchema }: Config,
  { cwd }: Pick<Io, 'cwd'>,
): GenerateProject {
  return { root, migrationsFolder, relativeTo: cwd, generate, trashSchema };
}

function parseId(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new MigratorError('wrong-usage', {
    message: `\`--forget ${text}\`: that is no id of a row.`,
    fix: 'Give the number that `migrator status` shows for it.',
  });
}

import { withRevision } from '../../api/checkout.js';
import { type Project, targetOf } from '../../api/project.js';
import { planSwitch, type SwitchPreview, switchDatabase } from '../../api/switch.js';
import { describeTarget } from '../../database/target.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { progressReporter } from '../../report/progress.js';
import { isUpToDate, renderSwitch, switchJson, switchPreviewJson, switchQuestion } from '../../report/switch.js';
import { renderPlan } from '../../report/terminal.js';
import { confirm } from '../ask.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import { parseCount, parseDuration } from '../duration.js';
import type { Io } from '../io.js';
import { openProject } from '../open-project.js';

export interface SwitchFlags {
  readonly revision?: string | undefined;
  readonly lossless?: boolean;
  readonly remote?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly lockWait: string;
  readonly lockTimeout: string;
  readonly lockRetries: string;
}

export const runSwitch: Run<SwitchFlags> = async (flags, io) => {
  const { project, embedded } = await openProject(flags, io);
  const database = describeTarget(targetOf(project)) + (embedded ? ' (embedded)' : '');
  const run = (at: Project) => switchProject(at, database, flags, io);
  return flags.revision === undefined ? run(project) : withRevision(project, flags.revision, run);
};

async function switchProject(
  project: Project,
  database: string,
  flags: SwitchFlags & GlobalOptions,
  io: Io,
): Promise<number> {
  const timeouts = {
    lockTimeoutMs: parseDuration(flags.lockTimeout, '--lock-timeout', 1),
    lockRetries: parseCount(flags.lockRetries, '--lock-retries'),
  };
  const lockWaitMs = parseDuration(flags.lockWait, '--lock-wait');
  const preview = await planSwitch(project, { signal: io.signal });
  const refused = preview.findings.some(({ severity }) => severity === 'error');
  if (flags.dryRun) {
    const plans = [preview.down.plan, preview.up].filter(({ steps }) => steps.length > 0);
    if (flags.json) printJson(io, switchPreviewJson(preview, database));
    else
      io.out(
        `-- Database ${io.color.bold(database)}\n${renderSwitch(preview, io.color)}${plans.map((plan) => renderPlan(plan, io.color, timeouts)).join('')}`,
      );
    return refused ? exitCodes.refused : exitCodes.ok;
  }
  if (!refused) {
    if (!flags.json)
      io.out(isUpToDate(preview) ? '' : `Database ${io.color.bold(database)}\n${renderSwitch(preview, io.color)}`);
    if (flags.lossless) assertLossless(preview);
    if (!flags.yes && preview.down.plan.steps.length > 0) await confirm(switchQuestion(preview), io);
  }
  const result = await switchDatabase(project, {
    preview,
    remote: flags.remote,
    lockWaitMs,
    timeouts,
    signal: io.signal,
    ...(!flags.json && { onEvent: progressReporter({ write: io.out, live: io.isTty, columns: io.columns }, io.color) }),
  });
  if (flags.json) printJson(io, switchJson(result, preview, database));
  else if (isUpToDate(preview)) io.out(`${io.color.green('Nothing to do:')} the database is what is checked out.\n`);
  return exitCodes.ok;
}

function assertLossless({ down: { losses, uncounted } }: SwitchPreview): void {
  const count = losses.length + uncounted.length;
  if (count === 0) return;
  throw new MigratorError('refused', {
    message: '`--lossless`: data would be lost.',
    state: 'Nothing was changed.',
    fix: 'Run `migrator switch` without it to decide.',
  });
}

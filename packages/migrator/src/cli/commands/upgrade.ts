import { targetOf } from '../../api/project.js';
import { planUpgrade, upgrade } from '../../api/upgrade.js';
import { describeTarget } from '../../database/target.js';
import { exitCodes } from '../../errors/catalog.js';
import { progressReporter } from '../../report/progress.js';
import { isUpgraded, renderUpgrade, upgradeJson } from '../../report/upgrade.js';
import { confirm } from '../ask.js';
import { printJson, type Run } from '../command.js';
import { parseDuration } from '../duration.js';
import { openProject } from '../open-project.js';

export interface UpgradeFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly lockWait: string;
  readonly lockTimeout: string;
}

export const runUpgrade: Run<UpgradeFlags> = async (flags, io) => {
  const timeouts = { lockTimeoutMs: parseDuration(flags.lockTimeout, '--lock-timeout', 1) };
  const lockWaitMs = parseDuration(flags.lockWait, '--lock-wait');
  const { config, project, embedded } = await openProject(flags, io);
  const options = { root: config.root, lockWaitMs, timeouts, signal: io.signal };
  const planned = await planUpgrade(project, options);
  const database = describeTarget(targetOf(project)) + (embedded ? ' (embedded)' : '');
  const done = isUpgraded(planned);
  if (!flags.json) {
    io.out(`Database ${io.color.bold(database)}\n${renderUpgrade(planned, io.color)}`);
    if (flags.dryRun && !done) io.out('Nothing was changed.\n');
  }
  if (!flags.dryRun && !done) {
    if (!flags.yes) await confirm('Bring this project to drizzle 1.0?', io);
    await upgrade(project, planned, {
      ...options,
      ...(!flags.json && {
        onEvent: progressReporter({ write: io.out, live: io.isTty, columns: io.columns }, io.color),
      }),
    });
    if (!flags.json)
      io.out(`${io.color.green('Upgraded.')} Commit the folder; run the same on every other database.\n`);
  }
  if (flags.json) printJson(io, upgradeJson(planned, { dryRun: flags.dryRun === true }));
  return exitCodes.ok;
};

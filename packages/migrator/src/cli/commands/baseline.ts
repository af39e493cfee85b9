import { applyBaseline, planBaseline } from '../../api/baseline.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { baselineJson, renderBaseline, renderBaselineOutcome } from '../../report/baseline.js';
import { progressReporter } from '../../report/progress.js';
import { plural } from '../../report/text.js';
import { confirm } from '../ask.js';
import { printJson, type Run } from '../command.js';
import { parseDuration } from '../duration.js';
import { openProject } from '../open-project.js';

export interface BaselineFlags {
  readonly tag?: string | undefined;
  readonly to?: string;
  readonly acceptDifferences?: boolean;
  readonly ignore?: readonly string[];
  readonly scratchUrl?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly lockWait: string;
  readonly lockTimeout: string;
}

export const runBaseline: Run<BaselineFlags> = async (flags, io) => {
  const lockWaitMs = parseDuration(flags.lockWait, '--lock-wait');
  const timeouts = { lockTimeoutMs: parseDuration(flags.lockTimeout, '--lock-timeout', 1) };
  const to = tagOf(flags);
  const { project, embedded } = await openProject(flags, io);
  const { acceptDifferences, ignore, scratchUrl } = flags;
  const onProgress = (message: string) => io.err(`${io.color.dim(message)}\n`);
  const plan = await planBaseline(project, {
    to,
    acceptDifferences,
    ignore,
    scratchUrl,
    signal: io.signal,
    ...(!flags.json && { onProgress }),
  });
  if (!flags.json) {
    io.out(`Database ${io.color.bold(plan.database)}${embedded ? ' (embedded)' : ''}\n`);
    io.out(renderBaseline(plan, io.color));
  }
  const done = plan.edits.length > 0 && !flags.dryRun;
  if (done) {
    if (!flags.yes) await confirm(`Mark ${plural(plan.edits.length, 'migration')} as applied? None is run.`, io);
    const onEvent = progressReporter({ write: io.out, live: io.isTty, columns: io.columns }, io.color);
    await applyBaseline(project, plan, { lockWaitMs, timeouts, signal: io.signal, ...(!flags.json && { onEvent }) });
  }
  if (flags.json) printJson(io, baselineJson(plan, { done, dryRun: flags.dryRun === true }));
  else io.out(renderBaselineOutcome(plan, done));
  return exitCodes.ok;
};

function tagOf({ tag, to, acceptDifferences }: BaselineFlags): string | undefined {
  if (tag !== undefined && to !== undefined && tag !== to) {
    throw new MigratorError('wrong-usage', {
      message: `Two migrations are named: \`${tag}\` and \`--to ${to}\`.`,
      fix: 'Name the last one that the database has.',
    });
  }
  const named = to ?? tag;
  if (named === undefined && acceptDifferences) {
    throw new MigratorError('wrong-usage', {
      message:
        '`--accept-differences` needs `--to`: which migrations are to be marked cannot be told by comparing then.',
      fix: 'Run `migrator baseline`: it names the migration that comes closest.',
    });
  }
  return named;
}

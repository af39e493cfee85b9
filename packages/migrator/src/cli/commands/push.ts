import { push } from '../../api/push.js';
import { exitCodes } from '../../errors/catalog.js';
import { pushJson, renderPush, renderPushVerdict } from '../../report/push.js';
import { askRename, confirm } from '../ask.js';
import { printJson, type Run } from '../command.js';
import { parseCount, parseDuration } from '../duration.js';
import { openProject } from '../open-project.js';

export interface PushFlags {
  readonly dryRun?: boolean;
  readonly acceptDataLoss?: boolean;
  readonly rename?: readonly string[];
  /** False for `--no-renames`. */
  readonly renames?: boolean;
  readonly include?: readonly string[];
  readonly onMigrated?: boolean;
  readonly onProduction?: boolean;
  readonly lockTimeout: string;
  readonly lockRetries: string;
  readonly scratchUrl?: string;
}

export const runPush: Run<PushFlags> = async (flags, io) => {
  const lockTimeoutMs = parseDuration(flags.lockTimeout, '--lock-timeout', 1);
  const lockRetries = parseCount(flags.lockRetries, '--lock-retries');
  const { config, project } = await openProject(flags, io);
  const asks = io.canAsk && !flags.json;
  let isShown = false;
  const report = await push(
    { ...project, root: config.root, relativeTo: io.cwd, generate: config.generate, filters: config.filters },
    {
      dryRun: flags.dryRun,
      acceptDataLoss: flags.acceptDataLoss,
      production: config.production,
      onProduction: flags.onProduction,
      onMigrated: flags.onMigrated,
      include: flags.include,
      renames: flags.rename,
      noRenames: flags.renames === false,
      scratchUrl: flags.scratchUrl,
      lockTimeoutMs,
      lockRetries,
      signal: io.signal,
      ...(!flags.json && { onProgress: (message: string) => io.err(`${io.color.dim(message)}\n`) }),
      ...(asks && {
        askRename,
        confirmLoss: async (planned) => {
          isShown = true;
          io.out(renderPush(planned, io.color));
          await confirm('Lose this data?', io);
          return true;
        },
      }),
    },
  );
  if (flags.json) printJson(io, pushJson(report));
  else {
    if (!isShown && report.statements.length > 0) io.out(renderPush(report, io.color));
    io.out(renderPushVerdict(report, io.color));
  }
  return exitCodes.ok;
};

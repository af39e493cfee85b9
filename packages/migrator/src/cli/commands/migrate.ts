import { migrate, plan } from '../../api/migrate.js';
import { exitCodes } from '../../errors/catalog.js';
import type { PlanOptions } from '../../plan/plan.js';
import { planJson, resultJson } from '../../report/json.js';
import { progressReporter } from '../../report/progress.js';
import { renderFinding, renderPlan } from '../../report/terminal.js';
import { printJson, type Run } from '../command.js';
import { parseCount, parseDuration } from '../duration.js';
import { openProject } from '../open-project.js';

export interface MigrateFlags {
  readonly dryRun?: boolean;
  readonly to?: string;
  readonly atomic?: boolean;
  readonly outOfOrder?: boolean;
  readonly allowEdited?: boolean;
  readonly lockWait: string;
  readonly lockTimeout: string;
  readonly lockRetries: string;
}

export const runMigrate: Run<MigrateFlags> = async (flags, io) => {
  const planOptions: PlanOptions = {
    atomic: flags.atomic === true,
    outOfOrder: flags.outOfOrder === true,
    allowEdited: flags.allowEdited === true,
    ...(flags.to !== undefined && { to: flags.to }),
  };
  const lockTimeoutMs = parseDuration(flags.lockTimeout, '--lock-timeout');
  const lockRetries = parseCount(flags.lockRetries, '--lock-retries');
  const lockWaitMs = parseDuration(flags.lockWait, '--lock-wait');
  const { project } = await openProject(flags, io);

  if (flags.dryRun) {
    const planned = await plan(project, planOptions);
    if (flags.json) printJson(io, planJson(planned));
    else io.out(renderPlan(planned, io.color, { lockTimeoutMs }));
    // The findings are printed with the plan; the exit code is that of the real run.
    return planned.findings.some(({ severity }) => severity === 'error') ? exitCodes.refused : exitCodes.ok;
  }

  const result = await migrate(project, {
    ...planOptions,
    lockWaitMs,
    timeouts: { lockTimeoutMs, lockRetries },
    signal: io.signal,
    ...(!flags.json && {
      onEvent: progressReporter({ write: io.out, live: io.isTty, columns: io.columns }, io.color),
      onPlan: ({ findings, steps }) => {
        for (const finding of findings)
          if (finding.severity !== 'info') io.out(`${renderFinding(finding, io.color).join('\n')}\n`);
        if (steps.length === 0) io.out(`${io.color.green('Up to date:')} nothing to apply.\n`);
      },
    }),
  });
  if (flags.json) printJson(io, resultJson(result));
  return exitCodes.ok;
};
